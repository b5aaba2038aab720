"""The page as a visitor meets it: drawing, typing, bad input, looks. One app and one browser for all."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Request, Route, expect
from skimage import data

from fg_demo.page.samples import load_samples
from leaderboard import load_results
from tests.support.app_server import ROOT
from tests.support.boards import boards
from tests.support.browser import DESKTOP, PHONE, Visit, visiting

pytestmark = pytest.mark.browser
SIZE = (1800, 1200)


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visit]:
    """A visit on a desktop that must end without an error in the console."""
    yield from visiting(chromium, DESKTOP)


@pytest.fixture
def phone_visit(chromium: Browser) -> Iterator[Visit]:
    """The same on a phone."""
    yield from visiting(chromium, PHONE)


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photograph larger than the page shows it."""
    path = tmp_path_factory.mktemp("photos") / "coffee.jpg"
    Image.fromarray(data.coffee()).resize(SIZE).save(path)
    return path


def test_the_first_page_already_shows_a_result(visit: Visit):
    assert "%" in visit.page.locator("#fg-bars .body").inner_text()
    assert visit.box() is not None


def test_a_box_drawn_with_the_mouse_has_the_pixels_under_it(visit: Visit, photo: Path):
    visit.upload(photo, SIZE)
    with visit.scored() as sent:
        visit.drag((300, 200), (1200, 900))
    assert sent["box"] == pytest.approx([300, 200, 1200, 900], abs=1)
    assert visit.box() == sent["box"]
    with visit.scored() as sent:
        visit.drag((1500, 1000), (700, 500))  # up and left, around the old box
    assert sent["box"] == pytest.approx([700, 500, 1500, 1000], abs=1)


def test_a_box_is_moved_and_resized_with_the_mouse(visit: Visit, photo: Path):
    visit.upload(photo, SIZE)
    with visit.scored():
        visit.drag((300, 200), (1000, 800))
    with visit.scored() as sent:
        visit.drag((650, 650), (750, 700))
    assert sent["box"] == pytest.approx([400, 250, 1100, 850], abs=1)
    with visit.scored() as sent:
        visit.drag((1100, 850), (1500, 1100))
    assert sent["box"] == pytest.approx([400, 250, 1500, 1100], abs=1)
    with visit.scored() as sent:
        visit.drag((650, 650), (-900, 650))  # as far left as it goes, with its size kept
    assert sent["box"] == pytest.approx([0, 250, 1100, 1100], abs=1)


def test_a_box_drawn_with_a_finger_has_the_pixels_under_it(phone_visit: Visit, photo: Path):
    phone_visit.upload(photo, SIZE)
    before = phone_visit.page.evaluate("scrollY")
    with phone_visit.scored() as sent:
        phone_visit.touch((300, 200), (1200, 900))
    assert sent["box"] == pytest.approx([300, 200, 1200, 900], abs=1)
    with phone_visit.scored() as sent:
        phone_visit.touch((1230, 930), (1500, 1100))  # the corner is a finger's width
    assert sent["box"] == pytest.approx([300, 200, 1470, 1070], abs=1)
    assert abs(phone_visit.page.evaluate("scrollY") - before) < 600 and phone_visit.sideways() <= 0


def test_a_box_is_made_moved_resized_and_removed_by_keyboard(visit: Visit, photo: Path):
    visit.upload(photo, SIZE)
    with visit.scored() as sent:
        visit.page.locator("#fg-drawer .add").press("Enter")
    assert sent["box"] == [540, 360, 1260, 840]
    with visit.scored() as sent:
        visit.page.keyboard.press("ArrowRight")
        visit.page.keyboard.press("ArrowUp")
        visit.page.keyboard.press("Shift+ArrowDown")
    assert sent["box"] == [558, 342, 1278, 840]
    with visit.scored() as sent:
        visit.page.keyboard.press("Delete")
    assert sent["box"] is None and visit.box() is None
    with visit.scored() as sent:
        visit.page.keyboard.press("Control+z")
    assert sent["box"] == [558, 342, 1278, 840]


def test_escape_cancels_a_drag_and_a_click_changes_nothing(visit: Visit):
    before = visit.box()
    x, y = visit.on_screen((20, 20))
    visit.page.mouse.move(x, y)
    visit.page.mouse.down()
    visit.page.mouse.move(x + 90, y + 90, steps=3)
    visit.page.keyboard.press("Escape")
    visit.page.mouse.up()
    visit.page.mouse.click(x, y)
    assert visit.box() == before


def test_undo_brings_back_the_box_and_the_image_before(visit: Visit, photo: Path):
    sample_status, sample_box = visit.status.inner_text(), visit.box()
    with visit.scored():
        visit.page.click("#fg-drawer .clear")
    assert visit.box() is None
    visit.upload(photo, SIZE)
    with visit.scored():
        visit.page.click("#fg-drawer .undo")
    with visit.scored():
        visit.page.click("#fg-drawer .undo")
    assert visit.box() == sample_box and visit.status.inner_text() == sample_status
    expect(visit.page.locator("#fg-drawer .undo")).to_be_disabled()


def test_scores_follow_the_box(visit: Visit):
    before = visit.results()
    with visit.scored():
        visit.page.click("#fg-drawer .clear")
    assert visit.results() != before
    with visit.scored():
        visit.page.click("#fg-drawer .undo")
    assert visit.results() == before


def test_scores_follow_the_descriptions_after_a_pause(visit: Visit):
    typed, requests = "a red bucket\na blue lamp", []

    def note(request: Request) -> None:
        """What is asked with some of the words; a slow page may still be asking for other things."""
        if "/queue/join" in request.url:
            data = json.loads(request.post_data or "{}")["data"]
            asked = [one for one in data if isinstance(one, str) and one]
            requests.extend(one for one in asked if typed.startswith(one))

    visit.page.on("request", note)
    with visit.scored() as sent, visit.typing():
        visit.write("")
        visit.page.locator("#fg-queries textarea").press_sequentially(typed)
        assert requests == []
    assert sent["queries"] == typed and requests == [typed]
    assert "a red bucket" in visit.results() and "a blue lamp" in visit.results()


def test_keys_pressed_while_words_are_answered_are_one_request(visit: Visit):
    asked, held = [], []

    def hold_the_first(route: Route) -> None:
        sent = json.loads(route.request.post_data or "{}")["data"]
        words = [one for one in sent if isinstance(one, str) and one.endswith(" mug")]
        if words and any(isinstance(one, dict) for one in sent):
            asked.extend(words)
        if words and not held:
            held.append(route)
        else:
            route.continue_()

    visit.page.route("**/queue/join*", hold_the_first)
    visit.write("a red mug")
    while not held:
        visit.page.wait_for_timeout(20)
    for words in ("a blue mug", "a green mug"):
        visit.write(words)
        visit.page.wait_for_timeout(300)
    assert asked == ["a red mug"]
    held[0].continue_()
    expect(visit.page.locator("#fg-bars .query").last).to_have_text("a green mug")
    assert asked == ["a red mug", "a green mug"]


def test_a_photo_stored_sideways_is_drawn_on_as_it_is_seen(visit: Visit, tmp_path: Path):
    exif = Image.Exif()
    exif[274] = 6
    Image.fromarray(data.coffee()).resize(SIZE).save(tmp_path / "sideways.jpg", exif=exif)
    visit.upload(tmp_path / "sideways.jpg", (1200, 1800))
    with visit.scored() as sent:
        visit.drag((100, 900), (1100, 1700))
    assert sent["box"] == pytest.approx([100, 900, 1100, 1700], abs=1)
    assert visit.message.locator(".fg-problem").count() == 0


def test_an_image_can_be_pasted_and_dropped(visit: Visit):
    script = """async ([kind, name]) => {
        const canvas = Object.assign(document.createElement('canvas'), {width: 300, height: 200});
        canvas.getContext('2d').fillRect(0, 0, 100, 100);
        const blob = await new Promise((done) => canvas.toBlob(done, 'image/png'));
        const carried = new DataTransfer();
        carried.items.add(new File([blob], name, {type: 'image/png'}));
        const options = {bubbles: true, cancelable: true};
        const event = kind === 'paste' ? new ClipboardEvent('paste', {clipboardData: carried, ...options})
            : new DragEvent('drop', {dataTransfer: carried, ...options});
        (kind === 'paste' ? document.body : document.querySelector('#fg-drawer .stage')).dispatchEvent(event);
    }"""
    for kind in ("paste", "drop"):
        with visit.scored() as sent:
            visit.page.evaluate(script, [kind, f"{kind}.png"])
        assert sent["image"]["orig_name"] == f"{kind}.png" and (sent["width"], sent["height"]) == (300, 200)
        with visit.scored():
            visit.page.click("#fg-drawer .undo")


@pytest.mark.parametrize(
    ("queries", "expected"),
    [
        ("", "at least one description, got none"),
        (" \n\n ", "at least one description, got none"),
        ("\n".join(f"a mug {n}" for n in range(200)), "at most 50 descriptions, got 200"),
        ("a mug\n" + "x" * 5000, "query 2: expected at most 300 characters, got 5000"),
    ],
)
def test_bad_descriptions_are_refused_in_place_and_nothing_is_lost(visit: Visit, queries: str, expected: str):
    box, results = visit.box(), visit.results()
    with visit.scored():
        visit.write(queries)
    expect(visit.message.get_by_role("alert")).to_contain_text(expected)
    assert visit.page.locator("#fg-queries textarea").input_value() == queries
    assert visit.box() == box and visit.results() == results
    with visit.scored():
        visit.write("a 👩‍🚀 mug\na mug\na mug")
    assert visit.message.inner_text().strip() == "1 repeated line was left out."


def test_bad_files_are_refused_in_place_and_nothing_is_lost(visit: Visit, tmp_path: Path):
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    (tmp_path / "notes.txt").write_text("no image")
    status, box, results = visit.status.inner_text(), visit.box(), visit.results()
    for name, expected in (("broken.png", "could not be read as an image"), ("notes.txt", "is not a photo")):
        visit.page.set_input_files("#fg-drawer .file", tmp_path / name)
        expect(visit.page.locator("#fg-drawer .problem")).to_contain_text(f"“{name}” {expected}")
        assert (visit.status.inner_text(), visit.box(), visit.results()) == (status, box, results)


def test_a_box_typed_wrongly_is_refused_in_place_and_a_right_one_is_used(visit: Visit):
    box, results = visit.box(), visit.results()
    visit.page.get_by_text("Type the box in pixels").click()
    right = visit.page.locator("#fg-drawer input[name=right]")
    for value, expected in (
        ("0", "Right must be at least 2 more than left"),
        ("99999", "must be within 0 and"),
    ):
        right.fill(value)
        right.press("Enter")
        expect(visit.page.locator("#fg-drawer .problem")).to_contain_text(expected)
        assert visit.results() == results
    assert box is not None
    right.fill(str(int(box[2]) + 20))
    with visit.scored() as sent:
        right.press("Enter")
    assert sent["box"] == [*box[:2], box[2] + 20, box[3]]
    expect(visit.page.locator("#fg-drawer .problem")).to_be_empty()


def test_a_backbone_that_cannot_be_loaded_is_explained_and_the_one_in_use_stays(visit: Visit):
    results = visit.results()
    visit.page.locator("#fg-backbone input").click()
    with visit.scored():
        visit.page.get_by_role("option", name="openai/clip-vit-base-patch16").click()
    expect(visit.message).to_contain_text("could not load 'openai/clip-vit-base-patch16'")
    expect(visit.page.locator("#fg-backbone input")).to_have_value("mini-clip")
    assert visit.results() == results


def test_a_sample_brings_its_box_and_descriptions(visit: Visit):
    before = (visit.page.locator("#fg-queries textarea").input_value(), visit.box())
    with visit.scored():
        visit.page.locator("#fg-samples button").nth(1).click()
    expect(visit.page.locator("#fg-queries textarea")).not_to_have_value(before[0])
    after = (visit.page.locator("#fg-queries textarea").input_value(), visit.box())
    assert after[0] != before[0] and after[1] != before[1] and None not in after
    expect(visit.page.locator("#fg-bars")).to_contain_text(after[0].split("\n")[0])


def test_a_sample_is_a_button_that_is_called_by_its_question_and_says_it_once(visit: Visit):
    """gradio's gallery calls its buttons "Thumbnail 1 of 9", and says the words twice."""
    buttons = visit.page.locator("#fg-samples button")
    for sample, button in zip(load_samples(), buttons.all(), strict=False):
        expect(button).to_have_accessible_name(sample.story)
        expect(button.locator("img")).to_have_attribute("alt", "")


def test_scores_are_downloaded_with_what_they_belong_to(visit: Visit):
    with visit.page.expect_download() as started:
        visit.page.click("#fg-csv")
    lines = Path(started.value.path()).read_text().splitlines()
    assert started.value.suggested_filename == "scores.csv"
    assert lines[0].startswith("query,scorer,score,rank,share,image,left,top,right,bottom,backbone")
    assert len(lines) > len(visit.page.locator("#fg-queries textarea").input_value().splitlines())


def test_the_leaderboard_shows_its_rows(visit: Visit):
    records, _ = load_results(ROOT / "leaderboard" / "results")
    visit.page.get_by_role("tab", name="Leaderboard").click()
    panel = visit.page.get_by_role("tabpanel").filter(has_text="Mean rank")
    expect(panel).to_be_visible()
    shown = panel.locator("#leaderboard-board tbody tr[data-key]")
    measured = [entry.record.head.name for entry in boards(records)[0].entries]
    assert {"cosine", "linear-mini-clip"} < set(measured)
    for name in measured:
        expect(panel).to_contain_text(name)
    assert shown.count() == len(measured)


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_scrolls_sideways_and_nothing_fails_in_any_theme(chromium: Browser, device: dict, theme: str):
    context = chromium.new_context(**device)
    visit = Visit(context.new_page())
    visit.open(f"?__theme={theme}")
    assert visit.page.evaluate("document.body.classList.contains('dark')") == (theme == "dark")
    for tab in ("Compare", "Leaderboard", "Quiz", "Submit", "About"):
        visit.page.get_by_role("tab", name=tab).click()
        visit.page.wait_for_timeout(500)
        assert visit.sideways() <= 0, tab
    context.close()
    assert visit.errors == []
