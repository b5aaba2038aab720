"""A detector proposes boxes for a thing that is typed: drawn by their names, judged, taken up by hand or key."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser import DESKTOP, PHONE, Visit, visiting

pytestmark = pytest.mark.browser


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visit]:
    yield from visiting(chromium, DESKTOP)


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Visit]:
    yield from visiting(chromium, PHONE)


def ask(visit: Visit, what: str) -> None:
    visit.page.get_by_label("Find a thing in the picture").fill(what)


def test_what_is_typed_is_found_judged_and_taken_up_by_key(visit: Visit):
    said, names = visit.page.locator("#fg-find-said"), visit.page.locator("#fg-drawer .kept")
    ask(visit, "vase")
    visit.page.keyboard.press("Enter")
    expect(said).to_contain_text("of “vase”")
    expect(names.first).to_have_attribute("aria-label", "Box vase 1: press to compare it")
    rows = visit.page.locator("#fg-box-table tbody th")
    expect(rows.nth(1)).to_have_text("vase 1")
    expect(visit.page).to_have_url(re.compile("kept="))
    names.first.focus()
    with visit.scored() as sent:
        visit.page.keyboard.press("Enter")
    assert sent["box"] == visit.box()
    expect(said).to_contain_text("of “vase”")
    visit.page.click("#fg-box-forget")
    expect(names).to_have_count(0)
    expect(said).to_be_hidden()


def test_what_is_not_there_and_what_is_not_typed_is_said(visit: Visit):
    said = visit.page.locator("#fg-find-said")
    ask(visit, "<b>dog</b>")
    visit.page.click("#fg-find-start")
    expect(said).to_contain_text("mini-owl finds no “<b>dog</b>” in this picture")
    expect(said).to_contain_text("It has not learned")
    ask(visit, " ")
    visit.page.click("#fg-find-start")
    expect(said.locator("[role=alert]")).to_contain_text("expected a thing, such as mug, got nothing")
    expect(visit.page.locator("#fg-drawer .kept")).to_have_count(0)


def test_on_a_phone_a_finger_finds_and_takes_up(phone: Visit):
    ask(phone, "vase")
    phone.page.locator("#fg-find-start").tap()
    name = phone.page.locator("#fg-drawer .kept").first
    expect(name).to_be_visible()
    with phone.scored() as sent:
        name.locator("rect").tap()
    assert sent["box"] == phone.box() and phone.sideways() <= 0
