"""`make bench`: every row it promises is measured; what the figures are is not tested."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode
from transformers import CLIPConfig, CLIPModel

import tests.bench.bench_embed as bench_embed
import tests.bench.bench_metrics as bench_metrics
from fg_demo.models.clip import load_backbone
from tests.bench.__main__ import GROUPS, main, parser
from tests.bench.bench_adapt import peak_bytes
from tests.bench.bench_compile import compiled_row
from tests.bench.bench_row import HEADINGS, Row, in_turn, table
from tests.bench.peak_bytes import PeakBytes
from tests.support.app_server import ROOT
from tests.support.tiny_clip import write_tiny_clip

DEMO = (
    "new box, same descriptions",
    "one description changed",
    "head changed",
    "new box, five new descriptions",
)


def test_a_ratio_above_one_means_that_ours_needs_less():
    assert Row("x", "s", (3.0, 1.0, 2.0), "peer", (8.0, 6.0, 700.0)).ratio == 4.0


def test_peak_bytes_are_those_alive_at_once():
    weights = torch.empty(256, 1024, device="meta", requires_grad=True)  # 1 MiB
    with PeakBytes([weights]) as counted:
        doubled = weights * 2
        (doubled + 1).relu()  # forgotten at once, as is what it was made of
        after = counted.now
        doubled.sum().backward()
    assert (after / 2**20, counted.peak / 2**20) == (1, 3)


def test_values_computed_again_need_not_be_kept():
    assert 0 < peak_bytes(1, recompute=True) < peak_bytes(1, recompute=False) / 3


def test_what_was_not_measured_is_an_empty_cell():
    row = Row("x", "s", (), "limit", (10.0,))
    assert row.ratio is None and row.cells() == ("x", "", "limit", "10.00 s", "", "")


def test_the_table_lines_its_columns_up():
    rows = [
        Row("short", "s", (1.0, 2.0), "peer", (3.0,)),
        Row("much longer", "GB", (), "limit", (1.2,), "≥ 1 ×"),
    ]
    head, rule, *lines = table(rows).splitlines()
    starts = [head.index(name) for name in HEADINGS]
    assert starts == [0] + [at + 2 for at, sign in enumerate(rule) if rule[at : at + 2] == "  "]
    assert [line.index(row.against) for line, row in zip(lines, rows, strict=True)] == [starts[2]] * 2


def test_runs_are_timed_in_turn_after_one_that_is_not():
    order = []
    seconds = in_turn({name: lambda name=name: order.append(name) for name in "ab"}, 2)
    assert "".join(order) == "ababab"
    assert {name: len(spent) for name, spent in seconds.items()} == {"a": 2, "b": 2}


def test_operations_are_counted_as_torch_counts_them():
    """One layer each, since the others are equal; the counter leaves nothing out when attention is eager."""
    text = {"hidden_size": 512, "intermediate_size": 2048, "num_hidden_layers": 1, "num_attention_heads": 8}
    vision = {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 1, "patch_size": 16}
    model = CLIPModel(CLIPConfig(projection_dim=512, text_config=text, vision_config=vision)).eval()
    model.set_attn_implementation("eager")
    with torch.inference_mode(), FlopCounterMode(display=False) as images:
        model.get_image_features(pixel_values=torch.zeros(1, 3, 224, 224))
    with torch.inference_mode(), FlopCounterMode(display=False) as texts:
        model.get_text_features(input_ids=torch.tensor([[5, 6, 7, 49407]]))
    assert images.get_total_flops() == bench_embed.image_operations(layers=1)
    assert texts.get_total_flops() == bench_embed.text_operations(4, layers=1)


@pytest.mark.parametrize(
    "arguments",
    [["--repetitions", "-1"], ["--repetitions", "0"], ["--starts", "999"], ["--only", "x"], ["--only"]],
)
def test_arguments_out_of_range_are_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        main(arguments)
    assert "expected" in (error := capsys.readouterr().err) or "invalid choice" in error


@pytest.mark.slow
def test_the_demo_is_measured_beside_its_peer(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "bench.json"
    rows = main(["--only", "demo", "--repetitions", "1", "--backbones", "mini-clip", "--json", str(path)])
    assert [row.what for row in rows] == [f"mini-clip: {what}" for what in DEMO]
    _check_measured(rows, path, capsys.readouterr().out)


@pytest.mark.slow
@pytest.mark.browser
def test_the_app_is_measured_beside_its_limits(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "bench.json"
    rows = main(["--only", "app", "--starts", "1", "--json", str(path)])
    assert [row.unit for row in rows] == ["s", "GB"]
    _check_measured(rows, path, capsys.readouterr().out)


@pytest.mark.slow
def test_embedding_is_measured_beside_its_limit_and_one_by_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bench_embed, "REGIONS", 2)
    rows = bench_embed.measure_embed(repetitions=1)
    assert [row.unit for row in rows] == [*["ms"] * 7, "s", "s"]
    assert all(row.ratio is not None and row.ratio > 0 for row in rows)


def test_a_compiled_tower_is_measured_beside_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Here by nothing that compiles: there may be no compiler."""
    monkeypatch.setattr(torch, "compile", lambda function, dynamic: function)
    backbone = load_backbone(str(write_tiny_clip(tmp_path / "clip")), device="cpu")
    row = compiled_row("tiny", backbone, repetitions=1)
    assert row.ratio and "cpu, full; first call" in row.what


def test_compiling_is_measured_when_it_is_asked_for():
    assert set(GROUPS) - set(parser().parse_args([]).only) == {"compile"}


def test_metrics_are_measured_beside_bare_products(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bench_metrics, "REGIONS", dict.fromkeys(bench_metrics.REGIONS, 20))
    monkeypatch.setattr(bench_metrics, "IMAGES", 30)
    rows = bench_metrics.measure_metrics(repetitions=1)
    assert len(rows) == 4 and all(row.ratio is not None and row.ratio > 0 for row in rows)


@pytest.mark.slow
def test_the_command_measures_in_a_process_of_its_own():
    command = [sys.executable, "-m", "tests.bench", "--only", "app", "--starts", "0"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def test_every_group_says_what_its_peers_are():
    assert list(GROUPS) == [
        "demo",
        "app",
        "page",
        "visitors",
        "heads",
        "adapt",
        "detect",
        "embed",
        "compile",
        "ray",
        "metrics",
        "leaderboard",
    ]
    assert all(group.peers for group in GROUPS.values())


def _check_measured(rows: list[Row], path: Path, printed: str) -> None:
    """All values positive, printed, and in the file as they are in the rows."""
    saved = json.loads(path.read_text())
    for row, entry in zip(rows, saved, strict=True):
        assert row.ratio is not None and row.ratio > 0
        assert len(row.ours) == 1 and min(*row.ours, *row.theirs) > 0
        assert (tuple(entry["ours"]), tuple(entry["theirs"]), entry["ratio"]) == (
            row.ours,
            row.theirs,
            row.ratio,
        )
        assert row.cells()[1] in printed and row.what in printed
