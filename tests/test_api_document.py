"""Every command of docs/api.md does what it says, asked of a running app."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.app_server import ROOT, app_url

BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = BLOCK.findall((ROOT / "docs" / "api.md").read_text(encoding="utf-8"))
PAGE = "http://127.0.0.1:7860"


def test_the_document_shows_three_ways():
    assert [language for language, _ in BLOCKS] == ["sh", "python", "python"]
    assert all(PAGE in code for _, code in BLOCKS)


@pytest.mark.slow
@pytest.mark.parametrize("place", range(len(BLOCKS)), ids=["curl", "gradio_client", "mcp"])
def test_its_commands_answer_with_scores(place: int, tmp_path: Path):
    language, code = BLOCKS[place]
    script = tmp_path / "script"
    script.write_text(code.replace(PAGE, app_url()), encoding="utf-8")
    command = ["sh", "-eu", str(script)] if language == "sh" else [sys.executable, str(script)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=250)
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert "a dark red fabric mug" in ran.stdout and "share" in ran.stdout, ran.stdout + ran.stderr
