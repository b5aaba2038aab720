"""Every tab, light, dark and in forced colours, wide and on a phone: axe-core finds nothing; the open tab is seen."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.app_server import app_url
from tests.support.browser import DESKTOP, PHONE

pytestmark = pytest.mark.browser

AXE = next(Path(str(axe_playwright_python.__file__)).parent.rglob("axe.min.js")).read_text(encoding="utf-8")
LOOKS: dict[str, dict[str, Any]] = {
    "light": {**DESKTOP, "color_scheme": "light"},
    "dark": {**DESKTOP, "color_scheme": "dark"},
    "forced": {**DESKTOP, "color_scheme": "light", "forced_colors": "active"},
    "phone": {**PHONE, "color_scheme": "light"},
    "dark phone": {**PHONE, "color_scheme": "dark"},
}
GRADIOS = {
    # The pictures in the footer's buttons repeat the word beside them: a screen reader says "Settings Settings".
    ("image-redundant-alt", "footer img"),
}
"""Rules that gradio's own markup breaks, which nothing of ours can mend, and of which elements."""
PATIENCE = 300_000
"""Milliseconds after which something will never happen: pages with two charts and a gallery, on a busy machine."""
READY = {
    "compare": ("#fg-bars .cell", ".fg-seen img"),
    "leaderboard": ("#leaderboard-trade-off svg.marks", "#leaderboard-board .lb-open"),
    "quiz": ("#game-picture img", "#game-captions input"),
    "submit": ("#submit-introduction", "#submit-commands"),
    "about": ("[role=tabpanel] h2, [role=tabpanel] h3",),
}
"""What is there once a tab is whole."""
FADED_IN = """Promise.allSettled(
    document.getAnimations().filter((one) => one instanceof CSSTransition).map((one) => one.finished)
)"""


@pytest.fixture(params=LOOKS)
def page(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(**LOOKS[request.param])
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


def violations(page: Page) -> list[str]:
    """What axe-core finds, of whatever impact, a line an element."""
    page.evaluate(AXE)
    page.evaluate(FADED_IN)  # contrast is that of the page as it stays
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [
        f"{violation['id']} ({violation['impact']}): {node['html'][:160]}"
        for violation in found
        for node in violation["nodes"]
        if not any(violation["id"] == rule and _is(page, node, of) for rule, of in GRADIOS)
    ]


def _is(page: Page, node: dict[str, Any], selector: str) -> bool:
    """Whether the element that axe-core names is one of the selector's."""
    return page.evaluate(
        "([node, of]) => document.querySelector(node).matches(of)", [node["target"][0], selector]
    )


def opened(page: Page, tab: str) -> None:
    page.goto(f"{app_url()}/?tab={tab}")
    for selector in READY[tab]:
        expect(page.locator(selector).locator("visible=true").first).to_be_visible(timeout=PATIENCE)


def test_axe_finds_nothing_on_any_tab(page: Page):
    found = {}
    for tab in READY:
        opened(page, tab)
        if tab == "compare":
            page.locator("#fg-locate button").first.click()
            page.click("#fg-locate-start")
            expect(page.locator("#fg-locate .fg-place").first).to_be_visible(timeout=PATIENCE)
            # What is being made anew is faded for that time; of many moments that one is not looked at.
            expect(page.locator("#fg-locate .pending")).to_have_count(0, timeout=PATIENCE)
        if tab == "leaderboard":
            page.locator("#leaderboard-board .lb-open").first.click()
            expect(page.locator("#leaderboard-gallery .lb-item").first).to_be_visible(timeout=PATIENCE)
        if tab == "quiz":
            page.locator("#game-captions input").first.check(force=True)
            page.click("#game-guess")
            expect(page.locator("#game-verdict .lb-verdict")).to_be_visible(timeout=PATIENCE)
        found[tab] = violations(page)
    assert found == {tab: [] for tab in READY}


def test_the_open_tab_is_seen_to_be_open(page: Page):
    """In forced colours too, where a background or a shadow says nothing."""
    opened(page, "about")
    looks = page.locator(".tab-container button[role=tab]").evaluate_all(
        """tabs => tabs.map(tab => {
            const own = getComputedStyle(tab), after = getComputedStyle(tab, "::after");
            return [tab.getAttribute("aria-selected"), own.color, own.borderBottomWidth, after.backgroundColor].join();
        })"""
    )
    chosen = [look.removeprefix("true,") for look in looks if look.startswith("true")]
    others = {look.removeprefix("false,") for look in looks if look.startswith("false")}
    assert len(chosen) == 1 and others and chosen[0] not in others, looks


def test_in_forced_colours_a_choice_and_a_button_are_seen_to_be_one(chromium: Browser):
    """A browser takes backgrounds away, and shadows: what they said is said by the browser's own control and a border."""
    context = chromium.new_context(**LOOKS["forced"])
    page = context.new_page()
    opened(page, "compare")
    chosen = page.locator("#fg-sweep-name input:checked")
    expect(chosen).to_have_css("appearance", "auto")
    for button in ("#fg-write", "#fg-find-start", "#fg-sweep-start"):
        expect(page.locator(button)).to_have_css("border-top-width", "1px")
    context.close()


def test_what_axe_finds_is_found(page: Page):
    page.set_content("<html lang=en><title>t</title><main><h1>t</h1><button></button></main></html>")
    assert any(line.startswith("button-name") for line in violations(page))
    page.set_content("<html lang=en><title>t</title><main><h1>t</h1><h3>t</h3></main></html>")
    assert any(line.startswith("heading-order (moderate)") for line in violations(page))
