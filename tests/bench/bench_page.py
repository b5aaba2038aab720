"""The Compare tab in a browser, beside an empty Gradio event: milliseconds from the visitor's act to what it changes."""

import itertools
import random
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from fg_demo.lookalikes.vocabulary import COLORS
from tests.bench.bench_app import running_app
from tests.bench.bench_demo import write_vit_b16
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
MAP = "each colour in each material (29 × 14), ViT-B/16 of random weights, texts cached"
FIRST = "page: first scores, from the navigation"
LOADS = 5
ENCODED = 600_000
"""ms in which a ViT-B/16 has encoded 406 texts, on a busy machine too."""
Pair = tuple[float, float]
"""ms of ours and of the peer's."""


def measure_page(repetitions: int) -> list[Row]:
    """Five rows: four measured in turn with the empty event, the first scores beside an empty page. Raises playwright's
    Error without a browser, RuntimeError when an app does not start.
    """
    with sync_playwright() as playwright, _echo() as echo:
        browser = launch(playwright)
        empty = _opened(browser, echo, "click", "#shown", "#shown")
        with running_app() as (_, url):
            times = _acts(browser, url, empty, repetitions)
            loads = [
                (_loaded(browser, url, "#fg-bars .cell"), _loaded(browser, echo, "#shown"))
                for _ in range(LOADS)
            ]
        maps = _maps(browser, empty, repetitions)
        browser.close()
    return page_rows(times, loads, maps)


def _acts(browser: Browser, url: str, empty: Page, repetitions: int) -> list[list[Pair]]:
    """What each of `CASES` takes, in turn with the empty event."""
    pages = [
        _opened(browser, url, event, selector, "#fg-bars .cell")
        for event, selector in (("pointerup", "#fg-bars"), ("input", "#fg-bars"), ("click", "#fg-sweep"))
    ]
    acts = (_draw(pages[0]), _type(pages[1]), lambda: pages[2].click("#fg-sweep-start"))
    times: list[list[Pair]] = [[], [], []]
    for _ in range(repetitions + 1):
        for number, (page, act) in enumerate(zip(pages, acts, strict=True)):
            times[number].append((_taken(page, act), _taken(empty, lambda: empty.click("#next"))))
    return [measured[1:] for measured in times]


def _maps(browser: Browser, empty: Page, repetitions: int) -> list[Pair]:
    """The heat map of colour by material for another box each time, once its texts are encoded, in turn with the empty
    event.
    """
    with (
        tempfile.TemporaryDirectory(prefix="vit-") as folder,
        running_app("--backbone", str(write_vit_b16(Path(folder) / "vit"))) as (_, url),
    ):
        page = _opened(browser, url, "click", "#fg-sweep", "#fg-bars .cell")
        draw = _draw(page)
        page.locator("#fg-sweep-name").get_by_text("Colour × material").click()
        page.locator("#fg-sweep-maps td").first.wait_for(timeout=ENCODED)
        times = []
        for _ in range(repetitions + 1):
            draw()
            page.wait_for_timeout(1500)  # the box's own scores are there
            taken = _taken(page, lambda: page.click("#fg-sweep-start"))
            times.append((taken, _taken(empty, lambda: empty.click("#next"))))
    return times[1:]


def page_rows(
    times: Sequence[Sequence[Pair]] = ((), (), ()), loads: Sequence[Pair] = (), maps: Sequence[Pair] = ()
) -> list[Row]:
    """The rows of these measurements, or of none."""
    cases = [*zip(CASES, times, strict=True), ((MAP, "≥ 0.125 ×"), maps)]
    return [
        Row(f"page: {what}", "ms", *_apart(measured, "empty event"), aim) for (what, aim), measured in cases
    ] + [Row(FIRST, "ms", *_apart(loads, "an empty page"), "≥ 0.67 ×")]


def _apart(pairs: Sequence[Pair], peer: str) -> tuple[tuple[float, ...], str, tuple[float, ...]]:
    """Ours, what the peer is called, and theirs."""
    ours, theirs = tuple(zip(*pairs, strict=True)) or ((), ())
    return ours, peer, theirs


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
