"""What surrounds the tabs: theme, style sheet and script of the page, and the open tab in the address."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import gradio as gr

from fg_demo.page.components import QUIET, on_opening
from fg_demo.page.text import problem
from fg_demo.page.walk_through import offer

FOLDER = Path(__file__).parent
STYLES = (FOLDER / "page.css", FOLDER / "views" / "locating.css", offer.STYLE)
CSS = "".join(path.read_text(encoding="utf-8") for path in STYLES)
AROUND = """<style>
.gradio-container.gradio-container { overflow: clip; }
@media (max-width: 640px) { footer.footer .divider, footer .divider { display: none; } }
</style>"""
"""Of what is not inside the page, to which gradio keeps the rules of a style sheet: it hides what overflows the page, in
which nothing sticks to the window, and on a phone leaves the dot that stood between two links of the footer.
"""
SCRIPTS = (FOLDER / "shared.js", FOLDER / "page.js", FOLDER / "taking" / "taking.js")
HEAD = (
    AROUND
    + "".join(f"<script>{path.read_text(encoding='utf-8')}</script>" for path in SCRIPTS)
    + offer.head()
)
"""What the page needs in its head."""
HOW_IT_WORKS = (FOLDER / "how_it_works.md").read_text(encoding="utf-8")
THEME = gr.themes.Default(  # pyright: ignore[reportPrivateImportUsage]
    primary_hue="blue",
    neutral_hue="slate",
    radius_size="lg",
    font=["system-ui", "sans-serif"],
    font_mono=["ui-monospace", "monospace"],
).set(
    # The default's quieter text is too faint to read easily.
    body_text_color_subdued="*neutral_500",
    block_info_text_color="*neutral_500",
    # White on the default's blue is too.
    button_primary_background_fill="*primary_600",
    button_primary_background_fill_hover="*primary_700",
    button_primary_border_color="*primary_600",
)
LONGEST = 40
"""Characters of a tab's name that a message repeats."""


def back_button(name: str) -> gr.Button:
    """What page.js presses where the address asks for something of this name, as the page is opened or when the visitor
    goes back or forward.
    """
    return gr.Button(visible="hidden", elem_id=f"fg-back-{name}")


def link_tabs(
    page: gr.Blocks, tabs: gr.Tabs, said: gr.HTML, each: Sequence[gr.Tab], back: gr.Button | None = None
) -> None:
    """Open the tab that the address names, `?tab=…`, and name the one that is open in the address; of a name
    that no tab has, `said` tells. The browser opens what it can by itself, and presses `back` where it cannot.
    """
    by_name = {str(tab.id): tab for tab in each}

    def opened(address: str) -> tuple[Any, Any]:
        name = parse_qs(address.removeprefix("?")).get("tab", [""])[0]
        if not name or name in by_name:
            return gr.Tabs(selected=name) if name else gr.skip(), gr.skip()
        return gr.skip(), problem(
            f"This link cannot be opened. tab: expected one of {', '.join(by_name)}, got {name[:LONGEST]!r}",
            "Shown is what the page starts with.",
        )

    address = gr.Textbox(visible="hidden", show_label=False)
    read = "() => window.tabs.read()"
    on_opening(page, back, opened, address, [tabs, said], js=read, queue=False, **QUIET)
    page.load(None, None, None, js="() => window.tabs.begins()", **QUIET)
    for name, tab in by_name.items():
        tab.select(None, None, None, js=f"() => window.tabs.selected('{name}')", **QUIET)
