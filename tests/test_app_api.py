"""The running app's endpoints, called as a program calls them."""

from pathlib import Path

import httpx
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image
from skimage import data

from fg_demo.boxes import Box
from fg_demo.images import read_image
from fg_demo.models.clip import load_backbone
from fg_demo.scores import compare
from heads.kinds.cosine import BASELINE
from leaderboard import load_results
from tests.support.app_server import ROOT, app_url

pytestmark = pytest.mark.slow
QUERIES = ["a red cup", "a white cup of coffee", "a wooden table"]


@pytest.fixture(scope="module")
def client() -> Client:
    return Client(app_url(), verbose=False)


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photograph stored sideways, as phones do."""
    path = tmp_path_factory.mktemp("photos") / "coffee.jpg"
    exif = Image.Exif()
    exif[274] = 6
    Image.fromarray(data.coffee()).save(path, exif=exif)
    return path


def test_compare_gives_what_the_library_gives(client: Client, photo: Path):
    edges = [50.0, 80.0, 300.0, 420.0]
    rows = client.predict(handle_file(photo), QUERIES, edges, "mini-clip", "none", api_name="/compare")
    expected = compare(read_image(photo), Box(*edges), QUERIES, load_backbone("mini-clip", device="cpu"), {})
    assert [set(row) for row in rows] == [{"query", "scorer", "score", "rank", "share"}] * len(QUERIES)
    for row, (_, wanted) in zip(rows, expected.iterrows(), strict=True):
        assert (row["query"], row["scorer"], row["rank"]) == (wanted["query"], BASELINE.title, wanted["rank"])
        assert row["score"] == pytest.approx(wanted["score"], abs=1e-5)


def test_queries_may_be_text_and_the_rest_left_out(client: Client, photo: Path):
    image = handle_file(photo)
    as_text = client.predict(image, "\n".join(QUERIES), None, None, None, api_name="/compare")
    as_list = client.predict(image, QUERIES, None, None, None, api_name="/compare")
    assert as_text == as_list and {row["query"] for row in as_text} == set(QUERIES)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"queries": []}, "at least one description, got none"),
        ({"queries": [f"query {n}" for n in range(200)]}, "at most 50 descriptions, got 200"),
        ({"queries": ["x" * 5000]}, "at most 300 characters, got 5000"),
        ({"queries": {"not": "a list"}}, "queries: expected"),
        ({"queries": [1, 2]}, "queries: expected"),
        ({"box": [10, 10, 10, 50]}, "expected right > left and bottom > top"),
        ({"box": [1, 2, 3]}, "box: expected four numbers"),
        ({"box": "everything"}, "box: expected four numbers"),
        ({"box": [9000, 9000, 9100, 9100]}, "expected one that meets the 400 × 600 px image"),
        ({"backbone": "/etc"}, "backbone: expected one of"),
        ({"head": "../heads"}, "head: expected one of"),
        ({"head": ["a", "b", "c", "d", "e"]}, "heads: expected at most"),
        ({"image": None}, "image: expected one, got none"),
    ],
)
def test_bad_input_is_refused_in_words(client: Client, photo: Path, change: dict, message: str):
    call = {
        "image": handle_file(photo),
        "queries": QUERIES,
        "box": None,
        "backbone": None,
        "head": None,
        **change,
    }
    with pytest.raises(AppError, match=message):
        client.predict(*call.values(), api_name="/compare")


def test_a_broken_image_is_refused_in_words(client: Client, tmp_path: Path):
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    with pytest.raises(AppError, match="image: expected"):
        client.predict(handle_file(tmp_path / "broken.png"), QUERIES, None, None, None, api_name="/compare")


@pytest.mark.parametrize(
    "image",
    [
        {"path": "/etc/passwd"},
        {"path": str(ROOT / "fg_demo" / "samples" / "scene-1000076.jpg")},
        str(ROOT / "fg_demo" / "samples" / "scene-1000076.jpg"),
        {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}},
        {"path": str(ROOT / "README.md"), "meta": {"_type": "gradio.FileData"}},
    ],
)
def test_a_file_of_the_server_that_nobody_uploaded_is_never_read(image: object):
    """Asked for without gradio's client, which uploads such a file of its own machine."""
    call = httpx.post(
        f"{app_url()}/gradio_api/call/compare", json={"data": [image, QUERIES, None, None, None]}
    )
    event = httpx.get(f"{app_url()}/gradio_api/call/compare/{call.json()['event_id']}", timeout=60).text
    assert "event: error" in event and "event: complete" not in event
    assert '"share"' not in event and "root:" not in event


def test_the_app_offers_these_endpoints_and_no_others(client: Client):
    endpoints = client.view_api(return_format="dict")["named_endpoints"]  # type: ignore[index]
    assert set(endpoints) == {"/compare", "/heads", "/lookalikes", "/leaderboard"}


def test_heads_are_listed_with_the_backbone_that_each_fits(client: Client, photo: Path):
    rows = client.predict(backbone="mini-clip", api_name="/heads")
    assert {row["backbone"] for row in rows} == {"mini-clip"} and len(rows) > 3
    assert client.predict(backbone="no/such", api_name="/heads") == []
    scored = client.predict(
        image=handle_file(photo), queries=QUERIES, head=rows[0]["head"], api_name="/compare"
    )
    assert {row["scorer"] for row in scored} == {BASELINE.title, rows[0]["head"]}


def test_several_heads_and_context_are_asked_for_by_name(client: Client, photo: Path):
    names = [row["head"] for row in client.predict(backbone="mini-clip", api_name="/heads")][:2]
    asked = {"image": handle_file(photo), "queries": QUERIES, "box": [50, 80, 300, 420]}
    rows = client.predict(**asked, head=names, context=1.5, api_name="/compare")
    assert list(dict.fromkeys(row["scorer"] for row in rows)) == [BASELINE.title, *names]
    assert rows != client.predict(**asked, head=names, api_name="/compare")


def test_look_alikes_are_written(client: Client):
    written = client.predict(description="a dark red fabric mug", replaced=2, api_name="/lookalikes")
    assert 0 < len(written) <= 10 and "a dark red fabric mug" not in written
    with pytest.raises(AppError, match="found none in"):
        client.predict(description="a mug", api_name="/lookalikes")


def test_an_image_elsewhere_is_not_fetched_for_a_caller(client: Client):
    with pytest.raises(AppError, match="image: expected a file that was uploaded"):
        client.predict(handle_file("https://example.com/cat.png"), QUERIES, api_name="/compare")


def test_the_leaderboard_answers_with_a_row_a_record(client: Client):
    records, _ = load_results(ROOT / "leaderboard" / "results")
    rows = client.predict(api_name="/leaderboard")
    assert sorted((row["head"], row["backbone"]) for row in rows) == sorted(
        (record.head.name, record.backbone.name) for record in records
    )
