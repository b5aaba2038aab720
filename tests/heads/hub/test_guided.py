"""GUIDED's text heads: where they are published, and that they score as their own code does."""

from pathlib import Path

import pytest
import torch

from heads import load_head, read_config
from heads.__main__ import main
from heads.hub.guided import CATALOGUE, GUIDED
from heads.hub.paper import CATALOGUE as PAPERS
from heads.hub.released import Released, convert, fetch_released
from tests.heads.hub.test_released import answer, entry_of, saved, served
from tests.support.author_files import GUIDED as FILES
from tests.support.author_files import needs
from tests.support.head_samples import normal

WEIGHTS = {"linear_layers.1.0.weight": normal(6, 6, seed=1), "linear_layers.1.0.bias": normal(6, seed=2)}
CONTENT = saved(WEIGHTS)


def tiny(kind: str, **arguments: object) -> Released:
    found = entry_of(CONTENT, kind=kind)
    return Released("tiny", "fine-grained", kind, arguments, found.blob, GUIDED, len(CONTENT), 6, "a/{}.pth")


BOTH = {True: tiny("text-matrix", bias=True), False: tiny("linear", sides="text")}


def slow_score(weights: dict[str, torch.Tensor], image: list[float], text: list[float], unit: bool) -> float:
    """The scoring of GUIDED's `MLPs.forward` number by number, without its sigmoid: the caption's vector, divided
    by its length where `unit`, times the matrix plus the bias, then the cosine with the image's as it is.
    """
    length = sum(x * x for x in text) ** 0.5 if unit else 1.0
    rows, biases = weights["linear_layers.1.0.weight"].tolist(), weights["linear_layers.1.0.bias"].tolist()
    mapped = [
        sum(w * x / length for w, x in zip(row, text, strict=True)) + bias
        for row, bias in zip(rows, biases, strict=True)
    ]
    lengths = [sum(x * x for x in side) ** 0.5 for side in (image, mapped)]
    return sum(a * b for a, b in zip(image, mapped, strict=True)) / (lengths[0] * lengths[1])


@pytest.mark.parametrize("unit", [True, False])
def test_a_converted_head_scores_as_its_own_code(unit: bool):
    head = convert(BOTH[unit], CONTENT, "cosine")
    image, text = normal(4, 6, seed=3), 3 * normal(4, 5, 6, seed=4)
    expected = [
        [slow_score(WEIGHTS, one.tolist(), caption.tolist(), unit) for caption in captions]
        for one, captions in zip(image, text, strict=True)
    ]
    torch.testing.assert_close(head.score(image, text), torch.tensor(expected), atol=1e-5, rtol=1e-5)


def test_the_length_of_an_embedding_counts_where_the_training_saw_lengths():
    image, text = normal(4, 6, seed=3), normal(4, 5, 6, seed=4)
    for unit, entry in BOTH.items():
        head = convert(entry, CONTENT, "cosine")
        torch.testing.assert_close(head.score(image, text), head.score(7 * image, text))
        assert torch.allclose(head.score(image, text), head.score(image, 7 * text), atol=1e-4) == unit


def test_a_served_file_becomes_a_head_that_says_where_it_is_from(tmp_path: Path):
    with served({"/a/tiny.pth": answer(CONTENT)}) as url:
        ((_, made),) = fetch_released([BOTH[True]], tmp_path, url, "cosine")
    assert isinstance(made, Path), made
    config = read_config(made)
    assert config.backbone == "laion/CLIP-convnext_large_d_320.laion2B-s29B-b131K-ft-soup"
    assert config.arguments["similarity"] == "cosine"
    assert config.metadata["licence"] == "Apache-2.0"
    assert config.metadata["source"] == {
        "repository": "github.com/lijm48/GUIDED",
        "commit": GUIDED.commit,
        "file": "clip_models/FG_CLIP/a/tiny.pth",
        "blob": BOTH[True].blob,
    }
    assert torch.equal(load_head(made).state_dict()["text.bias"], WEIGHTS["linear_layers.1.0.bias"])


def test_the_catalogue_is_pinned_and_apart_from_the_papers():
    names = [entry.name for entry in (*CATALOGUE, *PAPERS)]
    assert len(CATALOGUE) == 8
    assert len(set(names)) == len({entry.blob for entry in (*CATALOGUE, *PAPERS)}) == len(names)
    assert all(len(bytes.fromhex(entry.blob)) == 20 and entry.size for entry in CATALOGUE)
    assert f"/lijm48/GUIDED/{GUIDED.commit}/clip_models/FG_CLIP" in GUIDED.base_url
    for entry in CATALOGUE:
        assert ("norm_emb" in entry.name) == ("norm_emb" in entry.place) == (entry.kind == "text-matrix")


def test_the_command_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    with served({}) as url:
        assert main(["guided", "--from", url, "--output", str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert said.out.endswith(f"0 of 8 heads in {tmp_path}\n")
    assert len([line for line in said.err.splitlines() if "not made" in line and "404" in line]) == 8
    assert main(["guided", "--from", str(tmp_path), "--output", str(tmp_path)]) == 2
    assert "from: expected a folder with some of ckpt_convnext_norm_emb/" in capsys.readouterr().err
    assert main(["guided", "fg-ovd_linear-mlp", "--output", str(tmp_path)]) == 2
    assert "name: expected one of triplet_convnext-mlp_norm_emb" in capsys.readouterr().err


@needs(FILES)
def test_the_real_files_score_as_their_weights_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["guided", "--from", str(FILES), "--output", str(tmp_path)]) == 0
    assert f"8 of 8 heads in {tmp_path}" in capsys.readouterr().out
    image, text = normal(2, 768, seed=1), normal(2, 3, 768, seed=2)
    for entry in CATALOGUE:
        weights = torch.load(FILES / entry.file_name, map_location="cpu", weights_only=True)
        matrix, bias = weights["linear_layers.1.0.weight"], weights["linear_layers.1.0.bias"]
        mapped = (text / text.norm(dim=-1, keepdim=True) if entry.kind == "text-matrix" else text) @ matrix.T
        expected = torch.cosine_similarity(image[:, None], mapped + bias, dim=-1)
        torch.testing.assert_close(load_head(tmp_path / entry.name).score(image, text), expected)
