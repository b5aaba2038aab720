"""The endpoints as tools of the Model Context Protocol: gradio's server for it, with answers in JSON."""

import json
from importlib.util import find_spec
from typing import Any

import gradio as gr


def mcp_is_installed() -> bool:
    """Whether the package is here that gradio's server needs (requirements-mcp.txt)."""
    return find_spec("mcp") is not None


def answer_in_json(page: gr.Blocks) -> None:
    """From now on the tools of a page that has been launched answer in JSON; nothing happens to one without tools.

    gradio writes what is no file as Python would print it, which no other language reads.
    """
    server = page.mcp_server_obj
    if server is not None:
        server.postprocess_output_data = _as_json


def _as_json(data: Any, root_url: str) -> list[Any]:
    """Each value that an endpoint answers with, as the text of its JSON; none of ours is a file."""
    from mcp.types import TextContent

    return [TextContent(type="text", text=json.dumps(value, ensure_ascii=False)) for value in data]
