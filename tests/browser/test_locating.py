"""Where a description scores high: maps on demand, by which means, in words, of another description, and bad input."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.support.browser import DESKTOP, PHONE, Visit, visiting

pytestmark = pytest.mark.browser


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def visit(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Visit]:
    yield from visiting(chromium, request.param)


def opened(visit: Visit) -> Locator:
    part = visit.page.locator("#fg-locate")
    part.locator("button").first.click()
    expect(visit.page.locator("#fg-locate-description input")).to_have_value("A dark yellow wool box")
    return part


def test_a_map_a_scorer_says_where_and_by_what(visit: Visit):
    part = opened(visit)
    expect(part.locator(".fg-place")).to_have_count(0)
    visit.page.click("#fg-locate-start")
    expect(part.locator(".fg-place")).to_have_count(2)
    expect(part.locator("figcaption").first).to_have_text("CLIP’s cosine")
    expect(part.locator("svg[role=img] .fg-cell")).to_have_count(2 * 49)
    expect(part.locator(".fg-help")).to_contain_text("49 in all, because mini-clip’s patches say less")
    for name in part.locator("svg[role=img]").all():
        assert "Highest in the " in (name.get_attribute("aria-label") or "")
    assert visit.sideways() <= 0
    high = part.locator(".fg-legend").first.inner_text()
    visit.page.locator("#fg-locate-description input").click()
    visit.page.get_by_role("option", name="A grey wool box").last.click()
    expect(part.locator(".fg-looked-for")).to_contain_text("“A grey wool box”")
    assert part.locator(".fg-legend").first.inner_text() == high, "one scale for all descriptions"


def test_the_list_is_that_of_the_descriptions_as_they_are_now(visit: Visit):
    part = opened(visit)
    with visit.scored():
        visit.write("a blue <b>ball</b>")
    visit.page.locator("#fg-locate-description input").click()
    expect(visit.page.get_by_role("option", name="a blue <b>ball</b>")).to_be_visible()
    visit.page.keyboard.press("Escape")
    visit.page.click("#fg-locate-start")
    expect(part.locator(".fg-looked-for")).to_have_text("Looked for: “a blue <b>ball</b>”")


def test_nothing_to_look_for_is_said_in_words(visit: Visit):
    opened(visit)
    with visit.scored():
        visit.write("")
    visit.page.click("#fg-locate-start")
    expect(visit.page.locator("#fg-locate-said [role=alert]")).to_contain_text(
        "expected at least one description"
    )
