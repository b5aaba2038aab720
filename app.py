"""The web app: a tab to compare, a leaderboard, a tab to submit heads, and how it works.

Run `python app.py`, optionally with `--backbone NAME`, `--adapter NAME`, `--detector NAME`, `--port N`, `--host ADDRESS`,
`--open`.
"""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from fg_demo.page.launch import (
    launch,  # first: it says what Gradio and others must know when they are imported
)

# isort: split
import gradio as gr

from fg_demo.models.adapter import joint_name, shipped_pairs
from fg_demo.models.clip import MINI_CLIP
from fg_demo.models.detectors.load import MINI_OWL
from fg_demo.models.device import on_zerogpu
from fg_demo.models.registry import ModelRegistry, usable
from fg_demo.models.released import heads_on_demand, released_heads
from fg_demo.page.samples import samples_for
from fg_demo.page.shell import CSS, HOW_IT_WORKS, back_button, link_tabs
from fg_demo.page.tab import build_compare_tab
from heads.hub.paper import released_folder
from heads.hub.push import push_head
from leaderboard.benchmarks.image_links import image_file
from leaderboard.board.live import LiveResults
from leaderboard.embedding.progress import silence_off_terminal
from leaderboard.page.game.tab import build_game_tab
from leaderboard.page.submit_tab import build_submit_tab
from leaderboard.page.submit_text import CSS as SUBMIT_CSS
from leaderboard.page.tab import CSS as LEADERBOARD_CSS
from leaderboard.page.tab import build_leaderboard_tab, show_age
from leaderboard.submissions.dataset import results_dataset

RESULTS = Path(__file__).parent / "leaderboard" / "results"
CLIP = "openai/clip-vit-base-patch16"
TITLE = "What CLIP knows but does not say"
INTRODUCTION = (
    "CLIP finds a mug in a picture, but is easily fooled about its **colour, material or pattern**. "
    "The details are in its embeddings; a small *re-projection head* brings them out. "
    "Draw a box, describe what is in it, and compare."
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Start the app and serve it until it is stopped."""
    silence_off_terminal()
    options = parser().parse_args(arguments)
    wanted = joint_name(
        options.backbone or (CLIP if os.environ.get("SPACE_ID") else MINI_CLIP), options.adapter
    )
    registry = ModelRegistry(
        [*([wanted] if options.backbone or options.adapter else []), CLIP, MINI_CLIP, *shipped_pairs()],
        detector=options.detector,
    )
    registry.backbone(MINI_CLIP)  # at the start, so that it is there when another cannot be loaded
    backbone, warning = usable(registry, wanted)
    say([warning] if warning else [])
    if on_zerogpu():  # later, in a request's thread, none could be loaded
        say(registry.load_all())
    registry.offer_on_demand(heads_on_demand(released_folder()))
    if backbone == CLIP:
        offer_released(registry)
    results = LiveResults(RESULTS, results_dataset())
    page = build_page(registry, backbone, warning, results).queue(default_concurrency_limit=1, max_size=64)
    launch(page, page_css(), server_name=options.host, server_port=options.port, inbrowser=options.open)
    results.start()
    page.block_thread()


def parser() -> argparse.ArgumentParser:
    """The command line."""
    line = argparse.ArgumentParser(
        description="Compare CLIP's cosine with re-projection heads in the browser."
    )
    line.add_argument(
        "--backbone",
        default=os.environ.get("FG_BACKBONE"),
        help=f"a CLIP-like model, a Hub id or a folder (also by FG_BACKBONE); default: {CLIP} on a Space, "
        f"else {MINI_CLIP}",
    )
    words = (
        "a LoRA adapter on it: a shipped one, a folder or a Hub repo, as `python -m fg_demo adapt` makes it"
    )
    line.add_argument("--adapter", default=None, metavar="NAME", help=words)
    line.add_argument(
        "--detector",
        default=os.environ.get("FG_DETECTOR") or MINI_OWL,
        help=f"what proposes boxes, a Hub id or a folder (also by FG_DETECTOR); default: {MINI_OWL}",
    )
    line.add_argument("--port", type=int, default=None, help="default: 7860 or the next that is free")
    line.add_argument("--host", default=None, help="address to listen on; default: this machine only")
    line.add_argument("--open", action="store_true", help="open the page in the browser")
    return line


def offer_released(registry: ModelRegistry) -> None:
    """Get the heads that the paper's authors released, before the page opens with them; why one cannot be had is
    printed, and the page opens all the same: it is asked for again when it is chosen.
    """
    heads, problems = released_heads(released_folder())
    registry.offer(heads)
    say(problems)


def say(problems: Sequence[str]) -> None:
    """Print what went wrong at the start, a line each."""
    for problem in problems:
        print(problem, flush=True)


def build_page(
    registry: ModelRegistry, backbone: str, warning: str = "", results: LiveResults | None = None
) -> gr.Blocks:
    """The whole page, ready to be launched; without `results`, with the records that ship with the app."""
    shown = results or LiveResults(RESULTS, None)
    with gr.Blocks(title=TITLE, delete_cache=(3600, 86400)) as page:
        gr.Markdown(f"# {TITLE}\n{INTRODUCTION}", elem_id="fg-title")
        said = gr.HTML(elem_id="fg-tab-problem")
        back = {name: back_button(name) for name in ("tabs", "compare", "leaderboard", "quiz")}
        with gr.Tabs() as tabs:
            with gr.Tab("Compare", id="compare") as compare:
                build_compare_tab(
                    page, registry, samples_for(backbone), backbone, warning, image_file, back["compare"]
                )
            with gr.Tab("Leaderboard", id="leaderboard") as leaderboard:
                show_age(page, shown)
                folder = build_leaderboard_tab(page, lambda: shown.folder, registry, back["leaderboard"])
            with gr.Tab("Quiz", id="quiz") as quiz:
                build_game_tab(quiz, folder, registry, back["quiz"])
            with gr.Tab("Submit", id="submit") as submit:
                build_submit_tab(page, shown.dataset, push)
            with gr.Tab("About", id="about") as about:
                gr.Markdown(HOW_IT_WORKS)
        link_tabs(page, tabs, said, [compare, leaderboard, quiz, submit, about], back["tabs"])
    return page


def push(folder: Path, repo: str, token: str) -> str:
    """Where the head of the folder is to be seen, once it is in the repository."""
    return push_head(folder, repo, token=token).url


def page_css() -> str:
    """The page's style sheet: its own, the leaderboard's and the submit tab's."""
    return CSS + LEADERBOARD_CSS + SUBMIT_CSS


if __name__ == "__main__":
    main()
