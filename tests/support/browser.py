"""A visitor's browser: pages of the running app, with every error on them noted."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, final

from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, Request, expect

from tests.support.app_server import app_url

INSTALLED = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
"""A browser of this machine's own; None means the one that Playwright downloaded (`install_browser.sh`)."""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 60_000
"""Milliseconds after which something will never happen: far beyond what a busy machine needs."""
expect.set_options(timeout=PATIENCE)

HOLD_PAUSES = """() => {
    const [start, stop, held] = [window.setTimeout, window.clearTimeout, new Map()];
    window.setTimeout = (run, after, ...rest) => {
        if (after !== 150 && after !== 30) return start(run, after, ...rest);
        held.set(-held.size - 1, run);
        return -held.size;
    };
    window.clearTimeout = (timer) => { if (held.has(timer)) held.set(timer, () => {}); else stop(timer); };
    window.fgPause = () => {
        [window.setTimeout, window.clearTimeout] = [start, stop];
        held.forEach((run) => run());
    };
}"""
"""The moment after the last key that the page waits for comes when `fgPause` is called, and not before."""

LEFT = ("AbortError", "errored out")
"""What gradio says where a page is left while it is still being answered."""

TURN = "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)))"

DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2.6,
    "is_mobile": True,
    "has_touch": True,
}


def launch(playwright: Playwright) -> Browser:
    """Chromium without a window."""
    return playwright.chromium.launch(executable_path=INSTALLED, headless=True, args=FLAGS)


@final
class Visit:
    """One visitor on the page, and what they can do there. Boxes are in pixels of the image."""

    def __init__(self, page: Page):
        self.page = page
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._note)
        self.answers = 0
        page.on("requestfinished", self._count)
        page.on("requestfailed", self._count)  # a stream closed by the page counts as failed

    def open(self, query: str = "", url: str = "") -> None:
        """Open the app, or the one at the address, and wait for the first scores."""
        self.page.goto(f"{url or app_url()}/{query}")
        expect(self.page.locator("#fg-bars .cell").first).to_be_visible()
        expect(self.page.locator("#fg-headline .fg-headline")).to_be_visible()
        self._rest()

    def upload(self, path: Any, size: tuple[int, int]) -> None:
        """Choose an image file and wait until it is shown at `size`, with the scores of all of it."""
        with self.scored():
            self.page.set_input_files("#fg-drawer .file", path)
        expect(self.status).to_contain_text(f"{size[0]} × {size[1]} px")

    @contextmanager
    def scored(self) -> Iterator[dict[str, Any]]:
        """Wait until what is done inside is sent and answered; the dict is filled with what was sent."""
        sent: dict[str, Any] = {}
        answered = self.answers
        with self.page.expect_request(_asks_for_scores, timeout=PATIENCE) as asked:
            yield sent
        inputs = json.loads(asked.value.post_data or "")["data"]
        drawing = next((place for place, one in enumerate(inputs) if isinstance(one, dict)), None)
        if drawing is not None:  # before it stands whose turn it is
            sent.update(inputs[drawing], queries=inputs[drawing + 1])
        for _ in range(PATIENCE // 50):
            if self.answers > answered:
                break
            self.page.wait_for_timeout(50)
        expect(self.page.locator("#fg-headline")).not_to_contain_text(re.compile("processing|queue"))
        self.page.wait_for_timeout(150)
        self._turns()  # until what was answered is drawn

    @contextmanager
    def typing(self) -> Iterator[None]:
        """What is typed inside is typed without a pause, however slow the machine; the pause comes at the end."""
        self.page.evaluate(HOLD_PAUSES)
        yield
        self._turns()  # the page hears of the last key
        self.page.evaluate("fgPause()")

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Press, move and release the mouse, at points in pixels of the image."""
        (x0, y0), (x1, y1) = self.on_screen(start), self.on_screen(end)
        self.page.mouse.move(x0, y0)
        self.page.mouse.down()
        self.page.mouse.move((x0 + x1) / 2, (y0 + y1) / 2, steps=4)
        self.page.mouse.move(x1, y1, steps=4)
        self.page.mouse.up()

    def touch(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Put a finger down, move and lift it, at points in pixels of the image."""
        (x0, y0), (x1, y1) = self.on_screen(start), self.on_screen(end)
        session = self.page.context.new_cdp_session(self.page)
        send: Callable[[str, list], Any] = lambda kind, points: session.send(  # noqa: E731
            "Input.dispatchTouchEvent", {"type": kind, "touchPoints": points}
        )
        send("touchStart", [{"x": x0, "y": y0}])
        for step in range(1, 9):
            send("touchMove", [{"x": x0 + (x1 - x0) * step / 8, "y": y0 + (y1 - y0) * step / 8}])
        send("touchEnd", [])

    def on_screen(self, point: tuple[float, float]) -> tuple[float, float]:
        """Where a pixel of the image stands on the screen; the image is brought into sight."""
        overlay = self.page.locator("#fg-drawer .overlay")
        overlay.scroll_into_view_if_needed()
        bounds = overlay.bounding_box()
        assert bounds is not None
        width, height = (float(n) for n in (overlay.get_attribute("viewBox") or "").split()[2:])
        across, down = bounds["width"] / width, bounds["height"] / height
        return bounds["x"] + point[0] * across, bounds["y"] + point[1] * down

    def write(self, queries: str) -> None:
        """Replace the descriptions."""
        self.page.locator("#fg-queries textarea").fill(queries)

    def results(self) -> str:
        """The scores as text, to see whether they changed; without the time that gradio lays over them meanwhile."""
        headline = self.page.locator("#fg-headline .fg-headline").inner_text()
        return headline + self.page.locator("#fg-bars").inner_text()

    def sideways(self) -> int:
        """How many pixels the page could be scrolled sideways."""
        return self.page.evaluate("document.documentElement.scrollWidth - innerWidth")

    @property
    def status(self):
        return self.page.locator("#fg-drawer .status")

    @property
    def message(self):
        return self.page.locator("#fg-message")

    def box(self) -> list[float] | None:
        """The box as the number fields show it."""
        values = [
            self.page.locator(f"#fg-drawer input[name={side}]").input_value()
            for side in ("left", "top", "right", "bottom")
        ]
        return [float(value) for value in values] if any(values) else None

    def _turns(self) -> None:
        """Let the page do what it has at hand: some frames drawn, which takes as long as it takes."""
        for _ in range(10):
            self.page.evaluate(TURN)

    def _rest(self) -> None:
        """Wait until the other tabs have what they ask for when the page opens: nothing was answered for a while."""
        for _ in range(40):
            answered = self.answers
            self.page.wait_for_timeout(700)
            if self.answers == answered:
                return

    def _count(self, request: Request) -> None:
        self.answers += "/queue/data" in request.url

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)


def visiting(chromium: Browser, device: dict, url: str = "") -> Iterator[Visit]:
    """For a fixture: a visit of the page as it opens, on a device, that must end without an error in the console; of
    the app, or of the one at the address.
    """
    context = chromium.new_context(**device)
    visit = Visit(context.new_page())
    visit.open(url=url)
    yield visit
    context.close()
    assert visit.errors == []


def _asks_for_scores(request: Request) -> bool:
    """Whether it is the demo that asks: other tabs send the address alone."""
    if "/queue/join" not in request.url:
        return False
    inputs = json.loads(request.post_data or "")["data"]
    return len(inputs) != 1 or not isinstance(inputs[0], str)
