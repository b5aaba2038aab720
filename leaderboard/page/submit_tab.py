"""The submit tab: sign in, look a head over line by line, push it under one's own name, ask for its measurement."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from typing import Any

import gradio as gr

from fg_demo.page.components import QUIET
from heads.hub.client import HUB_ERRORS, reason
from heads.vetting.vet import Vetting, VettingCheck, vet, vet_folder
from leaderboard.page import submit_text as view
from leaderboard.submissions.submit import open_request

FOLDER, REPOSITORY = "A folder on this computer", "A repository on the Hub"
KEPT = 3600
"""Seconds for which an uploaded head is kept."""


Updates = dict[Any, Any]
Push = Callable[[Path, str, str], str]
"""Puts the head in a folder into a repository, with a token; the answer is where it is to be seen."""


@dataclass(frozen=True)
class SubmitForm:
    """The components of the form, for those who are signed in."""

    where: gr.Radio
    files: gr.File
    name: gr.Textbox
    repo: gr.Textbox
    revision: gr.Textbox
    check: gr.Button
    checks: gr.HTML
    push: gr.Button
    submit: gr.Button
    answer: gr.HTML


def build_submit_tab(page: gr.Blocks, dataset: str | None, push: Push) -> None:
    """Build the tab inside an open `gr.Tab` of `page`; `dataset` is where requests go."""
    gr.Markdown(view.INTRODUCTION, elem_id="submit-introduction")
    if not can_sign_in():
        gr.Markdown(f"{view.ELSEWHERE}\n\n{view.commands(dataset)}", elem_id="submit-commands")
        return
    gr.LoginButton(elem_id="submit-login", scale=0)
    with gr.Column() as signed_out:
        gr.Markdown(f"{view.SIGNED_OUT}\n\n{view.commands(dataset)}", elem_id="submit-commands")
    with gr.Column(visible=False) as signed_in:
        who = gr.Markdown(elem_id="submit-who")
        form = _form(dataset)
    _wire(form, dataset, push)

    def greet(profile: gr.OAuthProfile | None) -> list[Any]:
        words = f"Signed in as **{profile.username}**. {view.REACH}" if profile else ""
        return [gr.Column(visible=profile is None), gr.Column(visible=profile is not None), words]

    page.load(greet, None, [signed_out, signed_in, who], **QUIET)


def can_sign_in() -> bool:
    """Whether the app runs where one can sign in: a Space with OAuth."""
    return bool(os.environ.get("OAUTH_CLIENT_ID"))


def _form(dataset: str | None) -> SubmitForm:
    where = gr.Radio([FOLDER, REPOSITORY], value=FOLDER, label="Where is the head?", elem_id="submit-where")
    kept: Any = {"file_count": "multiple", "type": "filepath", "height": 180}
    files = gr.File(label="config.json, model.safetensors", elem_id="submit-files", **kept)
    name = gr.Textbox(label="Name of your repository", placeholder="my-head", elem_id="submit-name")
    repo = gr.Textbox(label="Repository", placeholder="user/my-head", visible=False, elem_id="submit-repo")
    words = "Revision (default: the newest commit)"
    revision = gr.Textbox(label=words, visible=False, elem_id="submit-revision")
    check = gr.Button("Look it over", variant="primary", elem_id="submit-check")
    checks = gr.HTML(elem_id="submit-checks")
    with gr.Row():
        push = gr.Button("Push it under my name", interactive=False, elem_id="submit-push")
        submit = gr.Button("Submit it to the leaderboard", interactive=False, elem_id="submit-submit")
    answer = gr.HTML("" if dataset else view.problem(view.NO_DATASET), elem_id="submit-answer")
    return SubmitForm(
        where=where,
        files=files,
        name=name,
        repo=repo,
        revision=revision,
        check=check,
        checks=checks,
        push=push,
        submit=submit,
        answer=answer,
    )


def _wire(form: SubmitForm, dataset: str | None, push: Push) -> None:
    passed = gr.State(None, time_to_live=KEPT, delete_callback=_forget)
    outputs = [form.checks, passed, form.push, form.submit, form.answer]

    def switch(where: str) -> Updates:
        wanted = {FOLDER: (form.files, form.name, form.push), REPOSITORY: (form.repo, form.revision)}
        return {part: gr.update(visible=where == of) for of, parts in wanted.items() for part in parts}

    def start() -> Updates:
        return {form.checks: "", passed: None, form.answer: ""} | _may(form)

    shown = [form.files, form.name, form.push, form.repo, form.revision]
    form.where.change(switch, form.where, shown, **QUIET)
    changed = [form.where.change, form.files.change, form.repo.input, form.revision.input]
    gr.on(changed, start, None, outputs, **QUIET)
    _wire_look(form, passed, outputs, dataset)
    _wire_push(form, passed, dataset, push)
    _wire_submit(form, passed, dataset)


def _wire_look(form: SubmitForm, passed: gr.State, outputs: list[Any], dataset: str | None) -> None:
    def look(values: dict[Any, Any]) -> Iterator[Updates]:
        folder = values[form.where] == FOLDER
        try:
            run = (
                _of_files(values[form.files])
                if folder
                else _of_repo(values[form.repo], values[form.revision])
            )
            for done, vetting in _as_they_come(run):
                ok = vetting is not None and vetting.passed
                yield {
                    form.checks: view.checks(done, waiting=vetting is None),
                    passed: vetting if ok else None,
                    form.answer: view.passed(folder) if ok else "",
                } | _may(form, push=ok and folder, submit=ok and not folder and bool(dataset))
        except HUB_ERRORS as error:
            yield {form.checks: "", passed: None, form.answer: view.problem(reason(error))} | _may(form)

    form.check.click(look, {form.where, form.files, form.repo, form.revision}, outputs, **QUIET)


def _wire_push(form: SubmitForm, passed: gr.State, dataset: str | None, push: Push) -> None:
    def publish(
        vetting: Vetting | None, name: str, profile: gr.OAuthProfile | None, token: gr.OAuthToken | None
    ) -> Updates:
        if vetting is None or vetting.folder is None or profile is None or token is None:
            return {form.answer: view.problem("Sign in, and look the head over first.")} | _may(form)
        try:
            repo = view.repository(profile.username, name)
        except ValueError as error:
            return {form.answer: view.problem(str(error))}
        try:
            url = push(vetting.folder, repo, token.token)
            found = vet(repo, token=token.token)
        except HUB_ERRORS as error:
            return {form.answer: view.push_problem(error, repo)}
        _forget(vetting)
        may = _may(form, submit=found.passed and bool(dataset))
        return {passed: found, form.answer: view.pushed(url)} | may

    outputs = [passed, form.push, form.submit, form.answer]
    form.push.click(publish, [passed, form.name], outputs, api_visibility="private")


def _wire_submit(form: SubmitForm, passed: gr.State, dataset: str | None) -> None:
    def submit(vetting: Vetting | None, token: gr.OAuthToken | None) -> Updates:
        if vetting is None or vetting.commit is None or token is None or dataset is None:
            return {form.answer: view.problem("Sign in, and look over a head that is on the Hub first.")}
        try:
            done = open_request(dataset, vetting, token=token.token)
        except HUB_ERRORS as error:
            return {form.answer: view.problem(reason(error))}
        return {form.submit: gr.update(interactive=False), form.answer: view.submitted(done)}

    form.submit.click(submit, passed, [form.submit, form.answer], api_visibility="private")


def _may(form: SubmitForm, push: bool = False, submit: bool = False) -> Updates:
    """Which of the buttons can be pressed."""
    return {form.push: gr.update(interactive=push), form.submit: gr.update(interactive=submit)}


def _of_repo(repo: str, revision: str) -> Callable[[Callable[[VettingCheck], None]], Vetting]:
    # Without the app's own token: what is looked over is what everybody may read.
    return lambda report: vet(repo.strip(), revision.strip() or None, token=False, report=report)


def _of_files(files: Sequence[str]) -> Callable[[Callable[[VettingCheck], None]], Vetting]:
    """Copies the uploads to a folder of their own, each under its own name, to be looked over."""
    folder = Path(tempfile.mkdtemp(prefix="submitted-head-"))
    for file in map(Path, files):
        shutil.copyfile(file, folder / file.name)

    def run(report: Callable[[VettingCheck], None]) -> Vetting:
        vetting = vet_folder(folder, report=report)
        if not vetting.passed:
            shutil.rmtree(folder, ignore_errors=True)
        return vetting

    return run


def _as_they_come(
    run: Callable[[Callable[[VettingCheck], None]], Vetting],
) -> Iterator[tuple[list[VettingCheck], Vetting | None]]:
    """The checks so far, after each; at the end with the vetting. Raises what `run` does."""
    news: Queue[VettingCheck | Future[Vetting]] = Queue()
    pool = ThreadPoolExecutor(1, "vetting")
    pool.submit(run, news.put).add_done_callback(news.put)
    pool.shutdown(wait=False)
    done: list[VettingCheck] = []
    while isinstance(one := news.get(), VettingCheck):
        done.append(one)
        yield done, None
    vetting = one.result()
    yield list(vetting.checks), vetting


def _forget(vetting: Vetting | None) -> None:
    """Removes the uploaded head."""
    if vetting is not None and vetting.commit is None and vetting.folder is not None:
        shutil.rmtree(vetting.folder, ignore_errors=True)
