"""Downloads against a server of this machine, with its faults: a file is there whole, or not at all."""

import io
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from PIL import Image

from heads.io import download as downloads
from heads.io.download import DownloadError, Limits, download
from leaderboard.benchmarks.annotation import ImageLocation
from leaderboard.benchmarks.catalogue import Benchmark, Subset
from leaderboard.benchmarks.readers import remote_images as coco_images
from leaderboard.benchmarks.readers.github_files import fetch_annotations
from leaderboard.benchmarks.readers.remote_images import IMAGE_LIMITS, LOOK_AHEAD, PlacedImages
from tests.support.file_server import TEXT, Answer, Server, file_server


@pytest.fixture
def server() -> Iterator[Server]:
    with file_server() as made:
        yield made


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that would have been waited."""
    told: list[float] = []
    monkeypatch.setattr(downloads.time, "sleep", told.append)
    return told


TEXT_LIMITS = Limits(types=("text/plain",), most_bytes=100)


def get(server: Server, folder: Path, limits: Limits = TEXT_LIMITS, check=lambda path: None) -> Path:
    return download(f"{server.url}/file", folder / "deep" / "file.txt", server.limits(limits), check)


def left(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


def test_a_file_is_fetched_once(server: Server, tmp_path: Path):
    server.answers["/file"] = [Answer()]
    assert get(server, tmp_path).read_bytes() == TEXT == get(server, tmp_path).read_bytes()
    assert server.asked == ["/file"] and left(tmp_path) == ["file.txt"]


PASSING = {
    "429 with Retry-After": (Answer(status=429, headers={"Retry-After": "7"}), 7.0),
    "500": (Answer(status=500), 0.0),
    "503 until a date": (Answer(status=503, headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}), 0.0),
    "short body": (Answer(sent=5), 0.0),
    "no body": (Answer(sent=0), 0.0),
}


@pytest.mark.parametrize("fault", PASSING)
def test_a_fault_that_passes_is_tried_again(server: Server, tmp_path: Path, waits: list[float], fault: str):
    answer, wait = PASSING[fault]
    server.answers["/file"] = [answer, Answer()]
    assert get(server, tmp_path).read_bytes() == TEXT
    assert waits == [wait] and left(tmp_path) == ["file.txt"]


LASTING = {
    "404": (Answer(status=404), 1, r"expected status 200, got 404"),
    "a redirect": (
        Answer(status=302, headers={"Location": "http://elsewhere/"}),
        1,
        r"expected status 200, got 302",
    ),
    "another type": (
        Answer(type="text/html"),
        1,
        r"expected a content type of \['text/plain'\], got text/html",
    ),
    "too large": (Answer(b"x" * 101), 1, r"expected at most 100 bytes, got 101"),
    "500 for ever": (Answer(status=500), 5, r"status 500, after 5 attempts"),
    "a long wait": (Answer(status=429, headers={"Retry-After": "3600"}), 1, r"status 429, after 1 attempts"),
    "always short": (Answer(sent=3), 5, r"RemoteProtocolError .*after 5 attempts"),
}


@pytest.mark.parametrize("fault", LASTING)
def test_a_fault_that_lasts_is_named_and_leaves_nothing(
    server: Server, tmp_path: Path, waits: list[float], fault: str
):
    answer, attempts, message = LASTING[fault]
    server.answers["/file"] = [answer]
    with pytest.raises(DownloadError, match=rf"{server.url}/file: {message}"):
        get(server, tmp_path)
    assert len(server.asked) == attempts and left(tmp_path) == []


def test_what_a_kill_left_of_a_download_goes_with_the_next(server: Server, tmp_path: Path):
    half = tmp_path / "deep" / ".partial" / ".file.txt.0123abcd.partial"
    half.parent.mkdir(parents=True)
    half.write_bytes(b"half")
    os.utime(half, (0, 0))
    server.answers["/file"] = [Answer()]
    get(server, tmp_path)
    assert left(tmp_path) == ["file.txt"]


def test_a_body_larger_than_said_stops(server: Server, tmp_path: Path):
    server.answers["/file"] = [Answer(b"x" * 5000, headers={"Content-Length": ""})]
    with pytest.raises(DownloadError, match="expected at most 100 bytes, got more"):
        get(server, tmp_path)
    assert left(tmp_path) == []


def test_a_failed_check_is_tried_again_and_then_named(server: Server, tmp_path: Path, waits: list[float]):
    def check(path: Path) -> None:
        raise ValueError(f"expected another content than {len(path.read_bytes())} bytes")

    server.answers["/file"] = [Answer()]
    with pytest.raises(DownloadError, match=r"expected another content than 19 bytes, after 5 attempts"):
        get(server, tmp_path, check=check)
    assert left(tmp_path) == [] and len(waits) == 4


@pytest.mark.parametrize(
    "url", ["http://elsewhere/file", "file:///etc/passwd", "http://127.0.0.1@elsewhere/file"]
)
def test_other_hosts_are_never_asked(server: Server, tmp_path: Path, url: str):
    with pytest.raises(DownloadError, match=r"expected an address on one of"):
        download(url, tmp_path / "file", limits=server.limits(IMAGE_LIMITS))


@pytest.mark.parametrize(
    "url",
    [
        "https://s3.amazonaws.com/another-bucket/1.jpg",
        "https://s3.amazonaws.com/images.cocodataset.org/../another-bucket/1.jpg",
        "https://s3.amazonaws.com/images.cocodataset.org/%2e%2E/another-bucket/1.jpg",
        "http://s3.amazonaws.com/images.cocodataset.org/1.jpg",
        "http://raw.githubusercontent.com/owner/name/file",
        "https://raw.githubusercontent.com.elsewhere.org/file",
    ],
)
def test_of_a_host_that_many_share_only_the_own_part_is_asked_and_only_by_https(tmp_path: Path, url: str):
    with pytest.raises(DownloadError, match=r"expected an address on one of \['https://raw"):
        download(url, tmp_path / "file", IMAGE_LIMITS)


def test_a_long_wait_is_said_in_words(
    server: Server, tmp_path: Path, waits: list[float], caplog: pytest.LogCaptureFixture
):
    server.answers["/file"] = [Answer(status=429, headers={"Retry-After": "42"}), Answer()]
    assert get(server, tmp_path).read_bytes() == TEXT and waits == [42.0]
    assert caplog.messages == [f"{server.url}/file: status 429; waiting 42 s, then attempt 2 of 5"]


def test_what_is_asked_for_too_long_is_told(server: Server, tmp_path: Path):
    server.answers["/file"] = [Answer(status=429, headers={"Retry-After": "3600"})]
    with pytest.raises(DownloadError, match=r"the server asks to wait 3,600 s, and at most 300 s are waited"):
        get(server, tmp_path)


def test_nobody_there_is_named(tmp_path: Path, waits: list[float], server: Server):
    limits = replace(TEXT_LIMITS, allowed=frozenset({"http://127.0.0.1:9/"}), first_wait=0.5)
    with pytest.raises(DownloadError, match=r"ConnectError .*, after 5 attempts"):
        download("http://127.0.0.1:9/file", tmp_path / "file", limits)
    assert waits == [0.5, 1.0, 2.0, 4.0], "each time longer"


def test_silence_ends_by_a_time_out(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waits):
    released = threading.Event()
    monkeypatch.setattr(server, "take", lambda path: Answer(status=200 + released.wait(5)))
    monkeypatch.setattr(server, "leave", lambda: None)
    monkeypatch.setattr(downloads, "TIMEOUT", httpx.Timeout(0.1))
    with pytest.raises(DownloadError, match=r"ReadTimeout.*after 5 attempts"):
        get(server, tmp_path)
    released.set()


def jpeg(color: str = "green", size: tuple[int, int] = (32, 24)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, color).save(buffer, "JPEG")
    return buffer.getvalue()


def photos(server: Server, count: int, monkeypatch: pytest.MonkeyPatch, cache: Path) -> PlacedImages:
    monkeypatch.setenv("FG_CACHE", str(cache))
    monkeypatch.delenv("FG_IMAGES", raising=False)
    for number in range(count):
        server.answers.setdefault(f"/{number}.jpg", [Answer(jpeg(), type="image/jpeg")])
    places = {str(number): ImageLocation(f"{number}.jpg", "", (32, 24)) for number in range(count)}
    return PlacedImages(places, f"{server.url}/", limits=server.limits(IMAGE_LIMITS))


def test_images_are_downloaded_once_ahead_and_a_few_at_a_time(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    images = photos(server, 100, monkeypatch, tmp_path)
    assert images["0"].size == (32, 24)
    assert len(server.asked) <= LOOK_AHEAD
    with ThreadPoolExecutor(4) as pool:
        assert all(image.size == (32, 24) for image in pool.map(images.__getitem__, images))
    assert sorted(server.asked) == sorted(f"/{number}.jpg" for number in range(100))
    assert server.most_at_once <= 8
    assert all(image.size == (32, 24) for image in photos(server, 100, monkeypatch, tmp_path).values())
    assert len(server.asked) == 100, "kept from the first time"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_cocos_images_come_from_its_bucket_and_are_kept_by_the_name_they_are_known_by(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str
):
    monkeypatch.setenv("FG_CACHE", str(tmp_path))
    monkeypatch.delenv("FG_IMAGES", raising=False)
    monkeypatch.setattr(coco_images, "COCO_BUCKET", f"{server.url}/images.cocodataset.org/")
    server.answers["/images.cocodataset.org/val2017/000000000139.jpg"] = [Answer(jpeg(), type="image/jpeg")]
    base = f"{scheme}://images.cocodataset.org/"
    for place in (
        ImageLocation("", f"{base}val2017/000000000139.jpg", (32, 24)),
        ImageLocation("val2017/000000000139.jpg", "", (32, 24)),
    ):
        images = PlacedImages({"139": place}, base, limits=server.limits(IMAGE_LIMITS))
        assert images["139"].size == (32, 24)
    assert len(server.asked) == 1, "the second is the file that the first kept"
    assert (tmp_path / "images" / "images.cocodataset.org" / "val2017" / "000000000139.jpg").is_file()


BAD_IMAGES = {
    "no image": (Answer(b"<html>", type="image/jpeg"), "expected a JPEG, .* got something else"),
    "half an image": (Answer(jpeg(size=(32, 24))[:300], type="image/jpeg"), "expected a JPEG|a broken one"),
    "another size": (
        Answer(jpeg(size=(24, 32)), type="image/jpeg"),
        r"expected \(32, 24\) px .* got \(24, 32\)",
    ),
    "a page": (Answer(jpeg(), type="text/html"), "expected a content type"),
}


@pytest.mark.parametrize("fault", BAD_IMAGES)
def test_a_bad_image_is_named_harms_no_other_and_may_come_later(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waits: list[float], fault: str
):
    answer, message = BAD_IMAGES[fault]
    server.answers["/1.jpg"] = [answer]
    images = photos(server, 3, monkeypatch, tmp_path)
    with pytest.raises(DownloadError, match=message):
        images["1"]
    assert images["2"].size == (32, 24)
    server.answers["/1.jpg"] = [Answer(jpeg(), type="image/jpeg")]
    assert images["1"].size == (32, 24)
    deadline = time.monotonic() + 30
    while len(left(tmp_path)) > 2 and time.monotonic() < deadline:
        time.sleep(0.05)  # what was looked ahead for may still be on its way
    assert sorted(left(tmp_path)) == ["1.jpg", "2.jpg"]


def test_after_an_image_that_cannot_be_had_no_more_are_downloaded_ahead(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    images = photos(server, 40, monkeypatch, tmp_path)
    server.answers["/0.jpg"] = [Answer(status=404)]
    gate = threading.Event()
    take = server.take

    def slow(path: str) -> Answer:
        if path != "/0.jpg":
            gate.wait(20)
        return take(path)

    monkeypatch.setattr(server, "take", slow)
    with pytest.raises(
        DownloadError, match=r"/0\.jpg: expected status 200, got 404; a folder .* by FG_IMAGES"
    ):
        images["0"]
    gate.set()
    assert images["39"].size == (32, 24)
    assert len(server.asked) < 15, "those that had begun, and the one asked for"


def test_files_of_a_repository_are_those_that_git_names(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waits: list[float]
):
    monkeypatch.setenv("FG_CACHE", str(tmp_path))
    blobs = {"data/a.json": "0967ef424bce6791893e9a57bb952f80fd536e93", "validation_sets/a.json": "0" * 40}
    row = Benchmark("b", "github:o/n", "c" * 40, subsets={"a": Subset("a", "a", "A", 1)}, blobs=blobs)
    limits = server.limits(Limits(types=("text/plain",), most_bytes=100))
    server.answers[f"/o/n/{'c' * 40}/data/a.json"] = [Answer(b"{}\n")]
    server.answers[f"/o/n/{'c' * 40}/validation_sets/a.json"] = [Answer(b"{}\n")]
    folder = fetch_annotations(row, "test", server.url, limits)
    assert (folder / "data" / "a.json").read_bytes() == b"{}\n" and len(server.asked) == 1
    with pytest.raises(
        DownloadError,
        match=r"expected the content that git calls 0000.*, got 0967ef.*; 0 of 1 files are here and are kept;",
    ):
        fetch_annotations(row, "validation", server.url, limits)
    with pytest.raises(
        ValueError, match=r"split: expected one of \['test', 'validation'\], those of b, got 'train'"
    ):
        fetch_annotations(row, "train", server.url, limits)
