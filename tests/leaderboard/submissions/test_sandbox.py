"""Processes with limits."""

import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from leaderboard.submissions.sandbox import run_limited


@pytest.fixture
def script(tmp_path: Path):
    """Writes a module and runs it within limits."""

    def run(code: str, seconds: float = 60.0, megabytes: int = 4096):
        (tmp_path / "a_stranger.py").write_text(textwrap.dedent(code))
        variables = {"PYTHONPATH": f"{tmp_path}:{Path(__file__).parents[3]}"}
        return run_limited("a_stranger", [], seconds=seconds, megabytes=megabytes, variables=variables)

    return run


def test_time_ends_and_takes_the_children_along(script, tmp_path: Path):
    mark = tmp_path / "child-lived-on"
    ended = script(
        f"""
        import subprocess, sys, time
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(20); open({str(mark)!r}, 'w')"])
        time.sleep(60)
        """,
        seconds=3.0,
    )
    assert ended.status is None
    assert ended.message == "stopped after 3 s"
    assert not mark.exists()


def test_time_ends_without_a_parent_too(tmp_path: Path):
    (tmp_path / "sleeper.py").write_text("import time; time.sleep(60)")
    limited = Path(__file__).parents[3] / "leaderboard" / "submissions" / "limits.py"
    line = [sys.executable, "-P", str(limited), "--seconds", "1", "--megabytes", "4000", "sleeper"]
    ended = subprocess.run(line, env={"PYTHONPATH": str(tmp_path)}, timeout=30, check=False)
    assert ended.returncode == -signal.SIGALRM


@pytest.mark.skipif(sys.platform != "linux", reason="macOS does not limit memory")
def test_memory_ends(script):
    ended = script("x = bytearray(6_000_000_000)", megabytes=4000)
    assert (ended.status, ended.message) == (1, "MemoryError")


def test_no_token_goes_along(script, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    token = "hf_abcdefghijklmnopqrstuvwxyz"
    for name in ("HF_TOKEN", "MY_PASSWORD", "OAUTH_CLIENT_SECRET"):
        monkeypatch.setenv(name, token)
    (tmp_path / "token").write_text(token)
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    ended = script(
        f"""
        import os, huggingface_hub, sys
        sys.exit(f"{{[name for name, value in os.environ.items() if {token!r} in value]}} "
                 f"{{huggingface_hub.get_token()}} {{huggingface_hub.constants.HF_HUB_OFFLINE}}")
        """
    )
    assert ended.message == "[] None True"


def test_what_it_says_holds_no_token(script):
    assert script("import sys; sys.exit('sent with hf_abcdefghijklmnop')").message == "sent with ***"
