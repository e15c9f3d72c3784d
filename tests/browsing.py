"""Pages in a real Chromium, for tests."""

import base64
import contextlib
import os
import shutil

import cv2
import numpy as np
import pytest

DESKTOP = {"viewport": {"width": 1360, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SEED_HEAD = (0.5, 0.35)  # of the example, as shares of its sides
MEADOW = (0.1, 0.9)


@contextlib.contextmanager
def launched():
    """A browser; without one, or without Playwright, the test is skipped."""
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("there is no Chromium on this machine")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


def drop(page, name, content):
    files = page.evaluate_handle(
        """([name, content]) => {
            const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
            const dropped = new DataTransfer();
            dropped.items.add(new File([bytes], name));
            return dropped;
        }""",
        [name, base64.b64encode(content).decode()],
    )
    page.dispatch_event("#drop", "drop", {"dataTransfer": files})


def try_example(page):
    page.click("#example")
    page.wait_for_selector("#editor:not([hidden])")


def choose(page, tool):
    page.locator(f"label:has(input[value={tool}])").click()


def place(page, x, y):
    """Where on the screen a point is that is given in shares of the photograph's sides."""
    shown = page.locator("#shown").bounding_box()
    return shown["x"] + x * shown["width"], shown["y"] + y * shown["height"]


def drag(page, *points):
    """Draw a line through points that are shares of the photograph's sides."""
    places = [place(page, *point) for point in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for each in places[1:]:
        page.mouse.move(*each, steps=4)
    page.mouse.up()


def decoded(encoded):
    return cv2.imdecode(np.frombuffer(base64.b64decode(encoded), np.uint8), cv2.IMREAD_UNCHANGED)


def downloaded(page, button):
    with page.expect_download() as download:
        page.click(button)
    pixels = cv2.imread(str(download.value.path()), cv2.IMREAD_UNCHANGED)
    return download.value.suggested_filename, pixels
