"""The walk-through: offered once, points at what it explains and covers none of it, left at any time, begun by a link."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FloatRect, Locator, expect

from fg_demo.page.walk_through.offer import STEPS
from tests.support.app_server import app_url
from tests.support.browser import DESKTOP, LEFT, PHONE, Visit

pytestmark = pytest.mark.browser

ALL: list[dict[str, str]] = json.loads(STEPS.read_text(encoding="utf-8"))
SEEN = "localStorage.getItem('fg-walk-through-seen')"


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def visit(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Visit]:
    context = chromium.new_context(**request.param, reduced_motion="reduce")
    visit = Visit(context.new_page())
    visit.open()
    yield visit
    context.close()
    assert [error for error in visit.errors if not any(words in error for words in LEFT)] == []


def panel(visit: Visit) -> Locator:
    return visit.page.get_by_role("region", name="Walk-through")


def bounds(of: Locator) -> FloatRect:
    found = of.bounding_box()
    assert found is not None
    return found


def apart(one: FloatRect, other: FloatRect) -> bool:
    """Whether two rectangles share no pixel; a rounded one is forgiven."""
    return one["y"] + one["height"] <= other["y"] + 1 or other["y"] + other["height"] <= one["y"] + 1


def in_sight(visit: Visit, of: Locator) -> bool:
    """Whether all of it is in the window, and nothing that stays in sight lies on its edges."""
    found, size = bounds(of), visit.page.viewport_size
    assert size is not None
    inside = found["y"] >= -1 and found["y"] + found["height"] <= size["height"] + 1
    return inside and of.evaluate(
        """node => { const { left, top, right, bottom } = node.getBoundingClientRect(), x = (left + right) / 2;
            return [top + 4, bottom - 4].every((y) => node.contains(document.elementFromPoint(x, y))); }"""
    )


def test_every_step_points_at_what_it_says_and_covers_none_of_it(visit: Visit):
    assert visit.page.evaluate(SEEN) is None
    expect(visit.page.locator(".fg-walk-new").first).to_be_visible()
    visit.page.click("#fg-walk-offer a")
    for number, step in enumerate(ALL, start=1):
        expect(panel(visit)).to_contain_text(step["says"])
        expect(panel(visit)).to_contain_text(f"{number} of {len(ALL)}")
        pointed = visit.page.locator(".fg-walk-pointed")
        assert pointed.evaluate(f"node => node.matches({json.dumps(step['points_at'])})")
        assert apart(bounds(panel(visit)), bounds(pointed)), step
        assert in_sight(visit, panel(visit)) and in_sight(visit, pointed), step
        assert visit.sideways() <= 0
        focused = visit.page.locator(":focus")
        expect(focused).to_have_text("Done" if number == len(ALL) else "Next")
        assert focused.evaluate(
            "node => document.getElementById(node.getAttribute('aria-describedby')).textContent"
        )
        visit.page.keyboard.press("Enter")
    expect(panel(visit)).to_have_count(0)
    assert visit.page.locator(".fg-walk-pointed").count() == 0
    assert visit.page.evaluate(SEEN)


def test_it_is_left_at_any_step_and_goes_back(visit: Visit):
    link = visit.page.locator("#fg-walk-offer a")
    link.focus()
    visit.page.keyboard.press("Enter")
    back = panel(visit).get_by_role("button", name="Back")
    expect(back).to_be_disabled()
    panel(visit).get_by_role("button", name="Next").click()
    expect(panel(visit)).to_contain_text(ALL[1]["says"])
    back.click()
    expect(panel(visit)).to_contain_text(ALL[0]["says"])
    visit.page.keyboard.press("Escape")
    expect(panel(visit)).to_have_count(0)
    expect(link).to_be_focused()


def test_who_wants_none_is_not_asked_again_and_may_still_begin(visit: Visit):
    visit.page.get_by_role("button", name="Not now").click()
    expect(visit.page.locator(".fg-walk-new").first).to_be_hidden()
    visit.open()
    expect(visit.page.locator(".fg-walk-new").first).to_be_hidden()
    visit.page.click("#fg-walk-offer a")
    expect(panel(visit)).to_contain_text(ALL[0]["says"])


def test_where_no_head_is_chosen_the_step_of_the_slider_is_passed_over(visit: Visit):
    visit.open("?tab=compare&head=none")
    visit.page.click("#fg-walk-offer a")
    says = []
    while panel(visit).count():
        says.append(panel(visit).locator(".fg-walk-says").inner_text())
        visit.page.keyboard.press("Enter")
    assert says == [step["says"] for step in ALL if step["points_at"] != "#fg-bars .mix"]


def test_another_image_gives_way_to_the_first_sample_and_comes_back(visit: Visit):
    with visit.scored():
        visit.page.locator("#fg-samples button").nth(1).click()
    visit.page.wait_for_url("**image=sample**")
    other = visit.page.url
    visit.page.click("#fg-walk-offer a")
    expect(panel(visit)).to_contain_text(ALL[0]["says"])
    assert visit.page.url != other
    visit.page.go_back()
    visit.page.wait_for_url(other)


def test_a_link_begins_it(visit: Visit):
    visit.page.goto(f"{app_url()}/?walk=begin")
    expect(panel(visit)).to_contain_text(ALL[0]["says"])
    expect(visit.page.locator("#fg-headline")).to_contain_text("ranks your description")
