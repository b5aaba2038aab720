"""The page's tools, asked by a real client of the Model Context Protocol."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client

import fg_demo.page.api.tools as tools
from fg_demo.boxes import Box
from fg_demo.images import read_image
from fg_demo.lookalikes.writing import look_alikes
from fg_demo.models.clip import load_backbone
from fg_demo.page.samples import load_samples
from fg_demo.scores import compare, read_queries
from tests.support.app_server import app_url

SAMPLE = load_samples()[0]
IMAGE = "data:image/jpeg;base64," + base64.b64encode(SAMPLE.path.read_bytes()).decode()
EDGES = [SAMPLE.box.left, SAMPLE.box.top, SAMPLE.box.right, SAMPLE.box.bottom]
QUERIES = read_queries(SAMPLE.queries)[0]


def asked(ask: Callable[[ClientSession], Awaitable[Any]]) -> Any:
    """What the page answers a client that has just connected."""

    async def connected() -> Any:
        place = f"{app_url()}/gradio_api/mcp/"
        async with streamablehttp_client(place) as (read, write, _), ClientSession(read, write) as session:
            await session.initialize()
            return await ask(session)

    return asyncio.run(connected())


def called(tool: str, **arguments: Any) -> tuple[str, bool]:
    """The text of a tool's answer, and whether it is an error."""
    answer = asked(lambda session: session.call_tool(tool, arguments))
    (content,) = answer.content
    return content.text, answer.isError


@pytest.mark.slow
def test_the_tools_are_described_with_exact_types():
    found = {tool.name: tool for tool in asked(lambda session: session.list_tools()).tools}
    assert {"score_region", "list_heads", "write_lookalikes", "leaderboard"} <= set(found)
    schema = found["score_region"].inputSchema
    assert schema["required"] == ["image", "queries"]
    assert schema["properties"]["image"]["type"] == "string"
    assert all(tool.description for tool in found.values())
    assert all(value.get("description") for value in schema["properties"].values())


@pytest.mark.slow
def test_a_region_is_scored_as_the_library_scores_it():
    text, failed = called("score_region", image=IMAGE, queries=QUERIES, box=EDGES, head="none")
    assert not failed, text
    expected = compare(
        read_image(SAMPLE.path), Box(*EDGES), QUERIES, load_backbone("mini-clip", device="cpu"), {}
    )
    found = json.loads(text)
    assert [(row["query"], row["rank"]) for row in found] == list(
        zip(expected["query"], expected["rank"], strict=True)
    )
    assert [row["score"] for row in found] == pytest.approx(list(expected["score"]), abs=1e-5)


@pytest.mark.slow
def test_heads_and_results_are_json():
    heads, failed = called("list_heads", backbone="mini-clip")
    assert not failed and {"linear-mini-clip"} <= {row["head"] for row in json.loads(heads)}
    results, failed = called("leaderboard")
    assert not failed and all(row["head"] for row in json.loads(results))


@pytest.mark.slow
def test_look_alikes_are_written_by_level_or_kind():
    asked = {"description": "a dark red fabric mug", "kind": "material", "seed": 3}
    text, failed = called("write_lookalikes", **asked)
    assert not failed and json.loads(text) == look_alikes("a dark red fabric mug", 1, "material", 3)
    text, failed = called("write_lookalikes", description="a mug")
    assert failed and "attribute to replace, found none" in text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"box": [10, 10, 10, 50]}, "expected right > left and bottom > top"),
        ({"head": "../heads"}, "head: expected one of"),
        ({"image": "https://example.com/cat.png"}, "image: expected a file that was uploaded"),
    ],
)
def test_bad_input_is_refused_in_words(change: dict[str, Any], message: str):
    text, failed = called("score_region", **{"image": IMAGE, "queries": QUERIES, **change})
    assert failed and message in text


def test_without_the_package_the_page_has_no_tools(monkeypatch: pytest.MonkeyPatch):
    assert tools.mcp_is_installed()
    monkeypatch.setattr(tools, "find_spec", lambda name: None)
    assert not tools.mcp_is_installed()
