"""What takes long: it is seen to go on, can be stopped, and then leaves what was there before; nobody else waits."""

import re
from collections.abc import Iterator
from itertools import count

import pytest
from playwright.sync_api import Browser, Locator, expect

from fg_demo.lookalikes.vocabulary import VALUES
from tests.support.browser import DESKTOP, PHONE, Visit, visiting
from tests.support.held_app import DETECTING, ENCODING, LOADING, held_app

pytestmark = pytest.mark.browser
THINGS = (f"thing {number}" for number in count())
"""Nobody has asked about one before: what was encoded once is not encoded again."""
STOPPED = "Stopped. What was there before stays."


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def visit(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Visit]:
    yield from visiting(chromium, request.param, held_app().url)


@pytest.fixture
def desktop(chromium: Browser) -> Iterator[Visit]:
    yield from visiting(chromium, DESKTOP, held_app().url)


@pytest.fixture
def another(chromium: Browser) -> Iterator[Visit]:
    """Somebody else, at the same time."""
    yield from visiting(chromium, DESKTOP, held_app().url)


def expect_progress(part: Locator) -> None:
    """It is seen, and nothing cuts it off."""
    progress = part.locator(".progress-text, .progress-level").first
    expect(progress).to_be_visible()
    assert progress.evaluate(
        """node => {
            const own = node.getBoundingClientRect();
            return [node.closest(".wrap"), node.closest("[id^=fg-]")].every((around) => {
                const room = around.getBoundingClientRect();
                return room.top <= own.top + 1 && own.bottom <= room.bottom + 1 && room.left <= own.left + 1;
            });
        }"""
    )


def choose_another_backbone(visit: Visit) -> str:
    name = held_app().another_backbone()
    visit.page.locator("#fg-backbone input").click()
    visit.page.get_by_role("option", name=name, exact=True).click()
    return name


def test_a_first_sweep_is_seen_to_go_on_and_a_later_one_stopped_leaves_its_words_and_bars(visit: Visit):
    page, said, rows = (
        visit.page,
        visit.page.locator("#fg-sweep-said"),
        visit.page.locator("#fg-sweep-bars .body .row"),
    )
    description = page.locator("#fg-description :is(input, textarea)")
    description.fill(
        f"a dark yellow wool {'box' if visit.page.viewport_size == DESKTOP['viewport'] else 'cube'}"
    )
    with held_app().held(ENCODING):
        page.click("#fg-sweep-start")
        expect_progress(said)
        expect(page.locator("#fg-sweep-stop")).to_be_visible()
    expect(rows).to_have_count(len(VALUES["color"]))
    expect(said).not_to_contain_text("processing")
    words = said.inner_text()
    with held_app().held(ENCODING):
        page.locator("#fg-sweep-name").get_by_text("Materials", exact=True).click()
        expect_progress(said)
        page.click("#fg-sweep-stop")
        expect(page.locator("#fg-sweep-note")).to_have_text(STOPPED)
        assert said.inner_text() == words and rows.count() == len(VALUES["color"])
    expect(page.locator("#fg-sweep-stop")).to_be_hidden()
    page.locator("#fg-sweep-name").get_by_text("Transparency").click()
    expect(rows).to_have_count(len(VALUES["transparency"]))
    expect(page.locator("#fg-sweep-note")).to_be_hidden()


def test_boxes_that_are_scored_are_seen_to_be_and_stopped_leave_the_table(visit: Visit):
    page, rows = visit.page, visit.page.locator("#fg-box-table tbody th")
    page.get_by_role("button", name="Several boxes").click()
    with held_app().held(ENCODING):
        visit.write(next(THINGS))
        page.click("#fg-box-keep")
        expect_progress(page.locator("#fg-box-table"))
    expect(rows).to_have_text(["Whole image", "Box 1"])
    with visit.scored():
        page.get_by_role("slider", name="Context around the box").fill("1.7")
    with held_app().held(ENCODING):
        visit.write(last := next(THINGS))
        page.click("#fg-box-keep")
        expect(page.locator("#fg-box-stop")).to_be_visible()
        page.click("#fg-box-stop")
        expect(page.locator("#fg-box-said")).to_have_text(STOPPED)
    expect(page.locator("#fg-box-stop")).to_be_hidden()
    expect(page.locator("#fg-bars")).to_contain_text(last)
    expect(rows).to_have_text(["Whole image", "Box 1"])
    expect(page.locator("#fg-drawer .kept")).to_have_count(1)
    page.click("#fg-box-keep")
    expect(rows).to_have_text(["Whole image", "Box 1", "Box 2"])
    expect(page.locator("#fg-box-said")).to_be_hidden()


def test_a_search_for_boxes_is_stopped(desktop: Visit):
    page, said = desktop.page, desktop.page.locator("#fg-find-said")
    page.get_by_label("Find a thing in the picture").fill("vase")
    with held_app().held(DETECTING):
        page.click("#fg-find-start")
        expect(said).to_contain_text("mini-owl")
        page.click("#fg-find-stop")
        expect(said).to_have_text(STOPPED)
    expect(page.locator("#fg-find-stop")).to_be_hidden()  # what was stopped has come to its end
    page.click("#fg-find-start")
    expect(said).to_contain_text("of “vase”")


def test_a_backbone_that_is_no_longer_waited_for_leaves_the_one_before(visit: Visit):
    page, backbone = visit.page, visit.page.locator("#fg-backbone input")
    before = visit.results()
    with held_app().held(LOADING):
        choose_another_backbone(visit)
        expect_progress(page.locator("#fg-headline"))
        page.click("#fg-stop")
        expect(visit.message).to_contain_text("Stopped waiting: mini-clip stays.")
        expect(backbone).to_have_value("mini-clip")
        expect(page.locator("#fg-stop")).to_be_hidden()
        expect(page.locator("#fg-answers")).to_have_attribute("data-scores", "current")
        assert visit.results() == before
    with visit.scored():
        page.click("#fg-drawer .clear")
    assert visit.results() != before and "dapted" not in visit.results()
    with visit.scored():
        page.click("#fg-drawer .undo")
    assert visit.results() == before


def test_after_one_was_stopped_another_is_loaded_and_the_first_changes_nothing_when_it_ends(desktop: Visit):
    page, stop = desktop.page, desktop.page.locator("#fg-stop")
    with held_app().held(LOADING):
        choose_another_backbone(desktop)
        stop.click()
        expect(desktop.message).to_contain_text("Stopped waiting: mini-clip stays.")
        superseded = choose_another_backbone(desktop)
        expect(stop).to_be_visible()
        chosen = choose_another_backbone(desktop)
        expect(stop).to_be_visible()
    expect(page.locator("#fg-bars")).to_contain_text("Adapted CLIP’s cosine")
    expect(page.locator("#fg-backbone input")).to_have_value(chosen)
    assert superseded != chosen
    expect(stop).to_be_hidden()
    with desktop.scored():
        page.click("#fg-drawer .clear")
    expect(page.locator("#fg-backbone input")).to_have_value(chosen)
    expect(page.locator("#fg-answers")).to_have_attribute("data-scores", "current")


def test_what_is_changed_meanwhile_is_answered_by_the_one_before_once_it_is_stopped(desktop: Visit):
    page = desktop.page
    with held_app().held(LOADING):
        choose_another_backbone(desktop)
        expect(page.locator("#fg-stop")).to_be_visible()
        desktop.write("a stop sign\na yield sign")
        expect(desktop.message).to_contain_text(
            "still being loaded: what you entered is scored once it is there"
        )
        page.click("#fg-sweep-start")
        expect(page.locator("#fg-sweep-note [role=alert]")).to_contain_text("still is being loaded")
        expect(page.locator("#fg-bars")).not_to_contain_text("a yield sign")
        expect(page.locator("#fg-stop")).to_be_visible()
        page.click("#fg-stop")
        expect(page.locator("#fg-bars")).to_contain_text("a yield sign")
        expect(desktop.message).to_contain_text("Stopped waiting: mini-clip stays.")
    expect(page.locator("#fg-answers")).to_have_attribute("data-scores", "current")


def test_what_is_changed_meanwhile_is_answered_by_the_new_one_once_it_is_there(
    desktop: Visit, another: Visit
):
    """And somebody else, with the backbone before, is answered at once."""
    page = desktop.page
    with held_app().held(LOADING):
        chosen = choose_another_backbone(desktop)
        expect(page.locator("#fg-stop")).to_be_visible()
        desktop.write("a stop sign\na yield sign")
        page.click("#fg-drawer .clear")
        page.click("#fg-sweep-start")
        page.locator("#fg-samples button").nth(1).click()
        expect(page.locator("#fg-queries textarea")).not_to_have_value(re.compile("yield"))
        words = page.locator("#fg-queries textarea").input_value()
        with another.scored():
            another.page.click("#fg-drawer .clear")
        expect(page.locator("#fg-bars")).not_to_contain_text("Adapted")
    expect(page.locator("#fg-bars")).to_contain_text("Adapted CLIP’s cosine")
    expect(page.locator("#fg-bars")).to_contain_text(words.split("\n")[1])
    expect(page.locator("#fg-backbone input")).to_have_value(chosen)
    expect(page.locator("#fg-stop")).to_be_hidden()
    expect(page.locator("#fg-answers")).to_have_attribute("data-scores", "current")
