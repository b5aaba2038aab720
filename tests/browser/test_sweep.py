"""Every value of an attribute at once: bars and maps, what they say in words, and bad input."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from fg_demo.lookalikes.vocabulary import VALUES
from tests.support.browser import DESKTOP, PHONE, Visit, visiting

pytestmark = pytest.mark.browser


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def visit(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Visit]:
    yield from visiting(chromium, request.param)


def test_all_values_of_a_kind_are_tried_at_once(visit: Visit):
    visit.page.locator("#fg-description :is(input, textarea)").fill("a dark yellow wool box")
    visit.page.click("#fg-sweep-start")
    bars, said = visit.page.locator("#fg-sweep-bars"), visit.page.locator("#fg-sweep-said")
    expect(bars.locator(".body .row")).to_have_count(len(VALUES["color"]))
    expect(said).to_contain_text("Yours, dark yellow, is")
    expect(bars.locator(".row.true .query")).to_have_text("✓ dark yellow")
    visit.page.locator("#fg-sweep-name").get_by_text("Materials", exact=True).click()
    expect(bars.locator(".body .row")).to_have_count(len(VALUES["material"]) - 2)
    expect(said).to_contain_text("Yours, wool, is")
    expect(said).to_contain_text("has not learned the words: crochet, text")
    visit.page.locator("#fg-sweep-name").get_by_text("Colour × material").click()
    maps = visit.page.locator("#fg-sweep-maps")
    expect(maps.locator(".fg-map")).to_have_count(2)
    expect(maps.locator("tbody td")).to_have_count(2 * len(VALUES["color"]) * (len(VALUES["material"]) - 2))
    assert "a dark yellow wool box" in (maps.locator(".fg-own").first.get_attribute("title") or "")
    expect(bars).to_be_hidden()
    assert visit.sideways() <= 0


def test_a_sweep_of_nothing_is_refused_in_words(visit: Visit):
    visit.page.locator("#fg-description :is(input, textarea)").fill("")
    visit.page.click("#fg-sweep-start")
    expect(visit.page.locator("#fg-sweep-note [role=alert]")).to_contain_text(
        "expected at least one description"
    )
