"""What endpoints take and give: each value with its exact JSON schema, and files only where they were uploaded."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, final
from urllib.parse import unquote, urlsplit

from gradio.components.api_component import Api
from gradio.context import get_blocks_context
from gradio.exceptions import Error
from gradio.utils import get_upload_folder, is_in_or_equal
from gradio_client.utils import is_file_obj_with_meta, is_http_url_like

Schema = Mapping[str, Any]
FILE_PLACE = "/gradio_api/file="
"""Before the path of an uploaded file in its address."""

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
WHOLE_NUMBER: Schema = {"type": "integer"}
IMAGE: Schema = {
    "type": "object",
    "properties": {
        "path": TEXT,
        "meta": {
            "type": "object",
            "properties": {"_type": {"const": "gradio.FileData"}},
            "required": ["_type"],
        },
    },
    "required": ["path", "meta"],
}
"""As gradio's clients describe a file, which they upload themselves."""


def nullable(schema: Schema) -> Schema:
    """The value or null."""
    return {"oneOf": [{"type": "null"}, schema]}


def rows(columns: Mapping[str, Schema]) -> Schema:
    """A list of objects that have all of these columns."""
    row = {"type": "object", "properties": dict(columns), "required": list(columns)}
    return {"type": "array", "items": row}


@final
class Value(Api):
    """A parameter or an answer of an endpoint; `example` is shown where the page documents its API."""

    def __init__(self, *, label: str, schema: Schema, says: str, example: Any = None):
        super().__init__(None, {**schema, "additional_description": says}, label)
        self._example, self._is_file = example, schema == IMAGE

    def get_block_name(self) -> str:
        """The name of what the page shows for it: nothing, as for its parent."""
        return "api"

    def example_payload(self) -> Any:
        """An example, as a client would send it."""
        return self._example

    def preprocess(self, payload: Any) -> Any:
        """Of an uploaded file its path, None for another: gradio checks that a file was uploaded only where it is
        marked as one, and lets any other path through. Any other value as it is.
        """
        if not self._is_file:
            return payload
        return payload["path"] if is_file_obj_with_meta(payload) else None

    async def async_move_resource_to_block_cache(self, url_or_file_path: str | Path | None) -> str | None:
        """Path of a file that is here. Raises Error, in words, for an address elsewhere: gradio would fetch it."""
        if url_or_file_path is None or not is_http_url_like(str(url_or_file_path)):
            return await super().async_move_resource_to_block_cache(url_or_file_path)
        path = unquote(urlsplit(str(url_or_file_path)).path).partition(FILE_PLACE)[2]
        if path and is_in_or_equal(path, get_upload_folder()):
            return path
        raise Error(
            f"{self.label}: expected a file that was uploaded to this page or a data: address, got "
            f"{str(url_or_file_path)[:80]!r}; the page fetches nothing from elsewhere"
        )


def publish(
    run: Callable[..., Any], name: str, parameters: Sequence[Value], answer: Value, **settings: Any
) -> None:
    """Publish `run` as the endpoint `/name` of the page that is being built; as an MCP tool it has the name of the
    function. A parameter of `run` that has the default None may be left out.

    gradio's own `api` knows a value's Python type alone, and says nothing of names, lengths or fields.
    """
    page = get_blocks_context()
    if page is None:
        raise ValueError("publish: expected a page that is being built, got none")
    page.set_event_trigger(
        [],
        run,
        list(parameters),
        [answer],
        show_progress="hidden",
        api_name=name,
        trigger_mode=None,
        **settings,
    )
