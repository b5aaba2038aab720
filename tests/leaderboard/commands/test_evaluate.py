"""`python -m leaderboard` from end to end, on a tiny benchmark and a backbone that counts its calls."""

import json
import shlex
import statistics
import subprocess
from pathlib import Path

import pytest
import torch

from fg_demo.models.clip import load_backbone
from heads import Candidates, CosineHead, LinearHead, load_candidates, load_pairs, read_metadata, save_head
from heads.scoring import candidate_ranks
from heads.values import load_values
from leaderboard import __main__ as cli
from leaderboard.benchmarks.catalogue import BENCHMARKS, SUBSETS, Benchmark
from leaderboard.benchmarks.split import open_split
from leaderboard.embedding.embed import Embedder
from leaderboard.evaluation.attributes import exchanges, named_values, regions
from leaderboard.evaluation.blind import derangement
from leaderboard.evaluation.half_truths import half_truths
from leaderboard.records.figures import Overlap
from leaderboard.records.files import file_name, from_json, load_results, save_record
from leaderboard.records.folders import RESULTS
from leaderboard.records.packing import unpack_ranks
from leaderboard.tables.frame import results_table
from tests.support.boards import boards
from tests.support.tiny_adapter import write_random_adapter
from tests.support.tiny_benchmark import CONFIGS, CountingBackbone, write_benchmark
from tests.support.tiny_clip import write_tiny_clip
from tests.support.tiny_records import measured


@pytest.fixture
def backbone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CountingBackbone:
    """What the commands load, with an empty cache."""
    monkeypatch.setenv("FG_CACHE", str(tmp_path / "cache"))
    counting = CountingBackbone()
    monkeypatch.setattr("fg_demo.models.clip.load_backbone", lambda name, **_: counting)
    return counting


def test_embed_writes_a_file_a_subset_and_the_captions(backbone, tiny_benchmark: Path, tmp_path: Path):
    output = tmp_path / "embeddings"
    arguments = [
        "embed",
        "--benchmark",
        str(tiny_benchmark),
        "--split",
        "validation",
        "--output",
        str(output),
    ]
    assert cli.main(arguments) == 0
    assert sorted(path.stem for path in output.iterdir()) == sorted([*SUBSETS, "captions"])
    assert read_metadata(output / "hard.safetensors") == {
        "backbone": "counting",
        "backbone_revision": "r1",
        "benchmark": "tiny",
        "benchmark_revision": open_split(str(tiny_benchmark)).revision,
        "subset": "hard",
        "split": "validation",
    }
    assert len(load_candidates(output / "pattern.safetensors")) == 8
    assert len(load_pairs(output / "captions.safetensors").text) == 20


def test_embed_only_what_is_asked_for(backbone, tiny_benchmark: Path, tmp_path: Path):
    arguments = [
        "embed",
        "--benchmark",
        str(tiny_benchmark),
        "--output",
        str(tmp_path),
        "--subsets",
        "hard,color",
    ]
    assert cli.main(arguments) == 0
    assert sorted(path.stem for path in tmp_path.glob("*.safetensors")) == ["captions", "color", "hard"]


def test_what_was_encoded_into_the_cache_alone_is_found_by_embed(
    backbone, tiny_benchmark: Path, tmp_path: Path
):
    arguments = ["embed", "--benchmark", str(tiny_benchmark), "--swaps"]
    assert cli.main([*arguments, "--cache-only"]) == 0
    assert not list(tmp_path.glob("*.safetensors"))
    encoded = len(backbone.images), len(backbone.texts)
    assert all(encoded)
    assert cli.main([*arguments, "--output", str(tmp_path)]) == 0
    assert (len(backbone.images), len(backbone.texts)) == encoded
    assert (tmp_path / "swaps.safetensors").is_file()


@pytest.mark.parametrize("flags", [[], ["--cache-only", "--output", "x"]])
def test_embed_writes_files_or_fills_the_cache(tiny_benchmark: Path, flags: list[str], capsys):
    with pytest.raises(SystemExit, match="2"):
        cli.main(["embed", "--benchmark", str(tiny_benchmark), *flags])
    assert "--cache-only" in capsys.readouterr().err


def test_embed_writes_what_captions_name_and_their_exchanges_on_demand(
    backbone, tiny_benchmark: Path, tmp_path: Path
):
    arguments = ["embed", "--benchmark", str(tiny_benchmark), "--output", str(tmp_path), "--subsets", "hard"]
    assert cli.main([*arguments, "--swaps", "--values"]) == 0
    stems = sorted(path.stem for path in tmp_path.glob("*.safetensors"))
    assert stems == ["captions", "hard", "swaps", "values"]
    hard, swaps = (load_candidates(tmp_path / f"{name}.safetensors") for name in ("hard", "swaps"))
    values = load_values(tmp_path / "values.safetensors")
    samples = open_split(str(tiny_benchmark)).samples_by_subset()["hard"]
    described = regions(samples)
    assert len(values) == len(swaps) == len(described) <= len(hard)
    for row, sample in enumerate(described):
        first = samples.index(next(one for one in samples if one.positive == sample.positive))
        assert torch.equal(values.text[row], hard.captions[hard.index[first, 0]])
        named = {
            factor: names[place]
            for (factor, names), place in zip(values.factors.items(), values.named[row].tolist(), strict=True)
            if place >= 0
        }
        assert named == named_values(sample.positive)
        assert swaps.mask[row].sum() <= 1 + len(exchanges(sample.positive))
    for name in ("values", "swaps"):
        assert read_metadata(tmp_path / f"{name}.safetensors")["subset"] == "hard"


def test_evaluate_writes_a_record_of_what_it_prints(backbone, tiny_benchmark: Path, tmp_path: Path, capsys):
    results = tmp_path / "results"
    arguments = [
        "evaluate",
        "--head",
        "cosine",
        "--benchmark",
        str(tiny_benchmark),
        "--results",
        str(results),
    ]
    assert cli.main(arguments) == 0
    ((record,), problems) = load_results(results)
    assert problems == [] and set(record.subsets) == set(SUBSETS)
    assert (record.head.name, record.head.revision, record.head.stage) == ("cosine", "-", "none")
    assert (record.backbone.name, record.backbone.dim, record.benchmark.name) == ("counting", 8, "tiny")
    assert record.produced and record.produced.command.startswith(
        "python -m leaderboard evaluate --head cosine"
    )
    assert record.retrieval and record.retrieval.n_images == 4
    printed = capsys.readouterr().out
    assert f"{record.subsets['hard'].mean_rank:.2f}" in printed and "4 images, 4 captions" in printed


def test_the_figures_are_those_of_a_plain_loop(backbone, tiny_benchmark: Path, tmp_path: Path):
    arguments = [
        "evaluate",
        "--head",
        "cosine",
        "--benchmark",
        str(tiny_benchmark),
        "--results",
        str(tmp_path / "r"),
    ]
    assert cli.main(arguments) == 0
    ((record,), _) = load_results(tmp_path / "r")
    split = open_split(str(tiny_benchmark))
    for name, candidates in Embedder(backbone).candidates(split.samples_by_subset(), split.images).items():
        ranks = []
        for image, text, mask in zip(candidates.image, candidates.text, candidates.mask, strict=True):
            scores = [float(torch.dot(image, one) / image.norm() / one.norm()) for one in text[mask]]
            ranks.append(sum(score >= scores[0] for score in scores))
        assert record.subsets[name].mean_rank == pytest.approx(sum(ranks) / len(ranks))


def test_a_second_head_encodes_nothing(backbone, tiny_benchmark: Path, tmp_path: Path):
    head = save_head(
        LinearHead(8), tmp_path / "my-head", backbone="counting", backbone_revision="r1", stage="warm-up"
    )
    shared = ["--benchmark", str(tiny_benchmark), "--results", str(tmp_path / "results")]
    assert cli.main(["evaluate", "--head", "cosine", *shared]) == 0
    calls = (len(backbone.images), len(backbone.texts))
    assert cli.main(["evaluate", "--head", str(head), *shared]) == 0
    assert (len(backbone.images), len(backbone.texts)) == calls
    records, _ = load_results(tmp_path / "results")
    entry = next(record.head for record in records if record.head.name != "cosine")
    assert (entry.name, entry.kind, entry.stage) == ("my-head", "linear", "warm-up") and len(
        entry.revision or ""
    ) == 12


def test_a_head_of_another_backbone_is_refused_before_embedding(
    backbone, tiny_benchmark, tmp_path: Path, capsys
):
    head = save_head(LinearHead(8), tmp_path / "head", backbone="another", backbone_revision="r1")
    assert cli.main(["evaluate", "--head", str(head), "--benchmark", str(tiny_benchmark)]) == 2
    message = capsys.readouterr().err
    assert "another" in message and "counting" in message and backbone.images == []


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--head", "no-such-head"], "head: expected a folder"),
        (["--head", "cosine", "--subsets", "hard,harder"], "subsets: expected some of"),
        (["--head", "cosine", "--split", "trial"], "split: expected one of"),
        (["--head", "cosine", "--benchmark", "nowhere"], "benchmark: expected one of"),
    ],
)
def test_wrong_input_is_said_and_nothing_is_written(
    backbone, tiny_benchmark, tmp_path, capsys, arguments, complaint
):
    results = tmp_path / "results"
    first = ["evaluate", "--benchmark", str(tiny_benchmark), "--results", str(results)]
    assert cli.main([*first, *arguments]) == 2
    assert complaint in capsys.readouterr().err and not results.exists()


def test_a_split_that_cannot_be_built_is_said_and_nothing_is_written(backbone, tmp_path, capsys, monkeypatch):
    """The command that builds it is asked for once, and not run here: it would draw 6,000 scenes."""
    asked = []

    def fails(command: list[str], **_: object) -> subprocess.CompletedProcess:
        asked.append(command[1:])
        return subprocess.CompletedProcess(command, 3)

    monkeypatch.setattr("leaderboard.benchmarks.readers.rebuilt.subprocess.run", fails)
    monkeypatch.setenv("FG_CACHE", str(tmp_path / "cache"))
    words = ["--benchmark", "fg-rendered", "--split", "train", "--results", str(tmp_path / "results")]
    assert cli.main(["evaluate", "--head", "cosine", *words]) == 2
    assert asked == [["-m", "leaderboard.rendered", "build", "--split", "train"]]
    complaint = "the split 'train' could not be built: python -m leaderboard.rendered build --split train"
    assert complaint in capsys.readouterr().err
    assert not (tmp_path / "results").exists()


def test_a_benchmark_with_some_subsets_gives_a_record_of_those(backbone, tmp_path: Path):
    folder = write_benchmark(tmp_path / "partial", configs={"1_attributes": 10, "color": CONFIGS["color"]})
    assert (
        cli.main(
            ["evaluate", "--head", "cosine", "--benchmark", str(folder), "--results", str(tmp_path / "r")]
        )
        == 0
    )
    ((record,), _) = load_results(tmp_path / "r")
    assert list(record.subsets) == ["hard", "color"]


def test_table_as_csv_and_text(tmp_path: Path, capsys):
    save_record(measured(), tmp_path)
    (tmp_path / "broken.json").write_text("{")
    assert cli.main(["table", "--csv", "--results", str(tmp_path)]) == 0
    captured = capsys.readouterr()
    header, row = captured.out.splitlines()
    assert header.startswith("backbone,head,stage,benchmark,provenance,protocol,hard,medium,easy,trivial,")
    assert (
        row.startswith("mini-clip,linear,fine-grained,fg-rendered,measured,")
        and "broken.json: not a result" in captured.err
    )
    assert cli.main(["table", "--results", str(tmp_path)]) == 0
    assert "1.85" in capsys.readouterr().out


def test_a_table_of_nothing_says_so(tmp_path: Path, capsys):
    assert cli.main(["table", "--results", str(tmp_path / "none")]) == 0
    assert "no results yet" in capsys.readouterr().out


def test_interrupting_is_no_crash(backbone, tiny_benchmark: Path, tmp_path: Path, monkeypatch, capsys):
    def interrupt(texts):
        raise KeyboardInterrupt

    monkeypatch.setattr(backbone, "encode_texts", interrupt)
    arguments = [
        "evaluate",
        "--head",
        "cosine",
        "--benchmark",
        str(tiny_benchmark),
        "--results",
        str(tmp_path / "r"),
    ]
    assert cli.main(arguments) == 130 and "is kept" in capsys.readouterr().err


def test_shipped_results_are_records():
    """Every file the project ships is read back, and belongs where its name says."""
    records, problems = load_results(RESULTS)
    assert problems == []
    own = [record for record in records if record.provenance == "measured"]
    files = [path for path in sorted(RESULTS.glob("*.json")) if not path.name.startswith("published-")]
    for path, record in zip(files, own, strict=True):
        assert from_json(path.read_text()) == record and path.name == file_name(record)
        assert json.loads(path.read_text())["schema"] == 2


def test_evaluate_tells_what_to_do_next_and_what_was_odd(
    backbone, tiny_benchmark: Path, tmp_path: Path, capsys
):
    arguments = ["evaluate", "--head", "cosine", "--benchmark", str(tiny_benchmark)]
    assert cli.main([*arguments, "--results", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert printed.count("python ") == 3 and "python -m leaderboard table" in printed
    ((record,), _) = load_results(tmp_path)
    assert "Hard: 4 samples with fewer than 10 negatives" in printed and printed.count("Hard: 4") == 1
    assert any(note.startswith("Hard: 4 samples") for note in record.notes)
    low, high = record.mean_rank_interval or (0, 0)
    assert f"{low:.2f}–{high:.2f}" in printed


def test_the_record_holds_what_the_head_gets_without_looking(backbone, tiny_benchmark: Path, tmp_path: Path):
    torch.manual_seed(0)
    head = LinearHead(8)
    folder = save_head(head, tmp_path / "head", backbone="counting", backbone_revision="r1")
    arguments = ["evaluate", "--head", str(folder), "--benchmark", str(tiny_benchmark)]
    assert cli.main([*arguments, "--results", str(tmp_path / "r")]) == 0
    ((record,), problems) = load_results(tmp_path / "r")
    assert not problems
    split = open_split(str(tiny_benchmark))
    samples = split.samples_by_subset()
    subsets = Embedder(backbone).candidates(samples, split.images)
    crops = {
        (sample.image, sample.box): crop
        for name, data in subsets.items()
        for sample, crop in zip(samples[name], data.image, strict=True)
    }
    mean_crop = torch.stack(list(crops.values())).mean(dim=0)
    gains = []
    for name, data in subsets.items():
        found = record.subsets[name].blind
        assert found and found.other_crop
        images = [sample.image for sample in samples[name]]
        donors = derangement(torch.tensor([sorted(set(images)).index(image) for image in images]), seed=0)
        assert donors is not None and all(images[donor] != images[row] for row, donor in enumerate(donors))
        seeing = ranks_one_by_one(head, data, data.image)
        for control, crops_shown in (
            (found.mean_crop, mean_crop.expand_as(data.image)),
            (found.other_crop, data.image[donors]),
        ):
            blind = ranks_one_by_one(head, data, crops_shown)
            assert unpack_ranks(control.ranks or "") == blind
            assert control.mean_rank == pytest.approx(statistics.fmean(blind))
            assert control.top1 == blind.count(1) / len(blind)
            assert control.gain == pytest.approx(statistics.fmean(blind) - statistics.fmean(seeing))
            assert control.interval and control.interval[0] <= control.mean_rank <= control.interval[1]
            assert (
                control.gain_interval and control.gain_interval[0] <= control.gain <= control.gain_interval[1]
            )
        gains.append(found.mean_crop.gain)
    low, high = record.gain_interval or (0, 0)
    assert low < statistics.fmean(gains) < high


def test_the_record_says_how_often_the_truth_is_preferred_to_a_half_truth(
    backbone, tiny_benchmark: Path, tmp_path: Path
):
    arguments = ["evaluate", "--head", "cosine", "--benchmark", str(tiny_benchmark)]
    assert cli.main([*arguments, "--results", str(tmp_path / "r")]) == 0
    ((record,), _) = load_results(tmp_path / "r")
    rows = open_split(str(tiny_benchmark)).samples("hard").samples
    # "a red box" with its first negative "a green box" (or the first that is one of the colours that count).
    pairs = [pair for sample in rows for pair in half_truths([sample])]
    assert {pair.positive for pair in pairs} == {"a box"} and record.half_truths
    assert record.half_truths.n == len(pairs)
    split = open_split(str(tiny_benchmark))
    data = Embedder(backbone).candidates({"pairs": pairs}, split.images)["pairs"]
    assert record.half_truths.preferred == pytest.approx(
        statistics.fmean(rank == 1 for rank in candidate_ranks(CosineHead(), data).tolist())
    )


def trained_on(folder: Path, **data: dict[str, str]) -> str:
    about = {"backbone": "counting", "backbone_revision": "r1"}
    return str(save_head(LinearHead(8), folder, data=data, **about))


def overlap_of(head: str, benchmark: Path, results: Path) -> Overlap | None:
    words = ["evaluate", "--head", head, "--benchmark", str(benchmark), "--results", str(results)]
    assert cli.main([*words, "--subsets", "hard"]) == 0
    records, _ = load_results(results)
    return next(record.overlap for record in records if record.head.source == head)


def test_what_training_and_test_share_is_counted(backbone, tiny_benchmark: Path, tmp_path: Path):
    """The tiny validation split has the test split's rows: 8 regions in as many colours, 20 captions of 4 images."""
    revision = open_split(str(tiny_benchmark), "validation").revision
    split = {"benchmark": "tiny", "split": "validation", "benchmark_revision": revision}
    both = trained_on(
        tmp_path / "both", hard=split | {"subset": "hard"}, pairs=split | {"subset": "captions"}
    )
    regions = len({sample.positive for sample in open_split(str(tiny_benchmark)).samples("hard").samples})
    everything = Overlap(captions=regions + 20, exact=regions + 20, near=regions + 20, images=4, shared=4)
    assert overlap_of(both, tiny_benchmark, tmp_path / "r") == everything
    (data,) = load_results(tmp_path / "r")[0][0].head.training_data
    assert data.subsets == ("hard", "captions")
    hard = trained_on(tmp_path / "hard", hard=split | {"subset": "hard"})
    found = overlap_of(hard, tiny_benchmark, tmp_path / "r")
    assert found and (found.captions, found.exact, found.images, found.shared) == (
        regions + 20,
        regions,
        4,
        4,
    )


@pytest.mark.parametrize(
    "other",
    [
        {"benchmark_revision": "0123456789ab"},
        {"split": "no-such-split"},
        {"subset": "no_such_subset"},
        {"benchmark": "owner/name"},
        {"benchmark": "coco-karpathy"},
    ],
)
def test_what_is_shared_with_data_that_is_not_here_is_not_counted(
    backbone, tiny_benchmark: Path, tmp_path: Path, other: dict[str, str]
):
    split = {"benchmark": "tiny", "split": "validation", "subset": "hard"}
    head = trained_on(tmp_path / "head", hard=split, pairs=split | other)
    assert overlap_of(head, tiny_benchmark, tmp_path / "r") is None


def ranks_one_by_one(head: LinearHead, data: Candidates, crops: torch.Tensor) -> list[int]:
    found = []
    for crop, captions, mask in zip(crops, data.text, data.mask, strict=True):
        with torch.inference_mode():
            scores = [float(head.score(crop[None], one[None, None])) for one in captions[mask]]
        assert not any(1e-6 < abs(score - scores[0]) < 1e-5 for score in scores), (
            "a rank would hang on rounding"
        )
        found.append(sum(score >= scores[0] - 1e-6 for score in scores))
    return found


def test_the_other_seeds_stand_beside_the_heads_own_figures(
    backbone, tiny_benchmark: Path, tmp_path: Path, capsys
):
    for seed in (1, 2, 3):
        torch.manual_seed(seed)
        about = {"backbone": "counting", "backbone_revision": "r1", "recipe": {"seed": seed}}
        save_head(LinearHead(8), tmp_path / "runs" / f"seed-{seed}", **about)
    shipped = tmp_path / "runs" / "seed-1"
    arguments = ["evaluate", "--head", str(shipped), "--seed-heads", str(tmp_path / "runs")]
    arguments += ["--benchmark", str(tiny_benchmark), "--results", str(tmp_path / "r")]
    assert cli.main(arguments) == 0
    ((record,), _) = load_results(tmp_path / "r")
    assert [figures.seed for figures in record.seeds] == [1, 2, 3]
    own = record.seeds[0]
    assert own.revision == record.head.revision and record.retrieval
    assert own.mean_ranks == {name: result.mean_rank for name, result in record.subsets.items()}
    assert own.text_to_image_r10 == record.retrieval.text_to_image.r10
    (row,) = results_table([record]).to_dict("records")
    means = [sum(figures.mean_ranks.values()) / 8 for figures in record.seeds]
    assert row["seeds"] == 3 and row["seeds_mean"] == pytest.approx(sum(means) / 3)
    assert row["seeds_spread"] == pytest.approx(statistics.stdev(means))
    assert "over 3 trainings" in capsys.readouterr().out


def test_a_head_trained_on_what_it_is_measured_on_says_so(backbone, tiny_benchmark: Path, tmp_path: Path):
    about = {"backbone": "counting", "backbone_revision": "r1"}
    data = {"hard": {"benchmark": "tiny", "split": "test"}}
    head = save_head(LinearHead(8), tmp_path / "head", data=data, **about)
    arguments = ["evaluate", "--head", str(head), "--benchmark", str(tiny_benchmark)]
    assert cli.main([*arguments, "--results", str(tmp_path / "r")]) == 0
    ((record,), _) = load_results(tmp_path / "r")
    assert record.head.trained_on == "tiny test" and "the very split" in record.notes[-1]


def test_a_head_trained_on_something_of_a_name_alike_is_not_suspected(
    backbone, tiny_benchmark: Path, tmp_path: Path
):
    about = {"backbone": "counting", "backbone_revision": "r1"}
    data = {
        "hard": {"benchmark": "tiny", "split": "test-dev"},
        "pairs": {"benchmark": "not tiny", "split": "test"},
    }
    head = save_head(LinearHead(8), tmp_path / "head", data=data, **about)
    arguments = ["evaluate", "--head", str(head), "--benchmark", str(tiny_benchmark), "--subsets", "hard"]
    assert cli.main([*arguments, "--results", str(tmp_path / "r")]) == 0
    ((record,), _) = load_results(tmp_path / "r")
    assert record.head.trained_on == "tiny test-dev; not tiny test"
    assert not any("the very split" in note for note in record.notes)


def test_a_head_judged_by_its_training_data_says_so_in_its_record(
    backbone, tiny_benchmark: Path, tmp_path: Path
):
    about = {"backbone": "counting", "backbone_revision": "r1", "judged_on_training": ["validation is hard"]}
    head = save_head(LinearHead(8), tmp_path / "head", **about)
    arguments = ["evaluate", "--head", str(head), "--benchmark", str(tiny_benchmark), "--subsets", "hard"]
    assert cli.main([*arguments, "--results", str(tmp_path / "r")]) == 0
    ((record,), _) = load_results(tmp_path / "r")
    assert "chosen by figures on the very data that it was trained on" in record.notes[-1]


def test_embedding_builds_a_split_that_is_not_there_yet(
    backbone, tiny_benchmark: Path, tmp_path: Path, monkeypatch
):
    """The catalogue says by which command: it is run once, and what it wrote is read."""
    made = tmp_path / "cache" / "made"
    copy = f"import shutil; shutil.copytree({str(tiny_benchmark)!r}, {str(made)!r})"
    row = Benchmark("made", str(tmp_path / "shipped"), rebuilt={"test": shlex.join(["python", "-c", copy])})
    monkeypatch.setitem(BENCHMARKS, "made", row)
    arguments = ["embed", "--benchmark", "made", "--subsets", "hard", "--output", str(tmp_path / "out")]
    assert cli.main(arguments) == 0 and (made / "README.md").is_file()
    assert cli.main(arguments) == 0  # built once: copytree would refuse a second time
    assert (tmp_path / "out" / "hard.safetensors").is_file()


def test_a_split_whose_building_fails_is_said(backbone, tmp_path: Path, monkeypatch, capsys):
    row = Benchmark("made", str(tmp_path), rebuilt={"test": "python -c 'raise SystemExit(3)'"})
    monkeypatch.setitem(BENCHMARKS, "made", row)
    assert cli.main(["embed", "--benchmark", "made", "--output", str(tmp_path / "out")]) == 2
    assert "made: the split 'test' could not be built: python -c" in capsys.readouterr().err


def test_exported_names():
    import leaderboard

    assert {"load_benchmark", "embed", "evaluate", "load_results"} <= set(leaderboard.__all__)
    assert all(hasattr(leaderboard, name) for name in leaderboard.__all__)


def test_an_adapter_is_measured_under_both_revisions_and_its_heads_are_its_own(
    tiny_benchmark: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("FG_CACHE", str(tmp_path / "cache"))
    clip = write_tiny_clip(tmp_path / "tiny-clip")
    base = load_backbone(str(clip), device="cpu")
    adapter = write_random_adapter(load_backbone(str(clip), device="cpu"), tmp_path / "tuned")
    given = ["--backbone", str(clip), "--benchmark", str(tiny_benchmark)]
    adapted = [*given, "--adapter", str(adapter)]
    output = tmp_path / "results"
    for more in (given, adapted):
        assert cli.main(["evaluate", "--head", "cosine", *more, "--results", str(output)]) == 0
    records, problems = load_results(output)
    assert not problems
    both = load_backbone(str(clip), adapter=str(adapter), device="cpu")
    found = {record.backbone.name: record for record in records}
    assert set(found) == {"tiny-clip", "tiny-clip+tuned"}
    assert found["tiny-clip+tuned"].backbone.revision == both.revision != base.revision
    assert "--adapter" in found["tiny-clip+tuned"].produced.command  # type: ignore[union-attr]
    assert (
        len(list((tmp_path / "cache" / "embeddings").iterdir())) >= 3
    )  # images twice, texts for each backbone

    assert cli.main(["embed", *adapted, "--subsets", "hard", "--output", str(tmp_path / "files")]) == 0
    about = read_metadata(tmp_path / "files" / "hard.safetensors")
    assert (about["backbone"], about["backbone_revision"]) == (both.name, both.revision)
    save_head(
        LinearHead(dim=base.dim), tmp_path / "head", backbone=base.name, backbone_revision=base.revision
    )
    assert cli.main(["evaluate", "--head", str(tmp_path / "head"), *adapted, "--results", str(output)]) == 2


def test_pooled_features_are_measured_on_the_items_of_crops_and_stand_on_a_board_of_their_own(
    tiny_benchmark: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
):
    monkeypatch.setenv("FG_CACHE", str(tmp_path / "cache"))
    backbone, results = write_tiny_clip(tmp_path / "tiny-clip"), tmp_path / "results"
    where = ["--backbone", str(backbone), "--benchmark", str(tiny_benchmark), "--results", str(results)]
    for protocol in ("crop", "roi"):
        assert cli.main(["evaluate", "--head", "cosine", "--protocol", protocol, *where]) == 0
    records = {record.head.name: record for record in load_results(results)[0]}
    crops, pooled = records["cosine"], records["cosine on RoI features"]
    assert "RoIAlign" in str(pooled.protocol) and pooled.retrieval is None
    assert len(boards(list(records.values()))) == 2
    for name, result in crops.subsets.items():
        assert result.items == pooled.subsets[name].items
    assert any(one.ranks != pooled.subsets[name].ranks for name, one in crops.subsets.items())
    capsys.readouterr()
    assert cli.main(["compare", "cosine", "cosine on RoI features", "--results", str(results)]) == 0
    assert "cosine on RoI features (2)" in capsys.readouterr().out
