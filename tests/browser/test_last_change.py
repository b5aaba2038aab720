"""The last of many changes is what is answered, whatever was asked for meanwhile."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser import DESKTOP, Visit, visiting

pytestmark = pytest.mark.browser


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visit]:
    yield from visiting(chromium, DESKTOP)


def test_after_a_burst_of_changes_the_page_shows_the_last_of_each(visit: Visit, chromium: Browser):
    page, words = visit.page, visit.page.locator("#fg-queries textarea")
    page.locator("#fg-samples button").nth(1).click()
    for number in range(4):
        page.locator("#fg-drawer .box").press("ArrowRight")
        words.fill(f"a red mug\na blue mug\na mug {number}")
    expect(page.locator("#fg-bars .query").last).to_have_text("a mug 3")
    page.wait_for_function("() => document.getElementById('fg-answers').dataset.scores === 'current'")
    page.wait_for_function("() => location.search.includes('mug+3')")
    visit.page.wait_for_timeout(1000)
    anew = Visit(chromium.new_context(**DESKTOP).new_page())
    anew.page.goto(page.url)
    expect(anew.page.locator("#fg-bars .query").last).to_have_text("a mug 3")
    anew.page.wait_for_function("() => document.getElementById('fg-answers').dataset.scores === 'current'")
    assert anew.results() == visit.results() and anew.box() == visit.box()
    anew.page.context.close()
