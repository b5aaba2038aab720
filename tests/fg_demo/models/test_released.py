"""The authors' heads on a page: two similarities of each, and a page that opens without them."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

import app
from fg_demo.models.registry import ModelRegistry
from fg_demo.models.released import OFFERED, heads_on_demand, released_heads
from heads import ProjectionHead, load_head, read_config
from heads.hub.paper import CATALOGUE
from tests.heads.hub.test_released import ENTRY, FLIPPED, TINY, answer, entry_of, saved, served, state
from tests.support.head_samples import normal

OTHER = replace(ENTRY, name="other")
BOTH = (ENTRY, OTHER)
FILES = {"/tiny.pt": answer(TINY), "/other.pt": answer(TINY)}


def test_each_is_offered_by_both_similarities_with_the_same_weights(tmp_path: Path):
    with served({"/tiny.pt": answer(TINY)}) as url:
        heads, problems = released_heads(tmp_path / "released", (ENTRY,), url)
    assert not problems
    assert sorted(heads) == ["released tiny (cosine)", "released tiny (dot)"]
    dot, cosine = (load_head(heads[f"released tiny ({name})"]) for name in ("dot", "cosine"))
    assert isinstance(dot, ProjectionHead) and isinstance(cosine, ProjectionHead)
    assert (dot.similarity, dot.logit_scale, cosine.similarity, cosine.logit_scale) == (
        "dot",
        1,
        "cosine",
        100,
    )
    assert all(torch.equal(dot.state_dict()[name], tensor) for name, tensor in cosine.state_dict().items())
    image, text = normal(3, 6), normal(3, 2, 6, seed=1)
    projected = cosine.project_image(image)[:, None], cosine.project_text(text.flatten(0, 1)).view(3, 2, -1)
    torch.testing.assert_close(cosine.score(image, text), torch.cosine_similarity(*projected, dim=-1))
    origins = [read_config(folder).metadata["source"] for folder in heads.values()]
    assert origins[0] == origins[1]


def test_once_made_they_need_no_network(tmp_path: Path):
    with served(FILES) as url:
        first, _ = released_heads(tmp_path / "released", BOTH, url)
    written = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.safetensors")}
    assert released_heads(tmp_path / "released", BOTH, url) == (first, [])
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.safetensors")} == written


@pytest.mark.parametrize("bad", [answer(FLIPPED), b"HTTP/1.0 404 Not Found\r\n\r\n", answer(b"<html>")])
def test_an_altered_or_absent_file_is_told_and_the_rest_goes_on(tmp_path: Path, bad: bytes):
    with served({**FILES, "/tiny.pt": bad}) as url:
        heads, problems = released_heads(tmp_path / "released", BOTH, url)
    assert sorted(heads) == ["released other (cosine)", "released other (dot)"]
    assert [problem.split(":")[:2] for problem in problems] == [["tiny", " not offered"]]


def test_without_a_network_the_page_does_not_wait_for_every_file(tmp_path: Path):
    with served({}) as url:
        pass
    heads, problems = released_heads(tmp_path / "released", BOTH, url)
    assert heads == {}
    assert len(problems) == 2 and problems[0].startswith("tiny: not offered: ")
    assert "nothing more was tried" in problems[1]


def test_on_demand_they_are_known_before_anything_is_fetched(tmp_path: Path):
    with served({}) as url:
        wanted = heads_on_demand(tmp_path / "released", (ENTRY,), url)
    assert sorted(wanted) == ["released tiny (cosine)", "released tiny (dot)"]
    config, get = wanted["released tiny (cosine)"]
    assert (config.backbone, config.dim) == (ENTRY.published.backbone, ENTRY.dim)
    with pytest.raises(OSError):
        get()
    with served({"/tiny.pt": answer(TINY)}) as url:
        got = {
            name: get() for name, (_, get) in heads_on_demand(tmp_path / "released", (ENTRY,), url).items()
        }
        eager, _ = released_heads(tmp_path / "released", (ENTRY,), url)
    assert got == eager
    for name, folder in got.items():
        made = read_config(folder)
        assert (
            made.kind == wanted[name][0].kind
            and made.metadata["source"] == wanted[name][0].metadata["source"]
        )
        assert made.arguments["similarity"] == wanted[name][0].arguments["similarity"]


def test_an_altered_file_is_refused_on_demand(tmp_path: Path):
    with served({"/tiny.pt": answer(FLIPPED)}) as url:
        wanted = heads_on_demand(tmp_path / "released", (ENTRY,), url)
        with pytest.raises(ValueError, match="expected git's id"):
            wanted["released tiny (dot)"][1]()


def test_mlps_are_offered_too(tmp_path: Path):
    content = saved(state("mlp"))
    with served({"/tiny.pt": answer(content)}) as url:
        heads, _ = released_heads(tmp_path / "released", (entry_of(content, kind="mlp"),), url)
    assert {read_config(folder).kind for folder in heads.values()} == {"mlp"}


def test_the_fine_grained_heads_of_the_catalogue_are_offered():
    assert len(OFFERED) == 4 and all(entry in CATALOGUE for entry in OFFERED)


def test_the_page_offers_what_was_had_and_prints_what_was_not(monkeypatch, tmp_path: Path, capsys):
    monkeypatch.setattr(
        app, "released_heads", lambda _: ({"released x (dot)": tmp_path}, ["y: not offered: gone"])
    )
    offered = {}
    monkeypatch.setattr(ModelRegistry, "offer", lambda _, heads: offered.update(heads))
    app.offer_released(ModelRegistry([], {}))
    assert offered == {"released x (dot)": tmp_path}
    assert "y: not offered: gone" in capsys.readouterr().out
