"""The documents say what the code does: what is written from it is current, and every file they name is there."""

import re
from pathlib import Path

import pytest

from docs.generate import ROOT, between, documents

GENERATED = ("docs/adapters.md", "docs/commands.md", "docs/results.md", "README.md", "CONTRIBUTING.md")
FILE = re.compile(r"`((?:[\w.-]+/)+[\w.-]+\.(?:py|sh|md|json|js|css))`")
"""A file of this project, as documents name one: in backticks, from the root of the checkout."""
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)")
"""A link to a file beside the document, or to a heading."""
WRITTEN = sorted(str(path.relative_to(ROOT)) for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")))


@pytest.fixture(scope="module")
def expected() -> dict[str, str]:
    return documents()


@pytest.mark.parametrize("path", GENERATED)
def test_what_is_written_from_the_code_is_current(path: str, expected: dict[str, str]):
    assert sorted(expected) == sorted(GENERATED)
    assert (ROOT / path).read_text(encoding="utf-8") == expected[path], "out of date: make docs"


def test_no_document_names_a_folder_of_this_machine(expected: dict[str, str]):
    for text in (expected["docs/commands.md"], expected["docs/results.md"]):
        assert str(Path.home()) not in text and str(ROOT) not in text


@pytest.mark.parametrize("path", WRITTEN)
def test_every_file_that_a_document_names_is_there(path: str):
    named = FILE.findall((ROOT / path).read_text(encoding="utf-8"))
    assert not [name for name in named if not (ROOT / name).exists()]


@pytest.mark.parametrize("path", WRITTEN)
def test_every_link_to_a_file_or_heading_leads_there(path: str):
    for target, heading in LINK.findall((ROOT / path).read_text(encoding="utf-8")):
        led_to = (ROOT / path).parent / target if target else ROOT / path
        assert led_to.is_file(), target
        assert not heading or heading in headings(led_to), f"{target}#{heading}"


def headings(path: Path) -> set[str]:
    """How links name the headings of a document."""
    found = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in found}


def test_the_documents_name_files_and_lead_somewhere():
    text = "".join((ROOT / path).read_text(encoding="utf-8") for path in WRITTEN)
    assert FILE.search(text) and LINK.search(text)


def test_a_document_without_its_marks_is_refused():
    with pytest.raises(ValueError, match=r"LICENSE: expected the marks .*results.* each once"):
        between("LICENSE", {"results": "text"})


def test_a_walk_has_as_many_files_as_it_says():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    walks = re.findall(r"^### .*: (\d+) files\n\n((?:\d+\. .*\n)+)", text, re.MULTILINE)
    assert len(walks) == 3
    for count, steps in walks:
        files = [FILE.findall(step)[0] for step in steps.splitlines()]
        assert len(set(files)) == len(files) == int(count)
