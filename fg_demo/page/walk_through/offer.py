"""The line that offers the walk-through, and what the page's head needs for it."""

from pathlib import Path
from typing import Any

import gradio as gr

from fg_demo.page.components import QUIET
from fg_demo.page.taking.names import SAMPLE
from fg_demo.page.templates import environment

FOLDER = Path(__file__).parent
STEPS, SCRIPT, STYLE = (FOLDER / name for name in ("steps.json", "walk_through.js", "walk_through.css"))
"""A step's one sentence, the thing that it points at, and beside which block it stands, before or after; what is not on
the page just then is passed over.
"""
TEMPLATES = environment(FOLDER)


def head() -> str:
    """The steps and the script, as the page's head has them."""
    steps = STEPS.read_text(encoding="utf-8").replace("<", "\\u003c")
    data = f'<script type="application/json" id="fg-walk-steps">{steps}</script>'
    return f"{data}<script>{SCRIPT.read_text(encoding='utf-8')}</script>"


def offer(first: Path) -> gr.HTML:
    """The line, in the place where it is called for; `first` is the file of the first sample, which it is about."""
    return gr.HTML(
        TEMPLATES.get_template("offer.html").render(image=f"{SAMPLE}{first.stem}"), elem_id="fg-walk-offer"
    )


def wire_walk_through(opened: Any) -> None:
    """Let an address that asks for it begin the walk-through, after the event of the page's opening."""
    opened.then(None, None, None, js="() => window.walkThrough.opened()", **QUIET)
