"""Narrow pages (a phone, a window at 200 % zoom), with words as long as German ones: nothing is cut or goes sideways."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, expect

from tests.support.app_server import app_url
from tests.support.browser import PHONE, Visit

pytestmark = pytest.mark.browser
NARROW: dict[str, dict[str, Any]] = {
    "phone": PHONE,
    "zoomed": {"viewport": {"width": 640, "height": 450}, "device_scale_factor": 2},
}
LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenträger"
HEADS = [f"{name}-mini-clip" for name in ("linear", "linear-captions", "linear-text", "linear-image")]
ASKED = urlencode(
    {"tab": "compare", "q": [f"✓ {LONG}, dunkelgrün-gläsern", f"{LONG}, hellrot"], "head": HEADS}, doseq=True
)


@pytest.fixture(params=NARROW)
def visit(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Visit]:
    context = chromium.new_context(**NARROW[request.param])
    yield Visit(context.new_page())
    context.close()


def test_long_words_and_many_heads_fit(visit: Visit):
    page = visit.page
    visit.open(f"?{ASKED}")
    cells = page.locator("#fg-bars .body .cell")
    expect(cells).to_have_count(2 * (1 + len(HEADS)))
    cut = page.locator("#fg-bars .table").evaluate(
        """table => [...table.querySelectorAll(".label, .scorer, .query")].filter((one) =>
            one.getBoundingClientRect().right > table.getBoundingClientRect().right + 1
            || one.scrollWidth > one.clientWidth + 1 && one.clientWidth).map((one) => one.textContent)"""
    )
    assert cut == []
    narrowest = min(cells.evaluate_all("all => all.map((one) => one.firstElementChild.clientWidth)"))
    assert narrowest > 30, "bars of which one can tell the length"
    headline = page.locator("#fg-headline .fg-short")
    expect(headline).to_contain_text("of 2,")  # before what has no room


OPENED = {
    ASKED: "#fg-bars .cell",
    "tab=leaderboard": "#leaderboard-board .lb-open",
    f"tab=leaderboard&q={LONG}": "#leaderboard-count p",
    "tab=submit": "#submit-commands",
}
"""Addresses, and what is there once the tab is whole."""


def test_no_tab_scrolls_sideways(visit: Visit):
    for address, whole in OPENED.items():
        visit.page.goto(f"{app_url()}/?{address}")
        expect(visit.page.locator(whole).locator("visible=true").first).to_be_visible()
        assert visit.sideways() <= 0, address
