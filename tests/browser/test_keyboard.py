"""A visit by keys alone, from the page's opening to the quiz's second region: keys are never lost, and what has them is
seen.
"""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.app_server import app_url
from tests.support.browser import DESKTOP, Visit, visiting

pytestmark = pytest.mark.browser

MOST = 120
"""Presses of Tab after which a thing is taken to be out of reach."""
SEEN = """() => {
    const node = document.activeElement;
    const marked = (one, side) => {
        const look = one && getComputedStyle(one, side);
        return look && (look.outlineStyle !== "none" && parseFloat(look.outlineWidth) > 0 || look.boxShadow !== "none");
    };
    const drawn = node.querySelector(":scope > .halo"); // a box on the image has a wide frame then
    if (drawn) return parseFloat(getComputedStyle(drawn).strokeWidth) > 6;
    return [node, node.closest("label"), node.parentElement, node.closest(".wrap"), node.closest(".block")]
        .some((one) => marked(one)) || marked(node, "::after") || marked(node, "::before");
}"""
"""Whether the thing that has the keys, or what it stands in, has an outline or a shadow, a box a wide frame."""
FOCUSED = "() => document.activeElement.outerHTML.slice(0, 160)"


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visit]:
    yield from visiting(chromium, DESKTOP)


def has_keys(page: Page, selector: str) -> bool:
    return page.evaluate("(selector) => document.activeElement.matches(selector)", selector)


def go_to(page: Page, selector: str, key: str = "Tab") -> None:
    """Press the key until the thing has the keys; all on the way there are seen to have them."""
    for _ in range(MOST):
        page.keyboard.press(key)
        if has_keys(page, "body"):
            continue  # the browser's own bar, behind the last thing and before the first
        assert page.evaluate(SEEN), f"not seen to have the keys: {page.evaluate(FOCUSED)}"
        if has_keys(page, selector):
            return
    raise AssertionError(f"{selector} is out of reach of {key}")


def keys_go_to(page: Page, selector: str) -> None:
    page.wait_for_function("(selector) => document.activeElement.matches(selector)", arg=selector)


def test_a_sample_a_box_and_words_by_keys(visit: Visit):
    page = visit.page
    second = "#fg-samples [data-number='1']"
    go_to(page, second)
    with visit.scored():
        page.keyboard.press("Enter")
    assert has_keys(page, second)
    go_to(page, "#fg-drawer .box", "Shift+Tab")
    before = visit.box()
    with visit.scored():
        page.keyboard.press("ArrowRight")
    assert before is not None and visit.box() != before and has_keys(page, "#fg-drawer .box")
    go_to(page, "#fg-description input, #fg-description textarea")
    page.keyboard.press("Control+A")
    page.keyboard.type("a dark green glass bottle with a white cap")
    go_to(page, "#fg-write")
    page.keyboard.press("Enter")
    expect(page.locator("#fg-queries textarea")).to_have_value(re.compile("green glass bottle"))
    assert has_keys(page, "#fg-write")
    expect(page.locator("#fg-headline [aria-live]")).to_contain_text("your description")


def test_a_guess_and_the_next_region_by_keys(visit: Visit):
    page = visit.page
    go_to(page, "[role=tab][data-tab-id=quiz]")
    page.keyboard.press("Enter")
    expect(page.locator("#game-picture img")).to_be_visible()
    go_to(page, "#game-captions input")
    page.keyboard.press("Space")
    go_to(page, "#game-guess")
    page.keyboard.press("Enter")
    expect(page.locator("#game-verdict [role=status]")).to_contain_text("CLIP’s cosine")
    keys_go_to(page, "#game-next")
    assert page.evaluate(SEEN)
    page.keyboard.press("Enter")
    expect(page.locator("#game-score [role=status]")).to_contain_text("Region 2 of 10")
    keys_go_to(page, "#game-captions input")


def test_the_board_is_sorted_and_compared_by_keys(chromium: Browser):
    context = chromium.new_context(**DESKTOP)
    page = context.new_page()
    page.goto(f"{app_url()}/?tab=leaderboard")
    heading = "#leaderboard-board [data-action=sort][data-value=hard]"
    expect(page.locator(heading)).to_be_visible()
    go_to(page, heading)
    page.keyboard.press("Enter")
    expect(page.locator("#leaderboard-board th[aria-sort]")).to_contain_text("Hard")
    keys_go_to(page, heading)
    go_to(page, "#leaderboard-board .lb-versus")
    page.keyboard.press("Enter")
    expect(page.locator(".lb-versus[aria-pressed=true]")).to_have_count(1)
    keys_go_to(page, ".lb-versus[aria-pressed=true]")
    go_to(page, "#leaderboard-board [data-action=head]")
    page.keyboard.press("Enter")
    expect(page.locator("#leaderboard-head")).to_be_visible()
    go_to(page, "#leaderboard-head button")
    expect(page.locator("#leaderboard-head button:focus")).to_have_text("Close")
    page.keyboard.press("Enter")
    expect(page.locator("#leaderboard-head")).to_be_hidden()
    keys_go_to(page, "#leaderboard-board .lb-scroll")
    context.close()
