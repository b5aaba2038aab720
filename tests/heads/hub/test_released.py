import hashlib
import io
import json
import pickle
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
from torch.nn import functional

from heads import LinearHead, load_head, read_config
from heads.__main__ import main
from heads.hub.paper import CATALOGUE, PAPER
from heads.hub.released import Released, convert, fetch_released
from tests.support.author_files import HEADS, needs
from tests.support.head_samples import normal

real_files = needs(HEADS)
BY_NAME = {entry.name: entry for entry in CATALOGUE}


def state(kind: str = "linear", sides: tuple[int, ...] = (0, 1), dim: int = 6) -> dict[str, torch.Tensor]:
    """Weights under the names of the released files."""
    layers = range(1 if kind == "linear" else 2)
    names = [f"linear_layers.{side}.{layer}" for side in sides for layer in layers]
    weights = {f"{name}.weight": normal(dim, dim, seed=seed) for seed, name in enumerate(names)}
    return weights | {f"{name}.bias": normal(dim, seed=seed + 9) for seed, name in enumerate(names)}


def saved(tensors: object) -> bytes:
    buffer = io.BytesIO()
    torch.save(tensors, buffer)
    return buffer.getvalue()


def entry_of(content: bytes, name: str = "tiny", kind: str = "linear", **arguments: str) -> Released:
    blob = hashlib.sha1(f"blob {len(content)}\0".encode() + content).hexdigest()
    return Released(name, "warm-up", kind, arguments, blob, PAPER, len(content), dim=6)


TINY = saved(state())
ENTRY = entry_of(TINY)


class Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Says nothing: a client that hangs up is part of these tests."""


@contextmanager
def served(answers: Mapping[str, bytes | list[bytes]]) -> Iterator[str]:
    """The address of a server on this machine: path → whole answer, status line included, or several in turn."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = answers.get(self.path, b"HTTP/1.0 404 Not Found\r\n\r\n")
            answer = answer.pop(0) if isinstance(answer, list) else answer
            if answer == b"slow":
                self.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n")
                for _ in range(30):
                    self.wfile.write(b"x")
                    time.sleep(0.1)
            elif answer != b"silent":
                self.wfile.write(answer)
            else:
                time.sleep(3)

        def log_message(self, format: str, *args: object) -> None: ...

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def answer(content: bytes, length: int | None = None) -> bytes:
    size = len(content) if length is None else length
    return b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % size + content


def fetch(
    output: Path, answers: Mapping[str, bytes | list[bytes]], *wanted: Released, timeout: float = 20.0
) -> dict:
    with served(answers) as url:
        return {entry.name: made for entry, made in fetch_released(wanted, output, url, timeout=timeout)}


def test_a_served_file_becomes_a_head_that_says_where_it_is_from(tmp_path: Path):
    made = fetch(tmp_path, {"/tiny.pt": answer(TINY)}, ENTRY)["tiny"]
    assert made == tmp_path / "tiny"
    config = read_config(made)
    assert (config.backbone, config.dim) == ("openai/clip-vit-base-patch16", 6)
    assert config.arguments["similarity"] == "dot"
    assert config.metadata["source"] == {
        "repository": "github.com/lorebianchi98/FG-CLIP",
        "commit": PAPER.commit,
        "file": "checkpoints/tiny.pt",
        "blob": ENTRY.blob,
    }
    assert "not to be redistributed" in config.metadata["licence"]
    assert torch.equal(load_head(made).state_dict()["text.bias"], state()["linear_layers.1.0.bias"])


FLIPPED = bytes([TINY[0] ^ 1]) + TINY[1:]
BAD_ANSWERS = {
    "absent": (b"HTTP/1.0 404 Not Found\r\n\r\n", r"tiny\.pt: expected the released file, got .*404"),
    "broken server": (b"HTTP/1.0 500 No\r\n\r\n", r"tiny\.pt: expected the released file, got .*500"),
    "no HTTP": (b"hello\r\n\r\n", r"tiny\.pt: expected the released file, got"),
    "cut off": (
        answer(TINY[:-100], len(TINY)),
        rf"expected {len(TINY)} bytes, got {len(TINY) - 100}|got .*read",
    ),
    "short": (answer(TINY[:-1]), rf"expected {len(TINY)} bytes, got {len(TINY) - 1}"),
    "long": (answer(TINY + b"x"), rf"expected {len(TINY)} bytes, got {len(TINY) + 1}"),
    "empty": (answer(b""), rf"expected {len(TINY)} bytes, got 0"),
    "flipped byte": (answer(FLIPPED), rf"expected git's id {ENTRY.blob}, got {len(TINY)} bytes of id"),
    "web page": (answer(b"<!DOCTYPE html><p>Sign in"), r"got 25, which begin with b'<!DOCTYPE html>"),
}


@pytest.mark.parametrize("case", BAD_ANSWERS)
def test_what_is_not_the_released_file_is_refused_and_the_rest_goes_on(tmp_path: Path, case: str):
    bad, message = BAD_ANSWERS[case]
    good = replace(ENTRY, name="good")
    made = fetch(tmp_path, {"/tiny.pt": bad, "/good.pt": answer(TINY)}, ENTRY, good)
    assert isinstance(made["tiny"], (OSError, ValueError))
    with pytest.raises(type(made["tiny"]), match=message):
        raise made["tiny"]
    assert made["good"] == tmp_path / "good"
    assert [path.name for path in tmp_path.iterdir()] == ["good"]


def refused(wait: str) -> bytes:
    return f"HTTP/1.0 429 Too Many Requests\r\nRetry-After: {wait}\r\n\r\n".encode()


def test_a_server_that_asks_to_wait_is_asked_once_more_and_the_wait_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    waits: list[float] = []
    monkeypatch.setattr("heads.hub.released.time.sleep", waits.append)
    made = fetch(tmp_path, {"/tiny.pt": [refused("17"), answer(TINY)]}, ENTRY)["tiny"]
    assert made == tmp_path / "tiny" and waits == [17.0]
    assert "/tiny.pt: status 429; waiting 17 s, then once more" in caplog.text


@pytest.mark.parametrize("answers", [["17", "17"], ["61"], ["soon"]], ids=" ".join)
def test_a_server_that_goes_on_asking_or_asks_for_too_long_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answers: list[str]
):
    waits: list[float] = []
    monkeypatch.setattr("heads.hub.released.time.sleep", waits.append)
    made = fetch(tmp_path, {"/tiny.pt": [refused(wait) for wait in answers]}, ENTRY)["tiny"]
    assert isinstance(made, OSError) and "429" in str(made)
    assert waits == ([17.0] if len(answers) == 2 else [])


@pytest.mark.parametrize("how", [b"slow", b"silent"])
def test_a_server_that_takes_too_long_is_given_up(tmp_path: Path, how: bytes):
    made = fetch(tmp_path, {"/tiny.pt": how}, ENTRY, timeout=0.5)["tiny"]
    assert isinstance(made, OSError)
    assert "tiny.pt: expected the released file, got" in str(made)
    assert list(tmp_path.iterdir()) == []


def test_no_server_at_all_is_told(tmp_path: Path):
    with served({}) as url:
        pass
    ((_, made),) = fetch_released([ENTRY], tmp_path, url)
    assert isinstance(made, OSError)
    assert f"{url}/tiny.pt: expected the released file, got" in str(made)


def test_a_file_of_unknown_size_is_known_by_its_id(tmp_path: Path):
    unsized = replace(ENTRY, size=None)
    assert isinstance(fetch(tmp_path, {"/tiny.pt": answer(TINY)}, unsized)["tiny"], Path)
    assert isinstance(fetch(tmp_path / "b", {"/tiny.pt": answer(TINY + b" ")}, unsized)["tiny"], ValueError)


def test_what_was_made_once_is_not_downloaded_again(tmp_path: Path):
    assert fetch(tmp_path, {"/tiny.pt": answer(TINY)}, ENTRY) == fetch(tmp_path, {}, ENTRY)
    other = replace(ENTRY, blob="0" * 40)
    assert isinstance(fetch(tmp_path, {}, other)["tiny"], OSError)
    ((_, made),) = fetch_released([ENTRY], tmp_path, "http://127.0.0.1:9", similarity="cosine")
    assert isinstance(made, OSError)


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path):
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "thesis.tex").write_text("years of work")
    made = fetch(tmp_path, {"/tiny.pt": answer(TINY)}, ENTRY)["tiny"]
    assert "expected a head folder, found" in str(made)
    assert (tmp_path / "tiny" / "thesis.tex").read_text() == "years of work"


class Code:
    def __reduce__(self):
        return (print, ("run",))


BAD_STATES = {
    "left over": (state() | {"rescaling.weight": torch.ones(1, 6)}, r"found .*'rescaling\.weight'"),
    "missing": (
        {k: v for k, v in state().items() if "1.0.bias" not in k},
        r"expected the tensors .*1\.0\.bias",
    ),
    "one side": (state(sides=(0,)), "expected the tensors"),
    "another shape": (
        state() | {"linear_layers.0.0.bias": torch.ones(5)},
        r"linear_layers\.0\.0\.bias: expected float32 of shape \(6,\), got",
    ),
    "half": (state() | {"linear_layers.0.0.bias": torch.ones(6).half()}, "expected float32 of shape"),
}


@pytest.mark.parametrize("case", BAD_STATES)
def test_tensors_that_are_not_exactly_the_head_s_are_refused(case: str):
    tensors, message = BAD_STATES[case]
    content = saved(tensors)
    with pytest.raises(ValueError, match=message):
        convert(entry_of(content), content)


def test_code_in_a_file_is_not_run(capsys: pytest.CaptureFixture[str]):
    content = saved({"linear_layers.0.0.weight": Code()})
    with pytest.raises(pickle.UnpicklingError, match="Weights only load failed"):
        convert(entry_of(content), content)
    assert capsys.readouterr().out == ""


def released_score(
    weights: dict[str, torch.Tensor], image: torch.Tensor, text: torch.Tensor, tanh: bool
) -> torch.Tensor:
    """The released forward pass: each side's layers where it has any, then the dot product."""
    sides = [image, text.flatten(0, 1)]
    for side in (0, 1):
        for layer in (0, 1):
            name = f"linear_layers.{side}.{layer}"
            if f"{name}.weight" in weights:
                sides[side] = functional.linear(
                    sides[side], weights[f"{name}.weight"], weights[f"{name}.bias"]
                )
                sides[side] = sides[side].tanh() if tanh else sides[side]
    return (sides[0][:, None] * sides[1].view_as(text)).sum(dim=2)


@pytest.mark.parametrize("sides", [(0, 1), (0,), (1,)])
def test_both_kinds_and_all_sides_score_as_the_released_code(sides: tuple[int, ...]):
    arguments = {(0, 1): {}, (0,): {"sides": "image"}, (1,): {"sides": "text"}}[sides]
    for kind in ("linear", "mlp") if len(sides) == 2 else ("linear",):
        content = saved(weights := state(kind, sides))
        head = convert(entry_of(content, kind=kind, **arguments), content)
        image, text = normal(4, 6), normal(4, 3, 6, seed=1)
        expected = released_score(weights, image, text, tanh=kind == "mlp")
        torch.testing.assert_close(head.score(image, text), expected, atol=1e-6, rtol=1e-6)


def test_the_catalogue_is_the_repository_s_folder():
    assert len(CATALOGUE) == len(BY_NAME) == len({entry.blob for entry in CATALOGUE}) == 8
    assert all(len(bytes.fromhex(entry.blob)) == 20 for entry in CATALOGUE)
    assert PAPER.base_url.startswith("https://raw.githubusercontent.com/")
    assert f"/{PAPER.commit}/" in PAPER.base_url
    assert {entry.stage for entry in CATALOGUE if entry.name.startswith("fg-ovd")} == {"fine-grained"}


@real_files
@pytest.mark.parametrize("path", sorted(HEADS.glob("*.pt")), ids=lambda path: path.stem)
def test_a_real_file_scores_to_the_bit_as_its_weights_do(path: Path, tmp_path: Path):
    entry = BY_NAME[path.stem]
    ((_, made),) = fetch_released([entry], tmp_path, path.parent)
    assert isinstance(made, Path), made
    head = load_head(made)
    assert isinstance(head, LinearHead)
    assert head.sides == entry.arguments["sides"]
    weights = torch.load(path, map_location="cpu", weights_only=True)
    image, text = normal(8, 512) / 2, normal(8, 11, 512, seed=1) / 2
    assert torch.equal(head.score(image, text), released_score(weights, image, text, tanh=False))


@real_files
def test_the_command_converts_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["released", "--from", str(HEADS), "--output", str(tmp_path)]) == 0
    made = sorted(path.name for path in tmp_path.iterdir())
    assert made == sorted(path.stem for path in HEADS.glob("*.pt"))
    assert f"{len(made)} of {len(made)} heads in {tmp_path}" in capsys.readouterr().out


def test_the_command_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    with served({}) as url:
        assert main(["released", "--from", url, "--output", str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert said.out.endswith(f"0 of 8 heads in {tmp_path}\n")
    assert len([line for line in said.err.splitlines() if "not made" in line and "404" in line]) == 8
    assert main(["released", "--from", str(tmp_path), "--output", str(tmp_path)]) == 2
    assert "from: expected a folder with some of" in capsys.readouterr().err
    assert main(["released", "nonsense", "--output", str(tmp_path)]) == 2
    assert "name: expected one of triplet_linear-mlp" in capsys.readouterr().err
    (tmp_path / "fg-ovd_linear-mlp.pt").write_bytes(b"altered")
    assert main(["released", "--from", str(tmp_path), "--output", str(tmp_path / "out")]) == 1
    assert "expected 2103648 bytes, got 7" in capsys.readouterr().err


def test_the_origin_is_written_as_json(tmp_path: Path):
    made = fetch(tmp_path, {"/tiny.pt": answer(TINY)}, ENTRY)["tiny"]
    assert json.loads((made / "config.json").read_text())["metadata"]["input"] == "raw"
