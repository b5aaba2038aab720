"""What a page shows before the server has answered anything."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.app_server import app_url
from tests.support.browser import DESKTOP

pytestmark = pytest.mark.browser


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """One whose questions are kept from the server until they are let through."""
    context = chromium.new_context(**DESKTOP)
    opened = context.new_page()
    opened.route("**/queue/join*", lambda route: None)
    yield opened
    context.close()


def test_the_scores_of_the_start_are_part_of_the_page(page: Page):
    page.goto(app_url())
    expect(page.locator("#fg-bars .cell").first).to_be_visible()
    expect(page.locator("#fg-headline")).to_contain_text("ranks your description")
    first = page.locator("#fg-queries textarea").input_value().splitlines()[0].removeprefix("✓ ")
    expect(page.locator("#fg-bars .query").first).to_contain_text(first)


def test_a_link_shows_the_scores_it_asks_for_and_no_others(page: Page):
    address = f"{app_url()}/?tab=compare&q=a+red+mug&q=a+blue+mug"
    page.goto(address)
    expect(page.locator("#fg-queries textarea")).to_be_visible()
    expect(page.locator("#fg-bars .cell").first).to_be_hidden()
    expect(page.locator("#fg-headline .fg-headline")).to_be_hidden()
    page.unroute("**/queue/join*")
    page.goto(address)
    expect(page.locator("#fg-bars .query").last).to_have_text("a blue mug")
    expect(page.locator("#fg-bars .cell").first).to_be_visible()
    expect(page.locator("#fg-headline .fg-headline")).to_be_visible()
