"""The Compare tab in a browser, beside an empty Gradio event: milliseconds from the visitor's act to what it changes."""

import itertools
import random
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from fg_demo.lookalikes.vocabulary import COLORS
from tests.bench.bench_app import running_app
from tests.bench.bench_row import Row
from tests.support.app_server import wait_for
from tests.support.browser import DESKTOP, launch

ECHO = """
import gradio as gr
with gr.Blocks() as page:
    number, shown = gr.Number(0, elem_id="number", visible="hidden"), gr.HTML("0", elem_id="shown")
    gr.Button("Next", elem_id="next").click(lambda n: (n + 1, str(n + 1)), number, [number, shown])
page.launch(server_port=PORT, quiet=True)
"""
WATCH = """([event, selector]) => {
    addEventListener(event, () => { window.acted = performance.now(); }, true);
    new MutationObserver(() => { window.changed = performance.now(); })
        .observe(document.querySelector(selector), {
            childList: true, subtree: true, characterData: true, attributes: true,
        });
}"""
SETTLED = "() => window.changed > window.acted && performance.now() - window.changed > 150"
PATIENCE = 60_000
CASES = (
    ("new box", "≥ 0.33 ×"),
    ("changed words, from the last key", "≥ 0.25 ×"),
    ("every colour at once", ""),
)
FIRST = "page: first scores, from the navigation"
LOADS = 5


def measure_page(repetitions: int) -> list[Row]:
    """Four rows: three measured in turn with the empty event, the first scores beside an empty page. Raises playwright's
    Error without a browser, RuntimeError when an app does not start.
    """
    with sync_playwright() as playwright, _echo() as echo, running_app() as (_, url):
        browser = launch(playwright)
        empty = _opened(browser, echo, "click", "#shown", "#shown")
        pages = [
            _opened(browser, url, event, selector, "#fg-bars .cell")
            for event, selector in (("pointerup", "#fg-bars"), ("input", "#fg-bars"), ("click", "#fg-sweep"))
        ]
        acts = (_draw(pages[0]), _type(pages[1]), lambda: pages[2].click("#fg-sweep-start"))
        times: list[list[tuple[float, float]]] = [[], [], []]
        for _ in range(repetitions + 1):
            for number, (page, act) in enumerate(zip(pages, acts, strict=True)):
                times[number].append((_taken(page, act), _taken(empty, lambda: empty.click("#next"))))
        loads = [
            (_loaded(browser, url, "#fg-bars .cell"), _loaded(browser, echo, "#shown")) for _ in range(LOADS)
        ]
        browser.close()
    return page_rows([measured[1:] for measured in times], loads)


def page_rows(
    times: list[list[tuple[float, float]]] | None = None, loads: list[tuple[float, float]] | None = None
) -> list[Row]:
    """The rows of these measurements, or of none."""
    ours_first, theirs_first = tuple(zip(*loads or [], strict=True)) or ((), ())
    columns = [tuple(zip(*measured, strict=True)) or ((), ()) for measured in times or [[], [], []]]
    return [
        Row(f"page: {what}", "ms", ours, "empty event", theirs, aim)
        for (what, aim), (ours, theirs) in zip(CASES, columns, strict=True)
    ] + [Row(FIRST, "ms", ours_first, "an empty page", theirs_first, "≥ 0.67 ×")]


def _loaded(browser: Browser, url: str, ready: str) -> float:
    """Milliseconds from the navigation until what is looked for is seen, with nothing in the browser's cache."""
    page = browser.new_context(**DESKTOP).new_page()
    page.goto(url, wait_until="commit")
    page.locator(ready).first.wait_for(timeout=PATIENCE)
    taken = page.evaluate("performance.now()")
    page.context.close()
    return taken


def _taken(page: Page, act: Callable[[], object]) -> float:
    """Milliseconds from the visitor's last event to the last change it made."""
    page.evaluate("() => { window.acted = window.changed = 0; }")
    act()
    page.wait_for_function(SETTLED, timeout=PATIENCE)
    return page.evaluate("window.changed - window.acted")


def _opened(browser: Browser, url: str, event: str, selector: str, ready: str) -> Page:
    page = browser.new_context(**DESKTOP).new_page()
    page.goto(url)
    page.locator(ready).first.wait_for(timeout=PATIENCE)
    page.wait_for_timeout(2000)
    page.evaluate(WATCH, [event, selector])
    return page


def _draw(page: Page) -> Callable[[], None]:
    """Draws another box each time."""
    rng = random.Random(0)

    def act() -> None:
        bounds = page.locator("#fg-drawer .overlay").bounding_box()
        assert bounds is not None
        x, y = bounds["x"] + 4 + rng.random() * 20, bounds["y"] + 4 + rng.random() * 20
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 60 + rng.random() * 90, y + 60 + rng.random() * 90, steps=3)
        page.mouse.up()

    return act


def _type(page: Page) -> Callable[[], None]:
    """Writes other words each time."""
    words: Iterator[str] = itertools.cycle(COLORS)
    return lambda: page.locator("#fg-queries textarea").fill(
        "\n".join(f"a {next(words)} {thing}" for thing in ("box", "mug", "hat", "lamp", "chair"))
    )


@contextmanager
def _echo() -> Iterator[str]:
    """The address of a page with one button that does next to nothing."""
    with socket.socket() as free, tempfile.TemporaryDirectory(prefix="echo-") as folder:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        script, log = Path(folder) / "echo.py", Path(folder) / "log"
        script.write_text(ECHO.replace("PORT", str(port)), encoding="utf-8")
        with log.open("w") as output:
            app = subprocess.Popen([sys.executable, str(script)], cwd=folder, stdout=output, stderr=output)
        try:
            wait_for(app, f"http://127.0.0.1:{port}", log)
            yield f"http://127.0.0.1:{port}"
        finally:
            app.kill()
            app.wait()
