"""What a page shows before the server has answered anything, and that nothing of it meets what a quick visitor does."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.support.app_server import app_url
from tests.support.browser import DESKTOP

pytestmark = pytest.mark.browser

LINK = "?tab=compare&q=a+red+mug&q=a+blue+mug"
ASKING = "**/queue/join*"


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(**DESKTOP)
    yield context.new_page()
    context.close()


@pytest.fixture
def held(page: Page) -> list[Route]:
    """What the page asks the server, which hears nothing of it until it is let through."""
    routes: list[Route] = []
    page.route(ASKING, lambda route: routes.append(route))  # playwright takes no built-in
    return routes


def test_the_scores_of_the_start_are_part_of_the_page_which_asks_for_nothing(page: Page, held: list[Route]):
    page.goto(app_url())
    expect(page.locator("#fg-bars .cell").first).to_be_visible()
    expect(page.locator("#fg-headline")).to_contain_text("ranks your description")
    first = page.locator("#fg-queries textarea").input_value().splitlines()[0].removeprefix("✓ ")
    expect(page.locator("#fg-bars .query").first).to_contain_text(first)
    expect(page.locator("#fg-answers")).to_have_attribute("data-scores", "current")
    page.wait_for_url("**/?tab=compare&image=sample**")
    assert held == []


def test_a_link_shows_the_scores_it_asks_for_and_no_others(page: Page, held: list[Route]):
    page.goto(f"{app_url()}/{LINK}")
    expect(page.locator("#fg-queries textarea")).to_be_visible()
    expect(page.locator("#fg-bars .cell").first).to_be_hidden()
    expect(page.locator("#fg-headline .fg-headline")).to_be_hidden()
    page.unroute(ASKING)
    page.goto(f"{app_url()}/{LINK}")
    expect(page.locator("#fg-bars .query").last).to_have_text("a blue mug")
    expect(page.locator("#fg-bars .cell").first).to_be_visible()
    expect(page.locator("#fg-headline .fg-headline")).to_be_visible()


@pytest.mark.parametrize("query", ["", "?tab=compare&__theme=dark"])
def test_what_a_quick_visitor_writes_stays_and_is_scored(page: Page, query: str):
    page.goto(f"{app_url()}/{query}")
    words = page.locator("#fg-queries textarea")
    words.fill("a green mug\na grey mug")
    expect(page.locator("#fg-bars .query").last).to_have_text("a grey mug")
    page.wait_for_url("**q=a+grey+mug**")
    expect(words).to_have_value("a green mug\na grey mug")
    expect(page.locator("#fg-answers")).to_have_attribute("data-scores", "current")


def test_what_is_written_before_a_link_was_answered_stays_when_it_is(page: Page):
    first: list[Route] = []
    page.route(ASKING, lambda route: route.continue_() if first else first.append(route))
    with page.expect_request(ASKING):
        page.goto(f"{app_url()}/{LINK}")
    words = page.locator("#fg-queries textarea")
    words.fill("a green mug\na grey mug")
    expect(page.locator("#fg-bars .query").last).to_have_text("a grey mug")
    with page.expect_response(ASKING):
        first[0].continue_()
    page.wait_for_url("**q=a+grey+mug**")
    expect(words).to_have_value("a green mug\na grey mug")
    expect(page.locator("#fg-bars .query").last).to_have_text("a grey mug")


def test_the_leaderboard_is_asked_for_when_its_tab_is_opened(page: Page):
    page.goto(app_url())
    expect(page.locator("#fg-bars .cell").first).to_be_visible()
    with page.expect_request(ASKING):
        page.get_by_role("tab", name="Leaderboard").click()
    expect(page.locator("#leaderboard-board tbody tr").first).to_be_visible()
    page.wait_for_url("**tab=leaderboard**")
    page.get_by_role("tab", name="Compare").click()
    page.wait_for_url("**tab=compare&image=sample**")
    expect(page.locator("#fg-bars .cell").first).to_be_visible()


def test_a_link_to_another_tab_opens_it_and_leaves_the_first_as_it_begins(page: Page):
    page.goto(f"{app_url()}/?tab=leaderboard&q=linear")
    expect(page.locator("#leaderboard-search input, #leaderboard-search textarea").first).to_have_value(
        "linear"
    )
    page.wait_for_url(re.compile(r"tab=leaderboard&board=.+&q=linear"))  # the board is named too
    page.get_by_role("tab", name="Compare").click()
    expect(page.locator("#fg-bars .cell").first).to_be_visible()
    expect(page.locator("#fg-headline")).to_contain_text("ranks your description")
