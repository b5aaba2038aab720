"""Every row of the catalogue read from its repository, laid out as it is, by the clients that read the real one."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from leaderboard.benchmarks.catalogue import BENCHMARKS
from leaderboard.benchmarks.split import load_benchmark, open_split
from tests.fake_hub.server import HubServer
from tests.support.annotation_samples import REGIONS
from tests.support.file_server import Answer, Server, file_server
from tests.support.real_repositories import (
    BEFORE_THE_RENAMING,
    IMAGES_OF,
    REMOTE,
    SHARDS,
    karpathy,
    serve_repositories,
)


@pytest.fixture
def server() -> Iterator[Server]:
    with file_server() as made:
        yield made


@pytest.fixture
def repositories(
    hub: HubServer, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """Name → pinned commit of every row that is not in this repository, each now served by this machine."""
    return serve_repositories(hub, server, tmp_path, monkeypatch)


@pytest.mark.parametrize("name", REMOTE)
def test_every_subset_of_every_row_is_read(repositories: dict[str, str], name: str):
    row = BENCHMARKS[name]
    assert row.subsets or name == "coco-karpathy"
    assert set(open_split(name).reader.configs()) == (
        {subset.config for subset in row.subsets.values()} or {"default"}
    )
    images = open_split(name).images
    for subset in row.subsets:
        samples = load_benchmark(name, subset)
        assert samples and all(sample.positive and sample.negatives for sample in samples)
        assert {sample.image for sample in samples} <= set(images)
    assert all(image.mode == "RGB" for image in images.values())


def test_every_split_of_fg_ovd_is_read(repositories: dict[str, str]):
    for split in ("train", "validation", "test"):
        samples = load_benchmark("fg-ovd", "easy", split)
        assert [sample.positive for sample in samples] == [region["caption"] for region in REGIONS]


def test_fg_ovds_retrieval_has_the_captions_of_the_karpathy_split(repositories: dict[str, str]):
    assert list(open_split("fg-ovd").captions) == ["139", "285"]
    assert set(open_split("fg-ovd").images) == {"139", "285"}


@pytest.mark.parametrize(
    ("split", "together"),
    [("train", ("train", "restval")), ("validation", ("validation",)), ("test", ("test",))],
)
def test_training_captions_are_those_of_restval_too(
    repositories: dict[str, str], split: str, together: tuple[str, ...]
):
    captions = open_split("coco-karpathy", split).captions
    wanted = [number for part in together for number in IMAGES_OF[part]]
    assert list(captions) == [str(number) for number in wanted]
    assert all(len(texts) == 5 for texts in captions.values())
    assert list(open_split("coco-karpathy", split).images) == list(captions)


def test_the_files_and_the_copy_on_the_hub_split_alike(
    repositories: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """dataset_coco.json says val where the copy says validation; restval trains in both."""
    on_the_hub = {
        split: open_split("coco-karpathy", split).captions for split in ("train", "validation", "test")
    }
    named = {"validation": "val"}
    images = [
        {
            "filepath": "val2014",
            "filename": f"COCO_val2014_{number:012d}.jpg",
            "cocoid": number,
            "split": named.get(split, split),
            "sentences": [{"raw": f"scene {number}, view {view}"} for view in range(5)],
        }
        for split, numbers in IMAGES_OF.items()
        for number in numbers
    ]
    (tmp_path / "files" / "coco-karpathy").mkdir(parents=True)
    (tmp_path / "files" / "coco-karpathy" / "dataset_coco.json").write_text(json.dumps({"images": images}))
    monkeypatch.setenv("FG_DATA", str(tmp_path / "files"))
    assert {split: open_split("coco-karpathy", split).captions for split in on_the_hub} == on_the_hub


def test_the_layout_before_the_renaming_would_offer_one_split_alone(
    repositories: dict[str, str], hub: HubServer, tmp_path: Path
):
    """Why the newer commit is pinned, and why these tests keep the files' very names."""
    path = BENCHMARKS["coco-karpathy"].path
    now = dict.fromkeys(hub.files(path))
    old = hub.commit(path, {**now, **karpathy(tmp_path / "old", BEFORE_THE_RENAMING)})
    with pytest.raises(ValueError, match=r"split: expected one of \['restval'\]"):
        assert open_split("coco-karpathy", revision=old).captions


@pytest.mark.parametrize("kind", ["attribution", "relation"])
def test_all_shards_of_aro_are_read_and_its_boxes_are_cropped(repositories: dict[str, str], kind: str):
    samples = load_benchmark(f"aro-{kind}", kind)
    assert [sample.box.left for sample in samples] == [10.0 + shard for shard in range(SHARDS)]
    assert samples[3].negatives == ("the dog is left of the cat 3",)
    assert open_split(f"aro-{kind}").revision == repositories[f"aro-{kind}"]


def test_a_repository_that_asks_to_wait_is_waited_for(
    repositories: dict[str, str], server: Server, monkeypatch: pytest.MonkeyPatch
):
    waits: list[float] = []
    monkeypatch.setattr("heads.io.download.time.sleep", waits.append)
    path = next(path for path in server.answers if path.endswith("swap_att.json"))
    server.answers[path].insert(0, Answer(b"", 429, {"Retry-After": "30"}))
    assert load_benchmark("sugarcrepe", "swap_att")
    assert waits == [30.0]
