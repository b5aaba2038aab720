"""What the page shows of an image is what the model gets, whatever the file says; old scores are marked as old."""

import base64
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Route, expect

from tests.support.browser import DESKTOP, Visit

pytestmark = pytest.mark.browser
CASES = Path(__file__).parents[1] / "cases"
BLUE = (False, False, True)
CORNERS = {"quad_orient3.webp": (400, 200), "quad_orient6.webp": (200, 400), "quad_xmp3.jpg": (400, 200)}
CORNERS |= {"quad_plain.jpg": (400, 400), "quad_orient3.jpg": (400, 200), "quad_orient3.avif": (400, 200)}
SEEN = """([x, y]) => {
  const picture = document.querySelector("#fg-drawer .picture"), canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [picture.naturalWidth, picture.naturalHeight];
  const pen = canvas.getContext("2d");
  pen.drawImage(picture, 0, 0);
  return [...pen.getImageData(x * canvas.width, y * canvas.height, 1, 1).data].slice(0, 3).map((part) => part > 127);
}"""
PREVIEW = """async () => {
  const data = await (await fetch(document.querySelector(".fg-seen img").src)).blob();
  const bytes = new Uint8Array(await data.arrayBuffer());
  return btoa(String.fromCharCode(...bytes));
}"""


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visit]:
    device: dict = DESKTOP
    context = chromium.new_context(**device)
    visit = Visit(context.new_page())
    visit.open()
    yield visit
    context.close()


def test_the_box_a_visitor_draws_on_blue_reaches_the_model_as_blue(visit: Visit):
    for name, (width, height) in CORNERS.items():
        visit.upload(CASES / name, (width, height))
        places = [(x, y) for x in (0.25, 0.75) for y in (0.25, 0.75)]
        (blue,) = [place for place in places if tuple(visit.page.evaluate(SEEN, place)) == BLUE]
        x, y = blue[0] * width, blue[1] * height
        with visit.scored():
            visit.drag((x - 30, y - 30), (x + 30, y + 30))
        pixels = Image.open(io.BytesIO(base64.b64decode(visit.page.evaluate(PREVIEW)))).convert("RGB")
        shown = pixels.getpixel((pixels.width // 2, pixels.height // 2))
        assert isinstance(shown, tuple) and tuple(part > 127 for part in shown) == BLUE, name


@pytest.mark.parametrize(("name", "kind"), [("photo", ""), ("photo.bin", "application/octet-stream")])
def test_the_server_decides_what_is_an_image_whatever_the_browser_calls_it(
    visit: Visit, name: str, kind: str
):
    files = {"name": name, "mimeType": kind, "buffer": (CASES / "quad_plain.jpg").read_bytes()}
    with visit.scored() as sent:
        visit.page.set_input_files("#fg-drawer .file", files=[files])  # pyright: ignore[reportArgumentType]
    assert (sent["width"], sent["height"]) == (400, 400)


def test_a_picture_that_is_not_drawn_is_said_to_be_foreign_with_one_tap_to_another_backbone(visit: Visit):
    switch = visit.page.locator("#fg-switch")
    expect(switch).to_be_hidden()
    visit.upload(CASES / "quad_plain.jpg", (400, 400))
    expect(visit.message).to_contain_text("mini-clip knows drawn scenes")
    with visit.scored():
        switch.click()
    expect(visit.message).to_contain_text("could not load 'openai/clip-vit-base-patch16'", timeout=60_000)
    expect(visit.message).to_contain_text("mini-clip stays")
    expect(visit.page.locator("#fg-backbone input")).to_have_value("mini-clip")


def test_words_that_mini_clip_has_not_learned_are_named(visit: Visit):
    with visit.scored():
        visit.write("a red zebra\na blue mug with 2 handles")
    expect(visit.message).to_contain_text("mini-clip has not learned “zebra”, “2”")


def test_scores_of_an_earlier_entry_are_marked_as_old_until_they_are_answered(visit: Visit):
    answers, old = visit.page.locator("#fg-answers"), visit.page.locator("#fg-old")
    with visit.scored():
        visit.write("")
    assert answers.evaluate("node => node.matches(':has(.fg-older)')")
    with visit.scored():
        visit.write("a red bucket\na blue lamp")
    assert not answers.evaluate("node => node.matches(':has(.fg-older)')")
    expect(old).to_be_hidden()
    held: list[Route] = []
    visit.page.route("**/queue/join*", lambda route: held.append(route))
    visit.write("a green bucket\na blue lamp")
    expect(old).to_be_visible(timeout=30_000)
    expect(old).to_contain_text("before")
    held[0].continue_()
    expect(old).to_be_hidden(timeout=30_000)
    assert "a green bucket" in visit.results()
    visit.page.unroute("**/queue/join*")
