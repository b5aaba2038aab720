"""Taking a comparison along: the address and what it survives, copies, files; and a photograph that stays here."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from skimage import data

from tests.support.app_server import app_url
from tests.support.browser import DESKTOP, LEFT, Visit

pytestmark = pytest.mark.browser
SIZE = (1200, 800)
WORDS = "#fg-queries textarea"


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visit]:
    context = chromium.new_context(**DESKTOP, permissions=["clipboard-read", "clipboard-write"])
    visit = Visit(context.new_page())
    visit.open()
    yield visit
    context.close()
    assert [error for error in visit.errors if not any(words in error for words in LEFT)] == []


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photos") / "my holiday.jpg"
    Image.fromarray(data.coffee()).resize(SIZE).save(path)
    return path


def asked(page: Page) -> dict[str, list[str]]:
    """What the address asks for, once it has followed."""
    page.wait_for_function("() => location.search.includes('box') || location.search.includes('own')")
    return parse_qs(urlsplit(page.url).query)


def shown(visit: Visit) -> tuple[str, list[float] | None]:
    return visit.page.locator(WORDS).input_value(), visit.box()


def test_the_address_follows_and_survives_a_reload_and_back(visit: Visit):
    first = asked(visit.page)
    assert first["image"][0].startswith("sample/") and first["tab"] == ["compare"]
    with visit.scored():
        visit.page.locator("#fg-samples button").nth(1).click()
    visit.page.wait_for_function(
        "(name) => !location.search.includes(name)", arg=first["image"][0].split("/")[1]
    )
    before, address = shown(visit), visit.page.url
    visit.page.reload()
    expect(visit.page.locator(WORDS)).to_have_value(before[0])
    left = visit.page.locator("#fg-drawer input[name=left]")
    expect(left).to_have_value(f"{(before[1] or [0])[0]:g}")
    assert shown(visit) == before
    visit.page.goto("about:blank")
    visit.page.go_back()
    expect(visit.page.locator(WORDS)).to_have_value(before[0])
    assert asked(visit.page) == parse_qs(urlsplit(address).query)


def test_all_that_is_open_survives_a_reload_and_the_way_back_within_the_page(visit: Visit):
    page = visit.page
    asked(page)
    page.get_by_role("button", name="Several boxes").click()
    page.click("#fg-box-keep")
    expect(page.locator("#fg-drawer .kept")).to_have_count(1)
    page.locator("#fg-bars .share").fill("40")
    page.click("#fg-sweep-start")
    page.wait_for_function(
        "() => ['share=40', 'sweep=color', 'kept='].every(part => location.search.includes(part))"
    )
    address, entries = page.url, page.evaluate("history.length")

    def is_whole() -> None:
        expect(page.locator("#fg-bars .share")).to_have_value("40")
        expect(page.locator("#fg-sweep-bars .body .row").first).to_be_visible()
        expect(page.locator("#fg-box-table tbody tr")).to_have_count(2)
        expect(page.locator("#fg-drawer .kept")).to_have_count(1)
        assert page.url == address and page.evaluate("history.length") <= entries + 2

    page.reload()
    is_whole()
    page.evaluate("window.notLoadedAnew = true")
    words = page.locator(WORDS).input_value()
    with visit.scored():
        page.locator("#fg-samples button").nth(1).click()
    page.wait_for_function("(address) => location.href !== address", arg=address)
    expect(page.locator("#fg-sweep-bars .body .row").first).to_be_hidden()
    page.get_by_role("tab", name="About").click()
    page.wait_for_function("() => location.search === '?tab=about'")
    page.evaluate("history.go(-2)")
    expect(page.locator(WORDS)).to_have_value(words)
    is_whole()
    page.go_forward()
    page.go_forward()
    expect(page.get_by_role("tab", name="About")).to_have_attribute("aria-selected", "true")
    assert page.evaluate("window.notLoadedAnew") and page.evaluate("history.length") == entries + 2


def test_another_tab_has_an_address_of_its_own_and_the_way_back_keeps_this_one(visit: Visit):
    address = asked(visit.page)
    visit.page.get_by_role("tab", name="About").click()
    visit.page.wait_for_function("() => location.search === '?tab=about'")
    visit.page.get_by_role("tab", name="Compare").click()
    visit.page.wait_for_function("() => location.search.includes('image=')")
    assert asked(visit.page) == address


def test_a_photograph_of_ones_own_is_found_after_a_reload_and_in_no_link(
    visit: Visit, photo: Path, chromium: Browser
):
    visit.upload(photo, SIZE)
    with visit.scored():
        visit.drag((300, 200), (700, 600))
    address = asked(visit.page)
    assert "image" not in address and len(address["own"][0]) == 16 and "holiday" not in visit.page.url
    expect(visit.page.locator("#fg-own")).to_contain_text("kept in this browser")
    visit.page.wait_for_timeout(1000)
    box = visit.box()
    visit.page.reload()
    expect(visit.status).to_contain_text(f"{SIZE[0]} × {SIZE[1]} px")
    expect(visit.message).not_to_contain_text("cannot be opened")
    assert visit.box() == box
    stranger = Visit(chromium.new_context(**DESKTOP).new_page())
    stranger.open(f"?{urlsplit(visit.page.url).query}")
    expect(stranger.message).to_contain_text("This link cannot be opened")
    expect(stranger.message).to_contain_text("choose the photograph yourself")
    stranger.page.context.close()


def test_one_button_copies_the_address(visit: Visit):
    asked(visit.page)
    visit.page.click("#fg-copy")
    expect(visit.page.locator(".fg-said")).to_have_text("Link copied")
    assert visit.page.evaluate("navigator.clipboard.readText()") == visit.page.url
    assert visit.page.url.startswith(app_url())


def test_files_are_made_when_they_are_asked_for(visit: Visit):
    texts = visit.page.locator(WORDS).input_value().splitlines()
    found: dict[str, bytes] = {}
    for kind in ("csv", "json", "svg", "png"):
        with visit.page.expect_download() as started:
            visit.page.click(f"#fg-{kind}")
        assert started.value.suggested_filename == f"scores.{kind}"
        found[kind] = Path(started.value.path()).read_bytes()
    assert len(found["csv"].splitlines()) > len(texts)
    assert {row["query"] for row in json.loads(found["json"])["scores"]} >= {texts[-1]}
    assert texts[-1].encode() in found["svg"] and found["png"].startswith(b"\x89PNG")
    visit.page.click("#fg-python")
    expect(visit.page.locator("#fg-code")).to_contain_text("load_backbone")
