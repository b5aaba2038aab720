"""The endpoint `/compare`: a comparison as rows, for programs."""

from typing import Any

import gradio.events as events
from gradio.data_classes import FileDataDict
from gradio.exceptions import Error
from gradio_client.utils import is_file_obj_with_meta

from fg_demo.models.registry import ModelRegistry
from fg_demo.page.comparison import NO_HEAD, read_question, score
from fg_demo.page.components import MODELS


def add_endpoint(registry: ModelRegistry, default_backbone: str) -> None:
    """Publish `/compare` on the page that is being built."""

    def compare(
        image: FileDataDict,
        queries: str | list[str],
        box: list[float] | None = None,
        backbone: str | None = None,
        head: str | None = None,
    ) -> list[dict[str, Any]]:
        """One row a query and scorer: query, scorer, score, rank, share.

        Args:
            image: an image file
            queries: descriptions, as a list or as a text with one a line
            box: left, top, right, bottom in pixels of the upright image; null for all of it
            backbone: one of those the page offers; null for the page's default
            head: one of those the page offers, or "none"; null for the first that fits the backbone

        """
        name = backbone or default_backbone
        try:
            chosen = head or next(iter(registry.fitting_heads(registry.backbone(name))), NO_HEAD)
            rows = score(registry, read_question(_uploaded(image), box, queries, name, chosen))
        except ValueError as error:
            raise Error(str(error)) from error
        return rows.to_dict("records")

    events.api(compare, api_name="compare", **MODELS)


def _uploaded(file: Any) -> str | None:
    """Path of an uploaded file, None for anything else: gradio checks that a file was uploaded only where it is
    marked as one, and lets any other path through.
    """
    return file["path"] if is_file_obj_with_meta(file) else None
