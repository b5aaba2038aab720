"""`python -m heads search`."""

from pathlib import Path

import pytest
import torch

from heads.__main__ import main
from heads.io.tensors import load_tensors, read_metadata
from heads.pairs import Pairs, load_pairs, save_pairs
from heads.persistence.folder import save_head
from heads.search.neighbours import exact_neighbours, share_found
from tests.support.head_samples import make_head, make_pairs


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    return save_pairs(make_pairs(images=60, captions=300), tmp_path / "pairs.safetensors", backbone="tiny")


@pytest.fixture
def head(tmp_path: Path) -> Path:
    return save_head(make_head("linear", 8), tmp_path / "head", backbone="tiny")


def search(head: object, pairs: Path, *flags: str) -> int:
    output = str(pairs.parent / "found.safetensors")
    return main(["search", "--head", str(head), "--pairs", str(pairs), "--output", output, *flags])


def found(pairs: Path) -> tuple[torch.Tensor, dict[str, str]]:
    output = pairs.parent / "found.safetensors"
    return load_tensors(output, ("rows", "scores"))["rows"], read_metadata(output)


def test_exact_unless_an_index_is_asked_for(head: Path, pairs: Path, capsys):
    assert search(head, pairs, "--best", "4") == 0
    rows, words = found(pairs)
    assert torch.equal(rows, exact_neighbours(make_head("linear", 8), load_pairs(pairs), "captions", 4).rows)
    assert words["search"] == "exact" and words["backbone"] == "tiny" and "recall" not in words
    assert "4 captions for each of 60 queries, exact" in capsys.readouterr().out


def test_an_index_is_made_used_again_and_its_recall_stated(head: Path, pairs: Path, tmp_path: Path, capsys):
    flags = ("--find", "images", "--best", "3", "--index", str(tmp_path / "index"), "--sample", "50")
    assert search(head, pairs, *flags) == 0
    first, words = found(pairs)
    printed = capsys.readouterr().out
    assert "an index of images, made in" in printed
    assert "of the exact 3 best, over 50 queries" in printed and "approximate" in printed
    assert words["search"] == "approximate" and words["sampled"] == "50"
    assert float(words["recall"]) > 0.95
    assert search(head, pairs, *flags) == 0
    assert "made in" not in capsys.readouterr().out and torch.equal(found(pairs)[0], first)


def test_the_cosine_has_no_folder_and_takes_any_backbone(pairs: Path):
    assert search("cosine", pairs) == 0
    assert found(pairs)[1]["head"] == "cosine"


def test_heads_that_no_index_can_search_are_searched_without(tmp_path: Path, pairs: Path, capsys):
    attention = save_head(make_head("attention", 8), tmp_path / "attention", backbone="tiny")
    assert search(attention, pairs, "--index", str(tmp_path / "index")) == 2
    assert "it can be searched without an index" in capsys.readouterr().err
    assert not (tmp_path / "index").exists() and not (tmp_path / "found.safetensors").exists()
    assert search(attention, pairs) == 0


def test_an_index_of_another_file_is_refused_and_kept(head: Path, pairs: Path, tmp_path: Path, capsys):
    index = tmp_path / "index"
    assert search(head, pairs, "--index", str(index)) == 0
    kept = sorted((path.name, path.stat().st_size) for path in index.iterdir())
    save_pairs(make_pairs(images=60, captions=300, seed=1), pairs, backbone="tiny")
    assert search(head, pairs, "--index", str(index)) == 2
    assert "expected an index of pairs" in capsys.readouterr().err
    assert sorted((path.name, path.stat().st_size) for path in index.iterdir()) == kept


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--best", "301"), "best: expected a whole number from 1 to 300"),
        (("--best", "0", "--index", "INDEX"), "best: expected a whole number from 1 to 300"),
        (("--expansion", "0", "--index", "INDEX"), "expansion: expected a whole number above 0, got 0"),
        (("--sample", "0", "--index", "INDEX"), "sample: expected a whole number above 0, got 0"),
    ],
)
def test_wrong_flags_are_named_and_nothing_is_written(
    head: Path, pairs: Path, tmp_path: Path, capsys, flags, words
):
    assert search(head, pairs, *(flag.replace("INDEX", str(tmp_path / "index")) for flag in flags)) == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "found.safetensors").exists()


def test_another_backbones_head_is_refused(pairs: Path, tmp_path: Path, capsys):
    other = save_head(make_head("linear", 8), tmp_path / "other", backbone="huge")
    assert search(other, pairs) == 2
    assert "backbone: expected huge" in capsys.readouterr().err


def test_pairs_and_their_recall_survive_twins(tmp_path: Path):
    """Captions written twice tie: whichever is found counts."""
    single = make_pairs(images=40, captions=200)
    twice = Pairs(single.image, single.text.repeat(2, 1), single.image_of_text.repeat(2))
    pairs = save_pairs(twice, tmp_path / "twice.safetensors")
    assert search("cosine", pairs, "--index", str(tmp_path / "index"), "--best", "5") == 0
    assert float(found(pairs)[1]["recall"]) > 0.95
    exact = exact_neighbours(make_head("cosine", 8), twice, "captions", 5)
    assert share_found(exact, exact) == 1
