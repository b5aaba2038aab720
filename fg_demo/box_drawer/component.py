"""A gradio component to choose an image and draw one box on it, by mouse, finger, keyboard or numbers."""

from pathlib import Path
from typing import Any, final

import gradio as gr
from gradio.data_classes import FileData, GradioModel

FOLDER = Path(__file__).parent
SCRIPTS = ("state.js", "gestures.js", "files.js")
"""Parts of one script, in order: gradio takes one."""
MAX_MEGABYTES = 20


class Drawing(GradioModel):
    """An image file and a box on it: left, top, right, bottom in pixels of the upright image.

    No box means all of it. `width` and `height` are the upright image's, as the browser found them.
    """

    image: FileData | None = None
    box: list[float] | None = None
    width: int = 0
    height: int = 0


@final
class BoxDrawer(gr.HTML):
    """A `Drawing` in, a `Drawing` out; the event `input` says that the visitor changed image or box.

    The box is not checked here: whoever uses it makes a `Box` of it, which is.
    """

    data_model = Drawing

    def __init__(self, value: Drawing | None = None, **kwargs: Any):
        super().__init__(
            value=value,
            html_template=(FOLDER / "template.html").read_text(encoding="utf-8"),
            css_template=(FOLDER / "style.css").read_text(encoding="utf-8"),
            js_on_load="\n".join((FOLDER / name).read_text(encoding="utf-8") for name in SCRIPTS),
            apply_default_css=False,
            max_megabytes=MAX_MEGABYTES,
            **kwargs,
        )

    def preprocess(self, payload: Drawing | None) -> Drawing | None:  # type: ignore[override]
        """The drawing as it is, or None before there is an image."""
        return payload if payload and payload.image else None

    def postprocess(self, value: Drawing | None) -> Drawing | None:  # type: ignore[override]
        """The drawing to show."""
        return value

    def api_info(self) -> dict[str, Any]:
        return Drawing.model_json_schema()

    def example_payload(self) -> Any:
        return {"image": None, "box": None, "width": 0, "height": 0}

    def example_value(self) -> Any:
        return None
