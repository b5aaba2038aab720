"""The leaderboard as a visitor meets it: sort, filter, link, look inside, compare, take along, dark, phone."""

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import gradio as gr
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app import page_css
from fg_demo.page.shell import HEAD, THEME
from leaderboard.board.state import from_query
from leaderboard.page.tab import build_leaderboard_tab
from tests.support.board_records import board_folder
from tests.support.browser import DESKTOP, PHONE

pytestmark = pytest.mark.browser
ROWS = "#leaderboard-board tbody tr[data-key]"
PATIENCE = 60_000
EVIL = "<img src=x onerror=window.hacked=1>"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = board_folder(tmp_path_factory.mktemp("results"))
    text = next(folder.glob("*tiny-clip--mlp-one*")).read_text()
    (folder / "evil.json").write_text(text.replace('"mlp-one"', json.dumps(EVIL)))
    (folder / f"{EVIL}.json").write_text("{")
    with gr.Blocks() as page, gr.Tabs(), gr.Tab("Leaderboard", id="leaderboard"):
        build_leaderboard_tab(page, folder)
    _, url, _ = page.launch(
        prevent_thread_lock=True, quiet=True, server_name="127.0.0.1", theme=THEME, head=HEAD, css=page_css()
    )
    yield url
    page.close()


@pytest.fixture
def page(chromium: Browser, address: str) -> Iterator[Page]:
    context = visitor(chromium, DESKTOP)
    page = opened(context.new_page(), address)
    yield page
    assert page.evaluate("window.hacked") is None
    context.close()


def visitor(chromium: Browser, device: dict) -> BrowserContext:
    return chromium.new_context(**device)


def opened(page: Page, address: str, query: str = "?tab=leaderboard") -> Page:
    page.goto(address + query)
    expect(page.locator(ROWS).first).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#leaderboard-trade-off svg.marks")).to_be_visible(timeout=PATIENCE)
    return page


def names(page: Page) -> list[str]:
    return page.locator("#leaderboard-board .lb-open").all_inner_texts()


def column(page: Page, number: int) -> list[float]:
    cells = page.locator(f"{ROWS} > :nth-child({number})").all_inner_texts()
    return [float(cell.split()[0]) for cell in cells if cell.strip()]


def brightness(colour: str) -> float:
    """0 to 255, of a colour like "rgb(1, 2, 3)"."""
    return sum(float(part) for part in re.findall(r"[\d.]+", colour)[:3]) / 3


def heading(page: Page, title: str):
    return page.locator("#leaderboard-board thead").get_by_role("button", name=title, exact=False).first


def test_heads_stand_by_backbone_or_all_together(page: Page):
    groups = page.locator("#leaderboard-board .lb-group")
    expect(groups).to_have_count(2)
    grouped = names(page)
    page.get_by_role("radio", name="All together").check()
    expect(groups).to_have_count(0, timeout=PATIENCE)
    page.wait_for_url("**group=none**", timeout=PATIENCE)
    assert sorted(names(page)) == sorted(grouped) and names(page) != grouped
    assert column(page, 2) == sorted(column(page, 2))


def test_a_heading_sorts_by_numbers_and_again_the_other_way(page: Page, address: str):
    opened(page, address, "?tab=leaderboard&group=none")
    heading(page, "Hard").click()
    head = page.locator('#leaderboard-board th[aria-sort="ascending"]')
    expect(head).to_contain_text("Hard", timeout=PATIENCE)
    assert column(page, 6) == sorted(column(page, 6))
    heading(page, "Hard").click()
    expect(page.locator('#leaderboard-board th[aria-sort="descending"]')).to_contain_text(
        "Hard", timeout=PATIENCE
    )
    assert column(page, 6) == sorted(column(page, 6), reverse=True)


def test_a_heading_is_pressed_by_keyboard(page: Page):
    heading(page, "Top-1").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#leaderboard-board th[aria-sort]")).to_contain_text("Top-1", timeout=PATIENCE)


def test_search_narrows_the_table_the_chart_and_the_address(page: Page):
    page.locator("#leaderboard-search textarea").press_sequentially("linear mini-clip", delay=20)
    expect(page.locator(ROWS)).to_have_count(2, timeout=PATIENCE)
    page.wait_for_url("**q=linear+mini-clip**", timeout=PATIENCE)
    expect(page.locator("#leaderboard-trade-off svg.marks")).not_to_contain_text("attention-one")
    page.get_by_role("button", name="Clear the filters").click()
    expect(page.locator(ROWS)).to_have_count(11, timeout=PATIENCE)


def test_a_linked_view_opens_exactly_as_it_was_sent(page: Page, chromium: Browser, address: str):
    heading(page, "Trivial").click()
    expect(page.locator("#leaderboard-board th[aria-sort]")).to_contain_text("Trivial", timeout=PATIENCE)
    page.locator(".lb-versus").nth(0).click()
    expect(page.locator('.lb-versus[aria-pressed="true"]')).to_have_count(1, timeout=PATIENCE)
    page.locator(".lb-versus").nth(1).click()
    expect(page.locator("#leaderboard-versus")).to_be_visible(timeout=PATIENCE)
    page.wait_for_url("**sort=trivial**versus=**versus=**", timeout=PATIENCE)
    sent = urlsplit(page.url)
    context = visitor(chromium, DESKTOP)
    other = opened(context.new_page(), address, f"?{sent.query}")
    assert names(other) == names(page)
    expect(other.locator("#leaderboard-versus")).to_be_visible(timeout=PATIENCE)
    expect(other.locator('.lb-versus[aria-pressed="true"]')).to_have_count(2)
    assert from_query(other.url) == from_query(page.url)
    context.close()


def test_a_head_opens_on_its_charts_and_its_origin(page: Page):
    page.get_by_role("button", name="linear-two", exact=True).first.click()
    panel = page.locator("#leaderboard-head")
    expect(panel).to_contain_text("linear-two", timeout=PATIENCE)
    for chart in ("subsets", "negatives", "confusions"):
        expect(page.locator(f"#leaderboard-{chart} svg.marks")).to_be_visible(timeout=PATIENCE)
    page.locator("#leaderboard-subset").get_by_label("Color").check()
    expect(page.locator("#leaderboard-negatives svg.marks")).to_contain_text("(Color)", timeout=PATIENCE)
    panel.get_by_text("Where its figures come from").click()
    expect(panel).to_contain_text("python -m leaderboard evaluate --head linear-two")
    panel.get_by_role("button", name="Close").click()
    expect(panel).to_be_hidden(timeout=PATIENCE)


def test_a_point_of_the_chart_selects_its_head(page: Page):
    page.locator("#leaderboard-trade-off .mark-symbol path").first.click(force=True)
    expect(page.locator("#leaderboard-head")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(f"{ROWS}.lb-chosen")).to_have_count(1)


def test_heads_side_by_side_show_differences_with_intervals(page: Page):
    page.locator(".lb-versus").nth(0).click()
    expect(page.locator('.lb-versus[aria-pressed="true"]')).to_have_count(1, timeout=PATIENCE)
    page.locator(".lb-versus").nth(-1).click()
    panel = page.locator("#leaderboard-versus")
    expect(panel).to_contain_text("worse", timeout=PATIENCE)
    expect(panel).to_contain_text("True caption first, of 480 items")


def test_the_view_is_taken_along_as_csv(page: Page):
    heading(page, "Hard").click()
    expect(page.locator("#leaderboard-board th[aria-sort]")).to_contain_text("Hard", timeout=PATIENCE)
    with page.expect_download(timeout=PATIENCE) as started:
        page.locator("#leaderboard-csv").click()
    rows = list(csv.DictReader(io.StringIO(Path(started.value.path()).read_text())))
    assert started.value.suggested_filename == "leaderboard.csv"
    assert [row["head"] for row in rows] == names(page)


@pytest.mark.parametrize(("kind", "begin"), [("svg", b"<svg"), ("png", b"\x89PNG")])
def test_the_chart_is_taken_along_with_its_colours_written_out(page: Page, kind: str, begin: bytes):
    expect(page.locator("#leaderboard-trade-off svg.marks")).to_be_visible(timeout=PATIENCE)
    with page.expect_download(timeout=PATIENCE) as started:
        page.get_by_role("button", name=f"Save as {kind.upper()}").click()
    content = Path(started.value.path()).read_bytes()
    assert content.startswith(begin) and b"var(" not in content


def test_another_protocol_is_another_table(page: Page):
    page.locator("#leaderboard-benchmark input").click()
    page.get_by_role("option", name="FG-OVD").click()
    expect(page.locator(ROWS)).to_have_count(3, timeout=PATIENCE)
    expect(page.locator("#leaderboard-board")).to_contain_text("published")
    expect(page.locator("#leaderboard-board")).not_to_contain_text("measured here")


def test_what_is_hostile_is_shown_as_text_and_runs_nothing(page: Page):
    assert EVIL in names(page)
    page.locator(".lb-problems summary").click()
    expect(page.locator(".lb-problems")).to_contain_text(EVIL)
    assert page.locator("#leaderboard-board img").count() == 0


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_is_readable_on_any_page(chromium: Browser, address: str, device: dict, theme: str):
    context = visitor(chromium, device)
    page = opened(context.new_page(), address, f"?tab=leaderboard&__theme={theme}")
    expect(page.locator("#leaderboard-trade-off svg.marks")).to_be_visible(timeout=PATIENCE)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    sticky = page.locator(f"{ROWS} .lb-name").first
    before = sticky.bounding_box()
    page.locator("#leaderboard-board .lb-scroll").evaluate("box => box.scrollLeft = 200")
    after = sticky.bounding_box()
    assert before and after and abs(before["x"] - after["x"]) < 2, "the name stays in sight"
    ink, ground = (
        sticky.evaluate(f"cell => getComputedStyle(cell).{name}") for name in ("color", "backgroundColor")
    )
    dark = theme == "dark"
    assert brightness(ink) > 150 if dark else brightness(ink) < 100
    assert brightness(ground) < 60 if dark else brightness(ground) > 200
    context.close()
