"""The submit tab in a visitor's browser: the app as a Space beside the tests' Hub, signing in with a real redirect."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from leaderboard.records.files import file_name, to_json
from tests.fake_hub.server import HubServer
from tests.support.app_server import free_port, stop, wait_for
from tests.support.browser import DESKTOP, PATIENCE, PHONE
from tests.support.submitted_heads import DATASET, head_files
from tests.support.tiny_records import measured

SCOPES = "openid profile contribute-repos write-discussions"
ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server() -> Iterator[HubServer]:
    hub = HubServer().start()
    record = measured("alice/earlier")
    hub.create_repo(DATASET, "dataset", files={f"results/{file_name(record)}": to_json(record).encode()})
    hub.sign_in_as("alice")
    yield hub
    hub.stop()


@pytest.fixture(scope="module")
def space(server: HubServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Address of the app as a Space, and its log."""
    folder, port = tmp_path_factory.mktemp("space"), free_port()
    environment = {
        **os.environ,
        **server.space_environment(folder / "home", SCOPES),
        "GRADIO_ANALYTICS_ENABLED": "False",
        "GRADIO_SSR_MODE": "False",
        "GRADIO_TEMP_DIR": str(folder / "files"),
        "FG_BACKBONE": "mini-clip",
        "FG_CACHE": str(folder / "cache"),
        "FG_RESULTS": DATASET,
    }
    log = folder / "log"
    with log.open("w") as out:
        command = [sys.executable, str(ROOT / "app.py"), "--port", str(port)]
        app = subprocess.Popen(command, cwd=folder, env=environment, stdout=out, stderr=subprocess.STDOUT)
    try:
        wait_for(app, f"http://127.0.0.1:{port}", log)
        yield f"http://127.0.0.1:{port}", log
    finally:
        stop(app)


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    size: Any = DESKTOP
    context = chromium.new_context(**size)
    yield context.new_page()
    context.close()


def open_tab(page: Page, address: str, name: str = "Submit") -> None:
    page.goto(address)
    expect(page.locator("#fg-bars .cell").first).to_be_visible(timeout=PATIENCE)  # the page has come to rest
    page.get_by_role("tab", name=name).click(timeout=PATIENCE)


def sign_in(page: Page, address: str) -> None:
    open_tab(page, address)
    with page.expect_navigation(timeout=PATIENCE):  # to the Hub and back
        page.locator("#submit-login").click(timeout=PATIENCE)
    page.get_by_role("tab", name="Submit").click(timeout=PATIENCE)
    expect(page.locator("#submit-who")).to_contain_text("alice", timeout=PATIENCE)


def test_signed_out_it_explains_and_offers_the_commands(page: Page, space: tuple[str, Path]):
    open_tab(page, space[0])
    expect(page.locator("#submit-commands")).to_contain_text("python -m leaderboard submit USER/NAME")
    expect(page.locator("#submit-check")).not_to_be_visible()


def test_a_head_goes_from_a_folder_to_the_queue(
    page: Page, space: tuple[str, Path], server: HubServer, tmp_path: Path
):
    for name, content in head_files(tmp_path / "head").items():
        (tmp_path / name).write_bytes(content)
    sign_in(page, space[0])
    files = [tmp_path / name for name in ("config.json", "model.safetensors", "README.md")]
    page.set_input_files("#submit-files input[type=file]", files)
    page.locator("#submit-name input, #submit-name textarea").fill("my-head")
    page.locator("#submit-check").click()
    expect(page.locator("#submit-checks li.passed")).to_have_count(8, timeout=PATIENCE)
    # What was looked over is told of a moment after the last check is shown.
    for _ in range(60):
        page.locator("#submit-push").click()
        expect(page.locator("#submit-answer")).to_contain_text("head", timeout=PATIENCE)
        if "look the head over first" not in page.locator("#submit-answer").inner_text():
            break
        page.wait_for_timeout(1000)
    expect(page.locator("#submit-answer")).to_contain_text("alice/my-head", timeout=PATIENCE)
    assert "model.safetensors" in server.files("alice/my-head")
    page.locator("#submit-submit").click()
    expect(page.locator("#submit-answer")).to_contain_text("/discussions/", timeout=PATIENCE)
    (request,) = server.pull_requests(DATASET)
    assert request.author == "alice" and "✓ weights" in request.comments[0]
    check_no_token(page, space[1], server)


def test_a_repository_is_named_looked_over_and_refused_with_its_reason(
    page: Page, space: tuple[str, Path], server: HubServer
):
    server.create_repo("mallory/head", files={"weights.bin": b"x", "config.json": b"{}"})
    sign_in(page, space[0])
    page.get_by_label("A repository on the Hub").check()
    page.locator("#submit-repo input, #submit-repo textarea").fill("mallory/head")
    page.locator("#submit-check").click()
    expect(page.locator("#submit-checks li.failed")).to_contain_text("weights.bin", timeout=PATIENCE)
    expect(page.locator("#submit-submit")).to_be_disabled()


def test_the_leaderboard_shows_the_datasets_records_and_their_age(page: Page, space: tuple[str, Path]):
    open_tab(page, space[0], "Leaderboard")
    expect(page.locator("#results-status")).to_contain_text(f"Results of {DATASET}, as of", timeout=PATIENCE)


@pytest.mark.parametrize(("scheme", "size"), [("light", DESKTOP), ("dark", DESKTOP), ("light", PHONE)])
def test_the_tab_fits_the_screen(chromium: Browser, space: tuple[str, Path], scheme: Any, size: Any):
    context = chromium.new_context(color_scheme=scheme, **size)
    page = context.new_page()
    sign_in(page, space[0])
    folder = os.environ.get("FG_SCREENSHOTS")
    if folder:
        page.screenshot(path=f"{folder}/submit-{scheme}-{size['viewport']['width']}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    context.close()


def check_no_token(page: Page, log: Path, server: HubServer) -> None:
    """No token stands on the page or in the app's log."""
    for token in server.store.tokens:
        assert token not in page.content() and token not in log.read_text()
