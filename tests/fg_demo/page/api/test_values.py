"""What endpoints take: exact schemas, and no file but an uploaded one."""

import asyncio
from pathlib import Path

import gradio as gr
import pytest
from gradio.exceptions import Error
from gradio.utils import get_upload_folder

from fg_demo.models.registry import ModelRegistry
from fg_demo.page.api.endpoints import add_endpoints
from fg_demo.page.api.values import FILE_PLACE, IMAGE, TEXT, Value, publish

FILE = {"path": "/tmp/x.png", "meta": {"_type": "gradio.FileData"}}


@pytest.fixture(scope="module")
def info() -> dict:
    """What the page says of its endpoints; no backbone is loaded for it."""
    with gr.Blocks() as page:
        add_endpoints(ModelRegistry(["mini-clip"], device="cpu"), "mini-clip")
    return page.get_api_info()["named_endpoints"]


def test_parameters_have_names_and_exact_types(info: dict):
    parameters = {one["parameter_name"]: one for one in info["/compare"]["parameters"]}
    assert list(parameters) == ["image", "queries", "box", "backbone", "head", "context"]
    assert [one["label"] for one in parameters.values()] == list(parameters)
    required = [name for name, one in parameters.items() if not one["parameter_has_default"]]
    assert required == ["image", "queries"]
    (nothing, box) = parameters["box"]["type"]["oneOf"]
    assert nothing == {"type": "null"}
    assert box == {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4}
    assert {"type": "null"} in parameters["backbone"]["type"]["oneOf"]
    assert {"enum": ["mini-clip"]} in parameters["backbone"]["type"]["oneOf"]
    assert all(one["python_type"]["description"] and one["example_input"] for one in parameters.values())


def test_every_value_has_a_type(info: dict):
    """`{"type": {}}` is what a client of MCP refuses to send anything for."""
    values = [
        value for endpoint in info.values() for value in [*endpoint["parameters"], *endpoint["returns"]]
    ]
    assert values and all(set(value["type"]) & {"type", "anyOf", "oneOf", "enum"} for value in values)
    assert not [value for value in values if value["type"].get("type", "") == {}]
    assert set(info["/compare"]["returns"][0]["type"]["items"]["required"]) == {
        *("query", "scorer", "score", "rank", "share")
    }


def test_a_file_is_taken_only_where_it_is_marked_as_one():
    image = Value(label="image", schema=IMAGE, says="an image")
    assert image.preprocess(FILE) == FILE["path"]
    assert [image.preprocess(other) for other in (None, "/etc/passwd", {"path": "/etc/passwd"})] == [None] * 3
    assert Value(label="text", schema=TEXT, says="a text").preprocess("a mug") == "a mug"


def test_an_address_elsewhere_is_refused_in_words_and_never_fetched(monkeypatch: pytest.MonkeyPatch):
    fetched: list[str] = []

    async def fetch(address: str, **_: object) -> str:
        fetched.append(address)
        return ""

    monkeypatch.setattr("gradio.processing_utils.async_ssrf_protected_download", fetch)
    image = Value(label="image", schema=IMAGE, says="an image")
    for address in ("https://example.com/cat.png", f"http://example.com{FILE_PLACE}/etc/passwd"):
        with pytest.raises(Error, match="image: expected a file that was uploaded to this page"):
            asyncio.run(image.async_move_resource_to_block_cache(address))
    assert not fetched


def test_the_address_of_an_uploaded_file_is_that_file():
    path = Path(get_upload_folder()) / "abc" / "cat 1.png"
    address = f"https://owner-name.hf.space{FILE_PLACE}{str(path).replace(' ', '%20')}"
    image = Value(label="image", schema=IMAGE, says="an image")
    assert asyncio.run(image.async_move_resource_to_block_cache(address)) == str(path)


def test_endpoints_are_published_only_on_a_page():
    with pytest.raises(ValueError, match="expected a page that is being built"):
        publish(list, "nothing", [], Value(label="rows", schema=TEXT, says="nothing"))
