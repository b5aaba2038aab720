"""The index: most of the exact best, of random and of real embeddings; heads that it cannot search; its files."""

import sys
from pathlib import Path

import pytest
import torch

from fg_demo.models.clip import load_backbone
from heads.kinds.cosine import CosineHead
from heads.pairs import Pairs
from heads.search.index import ABOUT, GRAPH, build_index, read_index
from heads.search.neighbours import exact_neighbours, query_and_pool, share_found
from heads.search.vectors import check_searchable, longest_of, pool_vectors, query_vectors
from leaderboard.benchmarks.split import open_split
from leaderboard.embedding.embed import Embedder
from tests.support.head_samples import make_head, make_pairs

KINDS = [
    ("cosine", {}),
    ("linear", {"similarity": "dot"}),
    ("linear", {"similarity": "cosine"}),
    ("mlp", {}),
    ("blend", {}),
]


@pytest.fixture(scope="module")
def mini_clip_pairs(tmp_path_factory) -> Pairs:
    """Real embeddings: of 60 drawn scenes and their captions, of which many are worded alike."""
    split = open_split("fg-rendered", "test")
    captions = dict(list(split.captions.items())[:60])
    embedder = Embedder(load_backbone("mini-clip", device="cpu"), tmp_path_factory.mktemp("cache"))
    return embedder.pairs(captions, split.images)


@pytest.mark.parametrize(("kind", "options"), KINDS)
@pytest.mark.parametrize("find", ["captions", "images"])
def test_cosines_of_the_vectors_are_in_the_order_of_scores(kind, options, find):
    head, pairs = check_searchable(make_head(kind, 8, **options)), make_pairs(images=7, captions=9)
    asked, pool = query_and_pool(pairs, find)
    vectors = pool_vectors(head, find, pool, longest_of(head, find, pool))
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(len(pool)))
    scores = head.score_matrix(pairs.image, pairs.text)
    expected = scores if find == "captions" else scores.T
    cosines = query_vectors(head, find, asked) @ vectors.T
    assert torch.equal(cosines.argsort(dim=1), expected.argsort(dim=1))


@pytest.mark.parametrize(("kind", "options"), KINDS)
@pytest.mark.parametrize("find", ["captions", "images"])
def test_most_of_the_exact_best_are_found(kind, options, find):
    head, pairs = make_head(kind, 16, **options), make_pairs(images=400, captions=500, dim=16)
    exact = exact_neighbours(head, pairs, find, 10)
    found = build_index(head, pairs, find).search(pairs, 10)
    assert share_found(found, exact) > 0.95
    scores = head.score_matrix(pairs.image, pairs.text)
    scores = scores if find == "captions" else scores.T
    torch.testing.assert_close(scores.gather(1, found.rows), found.scores, atol=1e-4, rtol=1e-4)
    assert (found.scores[:, :-1] >= found.scores[:, 1:]).all()


@pytest.mark.parametrize("find", ["captions", "images"])
def test_most_of_the_exact_best_are_found_among_real_embeddings(mini_clip_pairs, find):
    head = CosineHead()
    exact = exact_neighbours(head, mini_clip_pairs, find, 10)
    found = build_index(head, mini_clip_pairs, find).search(mini_clip_pairs, 10)
    assert share_found(found, exact) > 0.95


def test_more_is_found_where_more_is_looked_at():
    head, pairs = CosineHead(), make_pairs(images=50, captions=1500, dim=64)
    index, exact = build_index(head, pairs, "captions"), exact_neighbours(head, pairs, "captions", 10)
    few, many = (share_found(index.search(pairs, 10, expansion), exact) for expansion in (1, 2000))
    assert few < many and many > 0.95


@pytest.mark.parametrize(("kind", "options"), [("attention", {}), ("facets", {})])
def test_a_head_that_compares_no_two_vectors_is_refused(kind, options):
    head = make_head(kind, 8, **options)
    words = rf"head: expected one that compares two vectors.*linear, mlp.*got {kind}, of which a pair costs"
    with pytest.raises(ValueError, match=words):
        build_index(head, make_pairs(), "captions")


def test_wrong_numbers_are_refused():
    pairs = make_pairs(captions=12)
    index = build_index(CosineHead(), pairs, "captions")
    with pytest.raises(ValueError, match="expansion: expected a whole number above 0, got 0"):
        index.search(pairs, 3, expansion=0)
    with pytest.raises(ValueError, match="best: expected a whole number from 1 to 12"):
        index.search(pairs, 13)
    nobody = Pairs(torch.zeros(0, 8), torch.zeros(0, 8), torch.zeros(0, dtype=torch.long))
    with pytest.raises(ValueError, match="captions: expected at least one, got none"):
        build_index(CosineHead(), nobody, "captions")
    with pytest.raises(ValueError, match="pool: expected embeddings of dimension 16"):
        build_index(make_head("linear", 16), pairs, "captions")


@pytest.mark.parametrize("images", [1, 2])
def test_a_pool_smaller_than_what_is_looked_at_is_found_whole(images):
    pairs = make_pairs(images=images, captions=3)
    found = build_index(CosineHead(), pairs, "captions").search(pairs, 3)
    assert torch.equal(found.rows, exact_neighbours(CosineHead(), pairs, "captions", 3).rows)


def test_a_saved_index_finds_the_same(tmp_path: Path):
    head, pairs, about = (
        make_head("linear", 8),
        make_pairs(images=50, captions=400),
        {"head": "a", "pairs": "b"},
    )
    built = build_index(head, pairs, "captions")
    built.save(tmp_path / "index", about)
    again = read_index(tmp_path / "index", head, "captions", about)
    assert torch.equal(again.search(pairs, 5).rows, built.search(pairs, 5).rows)
    assert sorted(path.name for path in (tmp_path / "index").iterdir()) == sorted([GRAPH, ABOUT])


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (
            lambda folder: (folder / GRAPH).write_bytes(b"short"),
            "expected what was written there, got other bytes",
        ),
        (lambda folder: (folder / ABOUT).write_text("{"), "index.json: expected JSON"),
        (lambda folder: (folder / ABOUT).write_text("[]"), "index.json: expected an object, got list"),
    ],
)
def test_a_damaged_index_is_refused(tmp_path: Path, damage, words):
    head, pairs = CosineHead(), make_pairs()
    build_index(head, pairs, "captions").save(tmp_path / "index", {})
    damage(tmp_path / "index")
    with pytest.raises(ValueError, match=words):
        read_index(tmp_path / "index", head, "captions", {})


def test_an_index_of_something_else_is_refused(tmp_path: Path):
    build_index(CosineHead(), make_pairs(), "captions").save(tmp_path / "index", {"pairs": "these"})
    words = "expected an index of pairs others, got these; name another folder, or remove it"
    with pytest.raises(ValueError, match=words):
        read_index(tmp_path / "index", CosineHead(), "captions", {"pairs": "others"})
    with pytest.raises(FileNotFoundError):
        read_index(tmp_path / "nowhere", CosineHead(), "captions", {})


def test_without_the_package_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "usearch.index", None)
    with pytest.raises(ValueError, match=r"expected the package usearch, got none .*requirements-index\.txt"):
        build_index(CosineHead(), make_pairs(), "captions")
