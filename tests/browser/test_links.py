"""Links: what they ask for is shown or refused in words over the page's own start, and nothing is ever fetched."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from gradio.data_classes import FileData
from PIL import Image
from skimage import data

import app
import fg_demo.page.tab as tab
from fg_demo.box_drawer.component import Drawing
from fg_demo.models.registry import ModelRegistry
from fg_demo.page.events import CompareHandlers
from fg_demo.page.samples import load_samples
from fg_demo.page.taking.link import QuestionLink, from_query
from fg_demo.page.views.sampling import drawing_of
from heads.persistence.config import HeadConfig
from leaderboard.benchmarks.at_hand import NotHereError, fetch, images_at_hand, samples_at_hand
from leaderboard.benchmarks.image_links import image_file
from leaderboard.board.live import LiveResults

HERE = "fg-rendered/test/"


@pytest.fixture(scope="module")
def handlers() -> CompareHandlers:
    """Those of the Compare tab of a page on the embedded backbone, which offers CLIP too."""
    registry, made = ModelRegistry([app.CLIP, app.MINI_CLIP], device="cpu"), []

    def noted(*fields: Any) -> CompareHandlers:
        made.append(CompareHandlers(*fields))
        return made[0]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tab, "CompareHandlers", noted)
        app.build_page(registry, app.MINI_CLIP, results=LiveResults(Path("none"), None))
    (one,) = made
    return one


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Whatever is looked up or connected to meanwhile."""
    places: list[Any] = []

    def refuse(*where: Any, **_: Any) -> Any:
        places.append(where)
        raise OSError("no network here")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr("fg_demo.models.pretrained.hf_hub_download", refuse)
    yield places


def opened(handlers: CompareHandlers, **query: Any) -> dict[Any, Any]:
    sample = load_samples()[0]
    address = "?" + urlencode({"tab": "compare", **query}, doseq=True)
    heads = handlers.registry.fitting_heads(handlers.registry.backbone(app.MINI_CLIP))
    return handlers.opened(address, drawing_of(sample), "\n".join(sample.queries), app.MINI_CLIP, heads[0])


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ({"image": "fg-ovd/test/1"}, "images of fg-ovd test are not on this machine"),
        ({"image": "coco-karpathy/test/1"}, "not on this machine"),
        ({"image": "aro-relation/test/1"}, "not on this machine"),
        ({"image": "fg-rendered/train/1"}, "not on this machine"),
        ({"image": "fg-rendered/nowhere/1"}, "split: expected one of"),
        ({"image": HERE + "no such"}, "image: expected one of fg-rendered test"),
        ({"image": "/etc/passwd"}, "image: expected one of fg-rendered"),
        ({"backbone": app.CLIP}, "backbone: expected one that is loaded already"),
        ({"backbone": "owner/model"}, "backbone: expected one of"),
        ({"head": "no-such-head"}, "head: expected one of"),
        ({"box": "1,2,3"}, "box: expected"),
        ({"box": "9000,9000,9100,9100"}, "box: expected one that meets"),
        ({"kept": "1,2,3,4"}, "kept: expected a name of its own"),
        ({"kept": ["1,2,30,40:a", "5,6,70,80:a"]}, "kept: expected a name of its own"),
        ({"kept": [f"1,2,30,40:{number}" for number in range(9)]}, "boxes: expected at most 8, got 9"),
        ({"kept": "1,2,30,40*9:a"}, "context: expected 1 to 2"),
        ({"share": "140"}, "share: expected 0 to 100, got 140"),
        ({"share": "much"}, "share: expected a number"),
        ({"q": [f"a mug {number}" for number in range(60)]}, "at most 50 descriptions"),
    ],
    ids=lambda value: next(iter(value.values())) if isinstance(value, dict) else "",
)
def test_what_a_link_asks_in_vain_is_said_over_the_pages_own_start(
    handlers: CompareHandlers, asked: list[Any], query: dict[str, Any], reason: str
):
    if "box" in query:
        query = {"image": HERE + some_image(), **query}
    shown = opened(handlers, **query)
    said, start = shown.pop(handlers.outputs.message), opened(handlers)
    assert "This link cannot be opened" in said and reason in said
    assert shown[handlers.outputs.headline] == start[handlers.outputs.headline]
    assert not set(shown) & {handlers.inputs.drawing, handlers.inputs.backbone, handlers.inputs.head}
    assert not asked


def test_a_link_to_what_is_here_opens_it_without_the_network(handlers: CompareHandlers, asked: list[Any]):
    image = HERE + some_image()
    shown = opened(handlers, image=image, box="10,10,60,60", q=["a red mug", "a blue mug"], head="none")
    drawing = shown[handlers.inputs.drawing]
    assert isinstance(drawing, Drawing) and drawing.image and Path(drawing.image.path) == image_file(image)
    assert shown[handlers.inputs.queries] == "a red mug\na blue mug"
    assert "fg-problem" not in shown[handlers.outputs.message] and not asked


def own_photo(folder: Path) -> Drawing:
    """A visitor's photograph as it arrives from the browser that kept it."""
    path = folder / "own.jpg"
    Image.fromarray(data.coffee()).save(path)
    return Drawing(image=FileData(path=str(path)))


def test_the_address_asks_for_what_is_shown(handlers: CompareHandlers, asked: list[Any]):
    image = HERE + some_image()
    query = {"image": image, "box": "10,10,60,60", "q": ["✓ a red mug", "a blue mug"], "head": "none"}
    address = opened(handlers, **query)[handlers.outputs.address]
    assert from_query(address) == QuestionLink(
        image, (10.0, 10.0, 60.0, 60.0), "✓ a red mug\na blue mug", app.MINI_CLIP, ("none",)
    )
    start = opened(handlers)[handlers.outputs.address]
    sample = load_samples()[0]
    assert from_query(start).image == f"sample/{sample.path.stem}"
    again = handlers.opened(start, None, "", app.MINI_CLIP, "none")
    assert again[handlers.outputs.address] == start and not asked


def test_a_photograph_of_the_visitors_own_is_in_no_link_and_found_again_where_it_was_kept(
    handlers: CompareHandlers, tmp_path: Path
):
    drawing = own_photo(tmp_path)
    shown = handlers.refresh(drawing, "a cup\na plate", app.MINI_CLIP, "none")
    address = shown[handlers.outputs.address]
    asked = from_query(address)
    assert asked.image is None and asked.own and "own.jpg" not in address
    again = handlers.opened(f"{address}&box=10,20,300,200", drawing, "", app.MINI_CLIP, "none")
    assert again[handlers.inputs.drawing].box == [10, 20, 300, 200]
    assert "fg-problem" not in again[handlers.outputs.message]


def test_a_link_of_somebody_elses_photograph_is_told_over_the_pages_own_start(handlers: CompareHandlers):
    shown = opened(handlers, own="0123456789abcdef", q=["a cup"])
    said = shown[handlers.outputs.message]
    assert "This link cannot be opened" in said and "a photograph that this browser has kept" in said
    assert shown[handlers.outputs.headline] == opened(handlers)[handlers.outputs.headline]


def test_a_link_never_gets_a_head_that_is_not_here(
    handlers: CompareHandlers, monkeypatch: pytest.MonkeyPatch
):
    got: list[str] = []

    def get() -> Path:
        got.append("fetched")
        raise OSError("no network here")

    config = HeadConfig("linear", {"dim": 128}, app.MINI_CLIP, None, None, {})
    monkeypatch.setattr(handlers.registry, "_on_demand", {"far": (config, get)})
    shown = opened(handlers, head="far")
    assert "head: expected one that is here already, got far" in shown[handlers.outputs.message] and not got
    chosen = handlers.refresh(drawing_of(load_samples()[0]), "a mug", app.MINI_CLIP, "far")
    assert "head: far could not be had: no network here" in chosen[handlers.outputs.message] and got


def test_only_a_listed_benchmark_is_fetched_when_a_visitor_asks_for_it():
    with pytest.raises(ValueError, match="benchmark: expected one of"):
        fetch("stranger/dataset", "hard", "test")
    with pytest.raises(NotHereError, match="rows of stranger/dataset test"):
        samples_at_hand("stranger/dataset", "hard", "test")
    fetch("fg-rendered", "hard", "test")
    assert len(samples_at_hand("fg-rendered", "hard", "test")) and some_image() in images_at_hand(
        "fg-rendered", "test"
    )


def some_image() -> str:
    return next(iter(images_at_hand("fg-rendered", "test")))
