"""The samples: pictures under the question that each puts; pressed, one brings its image, box and descriptions."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, final

import gradio as gr
from gradio.data_classes import FileData, GradioModel, GradioRootModel

from fg_demo.box_drawer.component import Drawing
from fg_demo.page.asked import Heads
from fg_demo.page.components import ANSWERING, AT_ONCE, components, mark_old
from fg_demo.page.events import CompareHandlers
from fg_demo.page.samples import SampleImage
from fg_demo.page.text import help_line
from fg_demo.page.turns import TurnFields, Turns
from fg_demo.page.views.writing import WritingFields

FOLDER = Path(__file__).parent
PRESSED = """
element.addEventListener("click", ({ target }) => {
  const card = target.closest("button");
  if (card) trigger("select", { number: Number(card.dataset.number) });
});
"""


class SampleCard(GradioModel):
    """A picture and the words that name it."""

    image: FileData
    story: str


class SampleCards(GradioRootModel):
    """The pictures in their order."""

    root: list[SampleCard]


@final
class SampleButtons(gr.HTML):
    """A button a sample, named by its words alone; the event `select` has its `number`. gradio's gallery names its
    buttons by numbers, and repeats the words as the pictures'.
    """

    data_model = SampleCards

    def __init__(self, value: SampleCards | None = None, **kwargs: Any):
        super().__init__(
            value=value,
            html_template=(FOLDER / "sampling.html").read_text(encoding="utf-8"),
            css_template=(FOLDER / "sampling.css").read_text(encoding="utf-8"),
            js_on_load=PRESSED,
            apply_default_css=False,
            **kwargs,
        )

    def preprocess(self, payload: SampleCards | None) -> None:  # type: ignore[override]
        """Nothing: what a visitor presses is all that comes out."""

    def postprocess(self, value: SampleCards | None) -> SampleCards | None:  # type: ignore[override]
        """The value as it is."""
        return value

    def api_info(self) -> dict[str, Any]:
        """The JSON schema of the value, for the API's page."""
        return SampleCards.model_json_schema()

    def example_payload(self) -> Any:
        """No samples, as a client would send them."""
        return []

    def example_value(self) -> Any:
        """No samples."""
        return None


def sample_buttons(samples: Sequence[SampleImage]) -> SampleButtons:
    """The component, in the place where it is called for."""
    gr.HTML(help_line("Or try a sample:"))
    cards = [SampleCard(image=FileData(path=str(one.path)), story=one.story) for one in samples]
    return SampleButtons(SampleCards(root=cards), elem_id="fg-samples")


def drawing_of(sample: SampleImage) -> Drawing:
    """The sample's image with its box."""
    box = sample.box
    return Drawing(image=FileData(path=str(sample.path)), box=[box.left, box.top, box.right, box.bottom])


def wire_samples(
    samples: Sequence[SampleImage],
    buttons: SampleButtons,
    handlers: CompareHandlers,
    written: WritingFields,
    turn: TurnFields,
) -> None:
    """Let a visitor take a sample: its image, box and descriptions."""

    def pick(number: float, turns: Turns, backbone: str, head: Heads, event: gr.EventData) -> Any:
        sample = samples[event.number]  # pyright: ignore[reportAttributeAccessIssue]
        drawing, queries = drawing_of(sample), "\n".join(sample.queries)
        turns.begun(number)
        shown = {
            inputs.drawing: drawing,
            inputs.queries: queries,
            written.description: sample.description,
            **handlers.refresh(drawing, queries, backbone, head),
        }
        return turn.answered(number, turns, shown)

    inputs, outputs = handlers.inputs, handlers.outputs
    picked = buttons.select(
        pick,
        [*turn.inputs, inputs.backbone, inputs.head],
        [inputs.drawing, inputs.queries, written.description, *components(outputs), turn.number],
        js=AT_ONCE,
        show_progress_on=[outputs.headline],
        **ANSWERING,
    )
    mark_old(turn.number, picked)
