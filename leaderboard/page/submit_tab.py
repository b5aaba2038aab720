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
from heads.vetting.vet import Check, Vetting, vet, vet_folder
from leaderboard.page import submit_text as view
from leaderboard.submissions.submit import open_request

FOLDER, REPOSITORY = "A folder on this computer", "A repository on the Hub"
KEPT = 3600
"""Seconds for which an uploaded head is kept."""


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
    return SubmitForm(where, files, name, repo, revision, check, checks, push, submit, answer)


def _wire(form: SubmitForm, dataset: str | None, push: Push) -> None:
    passed = gr.State(None, time_to_live=KEPT, delete_callback=_forget)
    outputs = [form.checks, passed, form.push, form.submit, form.answer]

    def switch(where: str) -> list[Any]:
        folder, repo = gr.update(visible=where == FOLDER), gr.update(visible=where == REPOSITORY)
        return [folder, folder, folder, repo, repo]

    shown = [form.files, form.name, form.push, form.repo, form.revision]
    form.where.change(switch, form.where, shown, **QUIET)
    changed = [form.where.change, form.files.change, form.repo.input, form.revision.input]
    gr.on(changed, lambda: ["", None, *_off(), ""], None, outputs, **QUIET)
    _wire_look(form, outputs, dataset)
    _wire_push(form, passed, dataset, push)
    _wire_submit(form, passed, dataset)


def _wire_look(form: SubmitForm, outputs: list[Any], dataset: str | None) -> None:
    def look(where: str, files: list[str] | None, repo: str, revision: str) -> Iterator[list[Any]]:
        folder = where == FOLDER
        if folder and not files:
            yield ["", None, *_off(), view.problem("files: expected those of a head, got none")]
            return
        try:
            run = _of_files(files or ()) if folder else _of_repo(repo, revision)
            for done, vetting in _as_they_come(run):
                ok = vetting is not None and vetting.passed
                may_push, may_submit = ok and folder, ok and not folder and bool(dataset)
                may = [gr.update(interactive=may_push), gr.update(interactive=may_submit)]
                yield [
                    view.checks(done, waiting=vetting is None),
                    vetting if ok else None,
                    *may,
                    view.passed(folder) if ok else "",
                ]
        except HUB_ERRORS as error:
            yield ["", None, *_off(), view.problem(reason(error))]

    inputs = [form.where, form.files, form.repo, form.revision]
    form.check.click(look, inputs, outputs, **QUIET)


def _wire_push(form: SubmitForm, passed: gr.State, dataset: str | None, push: Push) -> None:
    def publish(
        vetting: Vetting | None, name: str, profile: gr.OAuthProfile | None, token: gr.OAuthToken | None
    ) -> list[Any]:
        if vetting is None or vetting.folder is None or profile is None or token is None:
            return [vetting, *_off(), view.problem("Sign in, and look the head over first.")]
        try:
            repo = view.repository(profile.username, name)
        except ValueError as error:
            return [vetting, gr.update(), gr.update(), view.problem(str(error))]
        try:
            url = push(vetting.folder, repo, token.token)
            found = vet(repo, token=token.token)
        except (
            *HUB_ERRORS,
            ValueError,
        ) as error:  # ValueError: what `push_head` says of the head or of the name
            return [vetting, gr.update(), gr.update(), view.push_problem(error, repo)]
        _forget(vetting)
        may_submit = found.passed and bool(dataset)
        return [found, gr.update(interactive=False), gr.update(interactive=may_submit), view.pushed(url)]

    outputs = [passed, form.push, form.submit, form.answer]
    form.push.click(publish, [passed, form.name], outputs, api_visibility="private")


def _wire_submit(form: SubmitForm, passed: gr.State, dataset: str | None) -> None:
    def submit(vetting: Vetting | None, token: gr.OAuthToken | None) -> list[Any]:
        if vetting is None or vetting.commit is None or token is None or dataset is None:
            return [gr.update(), view.problem("Sign in, and look over a head that is on the Hub first.")]
        try:
            done = open_request(dataset, vetting, token=token.token)
        except HUB_ERRORS as error:
            return [gr.update(), view.problem(reason(error))]
        return [gr.update(interactive=False), view.submitted(done)]

    form.submit.click(submit, passed, [form.submit, form.answer], api_visibility="private")


def _off() -> list[Any]:
    return [gr.update(interactive=False), gr.update(interactive=False)]


def _of_repo(repo: str, revision: str) -> Callable[[Callable[[Check], None]], Vetting]:
    # Without the app's own token: what is looked over is what everybody may read.
    return lambda report: vet(repo.strip(), revision.strip() or None, token=False, report=report)


def _of_files(files: Sequence[str]) -> Callable[[Callable[[Check], None]], Vetting]:
    """Copies the uploads to a folder of their own, each under its own name, to be looked over."""
    folder = Path(tempfile.mkdtemp(prefix="submitted-head-"))
    for file in map(Path, files):
        shutil.copyfile(file, folder / file.name)

    def run(report: Callable[[Check], None]) -> Vetting:
        vetting = vet_folder(folder, report=report)
        if not vetting.passed:
            shutil.rmtree(folder, ignore_errors=True)
        return vetting

    return run


def _as_they_come(
    run: Callable[[Callable[[Check], None]], Vetting],
) -> Iterator[tuple[list[Check], Vetting | None]]:
    """The checks so far, after each; at the end with the vetting. Raises what `run` does."""
    news: Queue[Check | Future[Vetting]] = Queue()
    pool = ThreadPoolExecutor(1, "vetting")
    pool.submit(run, news.put).add_done_callback(news.put)
    pool.shutdown(wait=False)
    done: list[Check] = []
    while isinstance(one := news.get(), Check):
        done.append(one)
        yield done, None
    vetting = one.result()
    yield list(vetting.checks), vetting


def _forget(vetting: Vetting | None) -> None:
    """Removes the uploaded head."""
    if vetting is not None and vetting.commit is None and vetting.folder is not None:
        shutil.rmtree(vetting.folder, ignore_errors=True)
