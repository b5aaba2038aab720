"""Several boxes below the whole image, and the context around a box."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser import DESKTOP, PHONE, Visit, visiting

pytestmark = pytest.mark.browser


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visit]:
    yield from visiting(chromium, DESKTOP)


def test_boxes_are_kept_by_name_and_compared_with_the_whole_image(visit: Visit):
    table = visit.page.locator("#fg-box-table")
    visit.page.get_by_role("button", name="Several boxes").click()
    visit.page.locator("#fg-box-name").get_by_label("Name of this box").fill("<b>mine</b>")
    visit.page.click("#fg-box-keep")
    expect(table.locator("tbody th")).to_have_text(["Whole image", "<b>mine</b>"])
    with visit.scored():
        visit.drag((10, 10), (120, 120))
    visit.page.click("#fg-box-keep")
    expect(table.locator("tbody th")).to_have_text(["Whole image", "<b>mine</b>", "Box 2"])
    visit.page.click("#fg-drawer .clear")
    visit.page.click("#fg-box-keep")
    said = visit.page.locator("#fg-box-said [role=alert]")
    expect(said).to_contain_text("expected one drawn on the image, got none")
    expect(table.locator("tbody th")).to_have_count(3)
    visit.page.click("#fg-box-again")
    expect(table.locator("tbody th")).to_have_count(3)
    visit.page.click("#fg-box-forget")
    expect(table).to_be_hidden()


def test_kept_boxes_are_seen_on_the_image_and_taken_up_by_hand_or_key(visit: Visit):
    visit.page.get_by_role("button", name="Several boxes").click()
    first = visit.box()
    visit.page.click("#fg-box-keep")
    names = visit.page.locator("#fg-drawer .kept")
    expect(names).to_have_attribute("aria-label", "Box Box 1, which is compared")
    with visit.scored():
        visit.drag((380, 20), (500, 60))
    second = visit.box()
    expect(names).to_have_attribute("aria-label", "Box Box 1: press to compare it")
    visit.page.locator("#fg-box-name").get_by_label("Name of this box").fill("<b>corner</b>")
    visit.page.click("#fg-box-keep")
    expect(names.locator("text")).to_have_text(["Box 1", "▶ <b>corner</b>"])
    with visit.scored() as sent:
        names.first.locator("rect").click()
    assert sent["box"] == first == visit.box()
    expect(names.locator("text")).to_have_text(["▶ Box 1", "<b>corner</b>"])
    names.nth(1).focus()
    with visit.scored() as sent:
        visit.page.keyboard.press("Enter")
    assert sent["box"] == second == visit.box()
    assert names.nth(1).evaluate("node => node === document.activeElement")
    visit.page.click("#fg-box-forget")
    expect(names).to_have_count(0)


def test_the_context_around_a_box_changes_what_the_model_sees(visit: Visit):
    before, picture = visit.results(), visit.page.locator(".fg-seen img").get_attribute("src")
    with visit.scored() as sent:
        visit.page.get_by_role("slider", name="Context around the box").fill("1.5")
    assert sent["context"] == 1.5 and visit.results() != before
    assert visit.page.locator(".fg-seen img").get_attribute("src") != picture
    with visit.scored() as sent:
        visit.page.click("#fg-drawer .undo")
    assert sent["context"] == 1 and visit.results() == before


def test_on_a_phone_the_outcome_stays_in_sight_on_one_line_while_one_draws(chromium: Browser):
    context = chromium.new_context(**PHONE)
    visit = Visit(context.new_page())
    visit.open()
    headline = visit.page.locator("#fg-headline .fg-headline")
    visit.page.locator("#fg-queries").scroll_into_view_if_needed()
    visit.page.locator("#fg-samples").scroll_into_view_if_needed()
    bounds = headline.bounding_box()
    assert bounds is not None and 0 <= bounds["y"] < 100 and bounds["height"] < 48
    assert visit.sideways() <= 0
    context.close()
    assert visit.errors == []
