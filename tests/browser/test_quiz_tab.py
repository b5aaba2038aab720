"""The Quiz tab as a visitor meets it: a guess, the models' picks, the next region."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.support.app_server import app_url
from tests.support.browser import DESKTOP, PHONE, Visit

pytestmark = pytest.mark.browser


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def visit(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Visit]:
    context = chromium.new_context(**request.param)
    visit = Visit(context.new_page())
    visit.page.goto(f"{app_url()}/?tab=quiz")
    yield visit
    context.close()
    assert visit.errors == []


def test_a_guess_is_answered_with_what_the_models_picked(visit: Visit):
    page = visit.page
    expect(page.locator("#game-picture img")).to_be_visible()
    expect(page.locator("#game-score")).to_contain_text("Region 1 of 10")
    page.click("#game-guess")
    expect(page.locator("#game-verdict")).to_contain_text("Choose a caption first")
    choices = page.locator("#game-captions input[type=radio]")
    assert choices.count() > 1
    choices.first.check(force=True)
    page.click("#game-guess")
    expect(page.locator("#game-verdict")).to_contain_text("CLIP’s cosine: ranks it")
    expect(page.locator("#game-score")).to_contain_text("of 1")
    expect(page.locator("#game-score")).to_contain_text("Region 1 of 10")
    page.locator("#game-next").scroll_into_view_if_needed()
    expect(page.locator("#game-picture img")).to_be_in_viewport(ratio=0.9)
    page.click("#game-next")
    expect(page.locator("#game-score")).to_contain_text("Region 2 of 10")
    expect(page.locator("#game-verdict")).not_to_contain_text("ranks it")
    assert visit.sideways() <= 0
