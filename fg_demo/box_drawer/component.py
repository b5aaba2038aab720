"""A gradio component to choose an image and draw one box on it, by mouse, finger, keyboard or numbers."""

import io
from pathlib import Path
from typing import Any, final

import gradio as gr
from gradio.components.base import server
from gradio.data_classes import FileData, GradioModel
from gradio.processing_utils import save_bytes_to_cache
from PIL import Image
from pydantic import Field

from fg_demo.images import using

FOLDER = Path(__file__).parent
SCRIPTS = ("state.js", "gestures.js", "files.js")
"""Parts of one script, in order: gradio takes one."""
MAX_MEGABYTES = 20
MOST_SHOWN = 1600
"""Longest side, in pixels, of what the page shows: more than it has room for."""


class KeptBox(GradioModel):
    """A box that is kept by its name: left, top, right, bottom in pixels of the upright image, and its context."""

    name: str
    box: list[float]
    context: float = 1.0


class Drawing(GradioModel):
    """An image file and a box on it: left, top, right, bottom in pixels of the upright image.

    No box means all of it. `shown` is what the page shows of the image: a copy that the server's own reader
    made, upright and without metadata, so that a browser cannot turn it otherwise. It may be smaller;
    `width` and `height` are those of the upright image. The crop is the box times `context`, 1 to 2, about its centre.
    `kept` are boxes that stay on the image by their names, and can be taken up again.
    """

    image: FileData | None = None
    shown: FileData | None = None
    box: list[float] | None = None
    width: int = 0
    height: int = 0
    context: float = 1.0
    kept: list[KeptBox] = Field(default_factory=list)


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

    @server
    def show(self, path: str) -> dict[str, Any]:
        """What the page is to show of an uploaded file: `path` of the copy, `width` and `height` of the upright
        image; or the `problem` with the file, in words.
        """
        if not Path(path).resolve().is_relative_to(Path(self.GRADIO_CACHE).resolve()):
            return {"problem": "image: expected an uploaded file, got another"}
        try:
            with using(path) as image:
                return {"path": self._copy(image), "width": image.width, "height": image.height}
        except ValueError as error:
            return {"problem": str(error)}

    def _copy(self, image: Image.Image) -> str:
        """Path of the copy, at most `MOST_SHOWN` px long."""
        scale = min(1, MOST_SHOWN / max(image.size))
        width, height = (max(1, round(length * scale)) for length in image.size)
        small = image.resize((width, height), reducing_gap=2.0)  # no thumbnail(): it would need a copy first
        content = io.BytesIO()
        small.save(content, "JPEG", quality=92, subsampling=0)
        return save_bytes_to_cache(content.getvalue(), "shown.jpg", cache_dir=self.GRADIO_CACHE)

    def preprocess(self, payload: Drawing | None) -> Drawing | None:  # type: ignore[override]
        """The drawing as it is, or None before there is an image."""
        return payload if payload and payload.image else None

    def postprocess(self, value: Drawing | None) -> Drawing | None:  # type: ignore[override]
        """The drawing to show, with the copy of its image. Raises ValueError when the image cannot be read."""
        if value is None or value.image is None:
            return value
        with using(value.image.path) as image:
            size = {"width": image.width, "height": image.height}
            return value.model_copy(update={"shown": FileData(path=self._copy(image)), **size})

    def api_info(self) -> dict[str, Any]:
        """The JSON schema of a drawing, for the API's page."""
        return Drawing.model_json_schema()

    def example_payload(self) -> Any:
        """An empty drawing, as a client would send it."""
        return Drawing().model_dump()

    def example_value(self) -> Any:
        """No drawing."""
        return None
