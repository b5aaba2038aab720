"""The Quiz tab: one item of the benchmark at a time, the visitor's guess, then what CLIP's cosine and a head picked."""

from typing import Any

import gradio as gr

from fg_demo.models.registry import ModelRegistry
from fg_demo.page.components import MODELS, QUIET, components
from leaderboard.board.results import ResultsFolder
from leaderboard.page.game.events import ALL, GameFields, GameHandlers, said
from leaderboard.page.game.rounds import LENGTH

INTRODUCTION = (
    f"## Can you do better than CLIP?\nOne caption fits what is in the box; the others differ in a detail. Pick it, "
    f"then see what the models picked. A round has {LENGTH} regions."
)
FOLLOWED = """(query) => {
    setTimeout(() => window.shared.follow(query, document.getElementById("game-score")), 150);
}"""
"""The address follows the item that is shown."""
GONE_ON = """() => window.shared.refocus(
    "#game-next", "#game-captions input:checked", "#game-captions input:enabled"
)"""
"""The button that was pressed is gone: keys go on to the one in its place, or to the captions."""


def build_game_tab(
    tab: gr.Tab,
    folder: ResultsFolder,
    registry: ModelRegistry | None = None,
    back: gr.Button | None = None,
) -> GameHandlers:
    """What the tab's events run; it is built inside the open `tab`. Nothing is computed before a visitor comes to
    it, by a click or by the page's address: gradio tells of both in one way. The address is read again when `back` is
    pressed.

    `folder` has the records, `registry` the heads and backbones whose picks can be shown.
    """
    handlers = GameHandlers(folder, registry, _fields())
    _wire(tab, handlers, back)
    return handlers


def _fields() -> GameFields:
    gr.Markdown(INTRODUCTION, elem_id="game-introduction")
    # Folded: on a phone the picture would begin below the screen.
    with (
        gr.Accordion("Choose what is asked", open=False, elem_id="game-choice"),
        gr.Row(elem_id="game-settings"),
    ):
        subset = gr.Dropdown(
            [("All subsets", ALL)], value=ALL, label="From", min_width=160, elem_id="game-subset"
        )
        head = gr.Dropdown([], label="Against", min_width=160, elem_id="game-head")
        with gr.Column(min_width=160):
            missed = gr.Checkbox(False, label="Only those CLIP gets wrong", elem_id="game-missed")
            start = gr.Button("New round", size="sm", elem_id="game-start")
        item = gr.Textbox(
            label="Region by its number",
            info="Enter begins a round with it.",
            max_lines=1,
            min_width=160,
            elem_id="game-number",
        )
    problem = gr.HTML(elem_id="game-problem")
    score = gr.HTML(said("One moment: a round is being drawn."), elem_id="game-score")
    with gr.Row(elem_id="game-item"):
        shown = gr.HTML(elem_id="game-picture", min_width=280)
        with gr.Column(min_width=300):
            captions = gr.Radio(
                [], label="Which caption fits what is in the box?", visible=False, elem_id="game-captions"
            )
            guess = gr.Button("That is it", variant="primary", visible=False, elem_id="game-guess")
            verdict = gr.HTML(elem_id="game-verdict")
            following = gr.Button("Next region", variant="primary", visible=False, elem_id="game-next")
    address = gr.Textbox(visible="hidden", show_label=False)
    return GameFields(
        subset,
        missed,
        head,
        start,
        item,
        problem,
        score,
        shown,
        captions,
        guess,
        following,
        verdict,
        gr.State(None),
        address,
    )


def _wire(tab: gr.Tab, handlers: GameHandlers, back: gr.Button | None) -> None:
    fields = handlers.fields
    everything, settings = components(fields), [fields.subset, fields.missed, fields.head]
    event: dict[str, Any] = {**QUIET, **MODELS}
    drawing = {**event, "show_progress": "full", "show_progress_on": [fields.picture]}
    gr.on(
        [tab.select, *([back.click] if back else [])],
        handlers.opened,
        [fields.round, *settings, fields.address],
        everything,
        js="(...values) => [...values.slice(0, -1), location.search]",
        trigger_mode="always_last",
        **event,
    )
    gr.on(
        [fields.start.click, fields.subset.input, fields.missed.input, fields.head.input],
        handlers.begun,
        settings,
        everything,
        **drawing,
    )
    fields.item.submit(handlers.chosen, [*settings, fields.item], everything, **drawing)
    pressed = [
        fields.guess.click(handlers.guessed, [fields.round, fields.captions], everything, **event),
        fields.following.click(handlers.following, [fields.round, *settings], everything, **drawing),
    ]
    for one in pressed:
        one.success(None, None, None, js=GONE_ON, **QUIET)
    for shown in (fields.address.change, tab.select):  # a tab that is selected is in sight a little later
        shown(None, fields.address, None, js=FOLLOWED, **QUIET)
