"""One description is enough: its look-alikes are written, ranked and may be changed; where there are none it is said."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from fg_demo.lookalikes.writing import look_alikes
from tests.support.browser import DESKTOP, Visit, visiting

pytestmark = pytest.mark.browser
BOX = "a dark yellow wool box"
UNKNOWN = ("crochet", "text", "logo")
"""What mini-clip has not learned."""


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visit]:
    yield from visiting(chromium, DESKTOP)


def listed(visit: Visit) -> list[str]:
    return visit.page.locator("#fg-queries textarea").input_value().splitlines()


def describe(visit: Visit, description: str) -> None:
    visit.page.locator("#fg-description :is(input, textarea)").fill(description)


def expect_listed(visit: Visit, lines: list[str]) -> None:
    """The field has them, which it shows a moment after the headline."""
    expect(visit.page.locator("#fg-queries textarea")).to_have_value("\n".join(lines))


def test_one_description_is_enough(visit: Visit):
    describe(visit, BOX)
    with visit.scored():
        visit.page.click("#fg-write")
    expect(visit.page.locator("#fg-headline")).to_contain_text(
        re.compile(
            r"✓ CLIP ranks your description \d+(st|nd|rd|th) of 11; the linear head ranks it \d+(st|nd|rd|th)"
        )
    )
    expect_listed(visit, [f"✓ {BOX}", *look_alikes(BOX, without=UNKNOWN)])
    with visit.scored():  # others each time, and Enter does the same
        visit.page.locator("#fg-description :is(input, textarea)").press("Enter")
    expect_listed(visit, [f"✓ {BOX}", *look_alikes(BOX, seed=1, without=UNKNOWN)])
    with visit.scored():
        visit.write(f"✓ {BOX}\na red mug")
    expect(visit.page.locator("#fg-headline")).to_contain_text("of 2; the linear head")


def test_of_a_kind_only_its_attributes_are_exchanged(visit: Visit):
    describe(visit, BOX)
    visit.page.locator("#fg-change input").click()
    with visit.scored():
        visit.page.get_by_role("option", name="One material").click()
        visit.page.click("#fg-write")
    expect(visit.page.locator("#fg-queries textarea")).to_have_value(re.compile(rf"^✓ {BOX}\n"))
    assert listed(visit)[1:] and all(line.startswith("a dark yellow ") for line in listed(visit)[1:])


def test_where_no_attribute_is_named_it_is_said_and_some_are_offered(visit: Visit):
    before, results = listed(visit), visit.results()
    describe(visit, "a box")
    with visit.scored():
        visit.page.click("#fg-write")
    expect(visit.page.locator("#fg-writing-note [role=alert]")).to_contain_text("found none in “a box”")
    assert listed(visit) == before and visit.results() == results
    with visit.scored():
        visit.page.locator("#fg-offers").get_by_text("a red box", exact=True).click()
    assert listed(visit) == ["✓ a red box", *look_alikes("a red box", without=UNKNOWN)]
    expect(visit.page.locator("#fg-description :is(input, textarea)")).to_have_value("a red box")
    expect(visit.page.locator("#fg-offers")).to_be_hidden()
    expect(visit.page.locator("#fg-writing-note [role=alert]")).to_have_count(0)


def test_the_chart_follows_the_slider_from_clip_to_the_head_without_asking_the_server(visit: Visit):
    describe(visit, BOX)
    with visit.scored():
        visit.page.click("#fg-write")
    asked: list[str] = []
    visit.page.on("request", lambda request: asked.append(request.url))
    slider = visit.page.get_by_role("slider", name="Share of the head in the score")

    def column(number: int) -> list[str]:
        return visit.page.locator(f"#fg-bars .row .cell:nth-child({number}) .label").all_inner_texts()

    cosine, head = column(2), column(3)
    slider.fill("0")
    assert column(3) == column(2) == cosine != head
    slider.fill("50")
    assert column(3) not in (cosine, head) and column(2) == cosine
    expect(visit.page.locator("#fg-bars .said")).to_contain_text("With 50 % of the head: Yours is")
    slider.press("End")
    assert column(3) == head and not asked
    assert visit.page.locator("#fg-bars .mark").count() > 0
