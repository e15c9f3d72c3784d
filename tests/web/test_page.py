"""The page of `indexnet serve` in a real Chromium, by mouse, keyboard and touch."""

import contextlib
import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from browsing import (
    DESKTOP,
    MEADOW,
    PHONE,
    SEED_HEAD,
    choose,
    decoded,
    downloaded,
    drag,
    drop,
    launched,
    place,
    try_example,
)
from PIL import Image
from serving import running  # which skips these tests where the extra `serve` is not installed

from keras_indexnet.web import access

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = playwright.expect

SAMPLES = Path(__file__).parents[2] / "datasets" / "samples"
TARGET = 44  # CSS pixels
CONTROLS = (
    "button, a.button, label.button, input[type=range], input[type=number], #tools label, #backgrounds label"
)


@pytest.fixture(scope="module")
def server():
    with running("indexnet_base") as server:
        yield server.url


@pytest.fixture(scope="module")
def chromium():
    with launched() as browser:
        yield browser


@pytest.fixture
def opened(chromium, server):
    """Open the page on a device; whatever it complains about fails the test."""
    faults, complaints = [], []

    def open_page(**device):
        page = pages.enter_context(contextlib.closing(chromium.new_context(**device))).new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.goto(server)
        expect(page.locator("#limits")).to_contain_text("MB")
        return page

    with contextlib.ExitStack() as pages:
        yield open_page
    # A selection that the server cannot make of the marks so far is in the console, too.
    assert faults + [each for each in complaints if "400 (Bad Request)" not in each] == []


@contextlib.contextmanager
def proposed(page):
    """The trimap that the page is given after something was marked: a list of one array."""
    trimap = []
    with page.expect_response("**/trimap") as answer:
        yield trimap
    trimap.append(decoded(answer.value.json()["trimap"]))
    expect(page.locator("#state")).to_contain_text("Dark is removed")


def box_of(page):
    return [page.input_value(f"#box-{name}") for name in ("x", "y", "width", "height")]


def test_a_photograph_is_dropped_marked_cut_out_and_downloaded(opened):
    photo = Image.open(SAMPLES / "astronaut.jpg").resize((256, 256), Image.Resampling.BOX)
    known = np.asarray(
        Image.open(SAMPLES / "astronaut_trimap.png").resize((256, 256), Image.Resampling.NEAREST)
    )
    stream = io.BytesIO()
    photo.save(stream, "jpeg", quality=95)
    page = opened(**DESKTOP)
    drop(page, "notes.txt", b"these are words")
    page.wait_for_selector("#state.fault", state="attached")
    assert "notes.txt is no picture that this browser can show" in page.inner_text("#state")

    drop(page, "Eileen Collins.jpg", stream.getvalue())
    page.wait_for_selector("#editor:not([hidden])")
    assert page.is_disabled("#cut")
    choose(page, "box")
    drag(page, (0.5, 0.5), (0.9, 0.9))
    page.click("#undo")
    assert page.is_disabled("#cut") and page.input_value("#box-width") == ""
    drag(page, (8 / 256, 3 / 256), (1, 1))
    assert page.input_value("#box-x") == "8"
    choose(page, "background")
    drag(page, (0.82, 0.57), (0.97, 0.57))  # the table, as black as the helmet
    drag(page, (0.81, 0.05), (0.81, 0.33))  # the rocket
    choose(page, "foreground")
    drag(page, (0.2, 0.6), (0.27, 0.85), (0.5, 0.75), (0.7, 0.92))
    drag(page, (0.82, 0.74), (0.92, 0.88))
    drag(page, (0.1, 0.1))  # a click is a dot; here on the flag
    choose(page, "unknown")
    drag(page, (0.3, 0.2), (0.35, 0.07), (0.5, 0.05), (0.59, 0.2))  # hair
    page.click("#cut")
    page.wait_for_selector("#result:not([hidden])", timeout=60_000)
    assert page.inner_text("#state").startswith("Done.")
    check_that_all_is_in_reach(page)

    name, alpha = downloaded(page, "#download-alpha")
    assert name == "Eileen Collins_alpha.png" and alpha.shape == (256, 256)
    assert alpha[25, 25] == 255
    assert (alpha[known == 255] > 127).mean() > 0.97
    assert (alpha[known == 0] < 128).mean() > 0.97
    assert np.unique(alpha[known == 128]).size > 50  # hair is neither here nor there
    name, cutout = downloaded(page, "#download-cutout")
    assert name == "Eileen Collins_cutout.png"
    np.testing.assert_array_equal(cutout[..., 3], alpha)


def test_clicks_select_and_correct_and_everything_can_be_undone(opened):
    page = opened(**DESKTOP)
    try_example(page)
    with proposed(page) as selected:
        page.mouse.click(*place(page, *SEED_HEAD))
    (trimap,) = selected
    assert trimap.shape == (650, 550) and trimap[228, 275] == 255 and trimap[640, 30] == 0
    with proposed(page) as corrected:
        page.mouse.dblclick(*place(page, *MEADOW))  # one correction, not two
    assert corrected[0][585, 55] == 255
    with proposed(page) as corrected:
        page.wait_for_timeout(450)  # or it would be a double click
        page.mouse.click(*place(page, *MEADOW))
    assert corrected[0][585, 55] == 0  # what is selected is removed
    for _ in range(3):
        page.keyboard.press("Control+z")
    assert page.is_disabled("#undo") and page.is_disabled("#cut")
    page.wait_for_selector("#overlay", state="hidden")
    with proposed(page) as again:
        page.keyboard.press("Control+Shift+Z")
    np.testing.assert_array_equal(again[0], trimap)


def check_that_all_is_in_reach(page):
    """On a large screen without scrolling, on a phone without scrolling sideways; targets fit a finger."""
    width, height = page.viewport_size.values()
    is_phone = width < 600
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert is_phone or page.evaluate("document.documentElement.scrollHeight") <= height
    for control in page.locator(CONTROLS).all():
        if control.is_visible():
            at, name = control.bounding_box(), control.evaluate("element => element.outerHTML.slice(0, 80)")
            assert min(at["width"], at["height"]) >= TARGET - 0.5, name
            assert at["x"] >= 0 and at["x"] + at["width"] <= width, name
            assert is_phone or (at["y"] >= 0 and at["y"] + at["height"] <= height), name


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_everything_is_in_reach(opened, device):
    page = opened(**device)
    check_that_all_is_in_reach(page)
    try_example(page)
    for tool in ("select", "box", "unknown"):
        choose(page, tool)
        check_that_all_is_in_reach(page)
        cut = page.locator("#cut").bounding_box()
        assert cut["y"] + cut["height"] <= page.viewport_size["height"]  # without scrolling, also on a phone


@pytest.mark.matrix
def test_on_a_phone_the_result_comes_into_view(opened):
    page = opened(**PHONE)
    try_example(page)
    with proposed(page):
        page.touchscreen.tap(*place(page, *SEED_HEAD))
    page.tap("#cut")
    page.wait_for_selector("#result:not([hidden])", timeout=60_000)
    check_that_all_is_in_reach(page)
    result = page.locator("#download-cutout").bounding_box()
    assert 0 <= result["y"] <= page.viewport_size["height"] - result["height"]


@pytest.mark.matrix
def test_strokes_are_where_they_were_painted_at_any_zoom_and_can_be_erased(opened):
    page = opened(**DESKTOP)
    try_example(page)
    with proposed(page) as given:
        page.set_input_files("#trimap", SAMPLES / "dandelion_trimap.png")
    assert (given[0][140:190, 110:170] != 0).all()
    at = np.rint(place(page, 0.25, 0.25))  # the wheel's events know whole pixels only
    page.mouse.move(*at)
    before = page.locator("#shown").bounding_box()
    for _ in range(9):
        page.mouse.wheel(0, -150)
    after = page.locator("#shown").bounding_box()
    magnified = after["width"] / 550
    assert magnified > 8
    for axis, start in enumerate("xy"):  # what is under the mouse stays there
        shares = [(at[axis] - box[start]) / box["width"] for box in (before, after)]
        assert shares[0] == pytest.approx(shares[1], abs=1e-4)
    choose(page, "background")
    page.locator("#size").fill("40")
    with proposed(page) as painted:
        drag(page, (0.25, 0.25), (0.26, 0.25))
    rows, columns = np.nonzero(painted[0][140:190, 110:170] == 0)
    expected = 137.5 - 20 / magnified, 143 + 20 / magnified, 162.5 - 20 / magnified, 162.5 + 20 / magnified
    found = columns.min() + 110, columns.max() + 111, rows.min() + 140, rows.max() + 141
    np.testing.assert_allclose(found, expected, atol=1)
    choose(page, "erased")
    with proposed(page) as erased:
        drag(page, (0.245, 0.25), (0.265, 0.25))
    np.testing.assert_array_equal(erased[0], given[0])
    with proposed(page) as undone:
        page.click("#undo")
    np.testing.assert_array_equal(undone[0], painted[0])

    before = page.locator("#shown").bounding_box()
    page.mouse.move(600, 400)
    page.keyboard.down(" ")  # for the photograph, not for the button that has the focus
    page.mouse.down()
    page.mouse.move(650, 420)
    page.mouse.up()
    page.keyboard.up(" ")
    after = page.locator("#shown").bounding_box()
    np.testing.assert_allclose((after["x"] - before["x"], after["y"] - before["y"]), (50, 20), atol=0.5)
    assert page.is_enabled("#redo")  # nothing was painted
    page.click("#fit")
    page.set_viewport_size({"width": 1100, "height": 700})
    stage, shown = page.locator("#stage").bounding_box(), page.locator("#shown").bounding_box()
    assert shown["height"] == pytest.approx(stage["height"], abs=1)  # of the smaller window
    page.keyboard.press("+")
    page.click("#zoom-in")
    page.click("#zoom-out")
    page.keyboard.press("0")
    assert page.locator("#shown").bounding_box() == shown


@pytest.mark.matrix
def test_the_box_has_handles_for_mouse_and_keyboard_and_all_of_it_is_undone(opened):
    page = opened(**DESKTOP)
    try_example(page)
    choose(page, "box")
    with proposed(page):
        drag(page, (0.2, 0.2), (0.8, 0.6))
    drawn = ["110", "130", "330", "260"]
    assert box_of(page) == drawn
    drag(page, (0.5, 0.4), (0.6, 0.5))  # the inside moves it
    assert box_of(page) == ["165", "195", "330", "260"]
    drag(page, (0.5, 0.5), (0.9, 0.5))
    assert box_of(page) == ["220", "195", "330", "260"]  # not beyond the photograph
    drag(page, (1, 0.7), (0.8, 0.8))  # the lower right corner
    assert box_of(page) == ["220", "195", "220", "325"]
    drag(page, (0.4, 0.55), (0.3, 0.9))  # the left edge moves sideways only
    assert box_of(page) == ["165", "195", "275", "325"]
    page.focus("#frame [data-edges=n]")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("ArrowLeft")
    assert box_of(page) == ["165", "184", "275", "336"]
    page.focus("#frame [data-edges=nesw]")
    page.keyboard.press("Shift+ArrowRight")
    assert box_of(page) == ["175", "184", "275", "336"]
    page.fill("#box-width", "200")
    page.keyboard.press("Tab")
    assert box_of(page) == ["175", "184", "200", "336"]
    page.focus("#box-width")
    page.keyboard.press("Control+z")  # also in a field
    assert box_of(page) == ["175", "184", "275", "336"]
    for _ in range(2):
        page.click("#undo")
    assert box_of(page) == ["165", "195", "275", "325"]  # arrow keys that follow each other are one step
    for _ in range(4):
        page.click("#undo")
    assert box_of(page) == drawn
    with proposed(page):
        page.set_input_files("#trimap", SAMPLES / "dandelion_trimap.png")
    assert box_of(page) == [""] * 4 and page.inner_text("#trimap-name") == "dandelion_trimap.png"
    with proposed(page):
        page.click("#undo")
    assert box_of(page) == drawn and page.is_hidden("#given-trimap")
    page.click("#clear")
    page.wait_for_selector("#overlay", state="hidden")
    assert page.is_disabled("#cut")
    page.click("#undo")
    assert box_of(page) == drawn


def swipe(page, start, end):
    """Move a finger, as Chromium knows it from a touchscreen: it decides what scrolls."""
    session = page.context.new_cdp_session(page)

    def touch(kind, *points):
        session.send(
            "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]}
        )

    touch("touchStart", start)
    for share in np.linspace(0, 1, 12)[1:]:
        touch("touchMove", tuple(np.add(np.multiply(start, 1 - share), np.multiply(end, share))))
        page.wait_for_timeout(16)
    touch("touchEnd")
    page.wait_for_timeout(200)


def pinch(page, middle, before, after):
    session = page.context.new_cdp_session(page)

    def touch(kind, distance=None):
        x, y = middle
        points = [] if distance is None else [{"x": x - distance, "y": y}, {"x": x + distance, "y": y}]
        for number, point in enumerate(points):
            point["id"] = number
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", before)
    for distance in np.linspace(before, after, 10):
        touch("touchMove", distance)
        page.wait_for_timeout(16)
    touch("touchEnd")
    page.wait_for_timeout(100)


@pytest.mark.matrix
def test_on_a_phone_a_swipe_scrolls_unless_a_brush_is_chosen_and_two_fingers_zoom(opened):
    page = opened(**PHONE)
    try_example(page)
    page.evaluate("document.body.style.paddingBottom = '30rem'")  # something to scroll to
    upwards = (0.5, 0.8), (0.5, 0.2)
    for tool in ("select", "move"):
        choose(page, tool)
        page.evaluate("scrollTo(0, 0)")
        swipe(page, *(place(page, *point) for point in upwards))
        assert page.evaluate("scrollY") > 50 and page.is_disabled("#undo")
    page.evaluate("scrollTo(0, 0)")
    choose(page, "select")
    with proposed(page) as selected:
        page.touchscreen.tap(*place(page, *SEED_HEAD))
    assert selected[0][228, 275] == 255

    choose(page, "background")
    with proposed(page) as painted:
        swipe(page, place(page, 0.1, 0.8), place(page, 0.1, 0.2))
    assert page.evaluate("scrollY") == 0
    assert (painted[0][140:510, 55] == 0).all()

    whole = page.locator("#shown").bounding_box()
    for tool in ("background", "select"):
        choose(page, tool)
        middle, scrolled = place(page, 0.5, 0.5), page.evaluate("scrollY")
        pinch(page, middle, 30, 90)
        zoomed = page.locator("#shown").bounding_box()
        assert zoomed["width"] > 2 * whole["width"]
        np.testing.assert_allclose(place(page, 0.5, 0.5), middle, atol=2)
        assert page.evaluate("[visualViewport.scale, scrollY]") == [1, scrolled]
        swipe(page, middle, np.add(middle, (0, 60)))  # moves what is magnified
        if tool == "select":
            np.testing.assert_allclose(place(page, 0.5, 0.5), np.add(middle, (0, 60)), atol=8)
            assert page.evaluate("scrollY") == scrolled
        page.click("#fit")
    with proposed(page):
        page.click("#undo")  # the stroke of the second swipe; pinches left none
    with proposed(page) as undone:
        page.click("#undo")
    np.testing.assert_array_equal(undone[0], selected[0])


@pytest.mark.matrix
def test_the_newest_change_wins_and_the_server_is_not_asked_for_each(opened):
    page = opened(**DESKTOP)
    try_example(page)
    asked = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/trimap") else None)
    choose(page, "foreground")
    for row in range(10):
        drag(page, (0.4, 0.3 + row / 100), (0.6, 0.3 + row / 100))
    with page.expect_response("**/trimap", timeout=60_000):
        page.click("#undo")
    expect(page.locator("#state")).to_contain_text("Dark is removed")
    assert len(asked) < 6
    choose(page, "background")
    page.click("#clear")
    drag(page, (0.1, 0.9), (0.2, 0.9))
    expect(page.locator("#state")).to_contain_text("Only what to remove")
    assert page.is_hidden("#overlay") and not page.locator("#state.fault").count()


@pytest.mark.matrix
def test_a_large_photograph_is_selected_in_small(opened):
    large = cv2.resize(cv2.imread(str(SAMPLES / "dahlia.jpg")), (3000, 2000), interpolation=cv2.INTER_CUBIC)
    page = opened(**DESKTOP)
    drop(page, "dahlia.jpg", cv2.imencode(".jpg", large)[1].tobytes())
    page.wait_for_selector("#editor:not([hidden])")
    with proposed(page) as selected:
        page.mouse.click(*place(page, 0.5, 0.5))
    assert selected[0].shape == (1365, 2048) and selected[0][682, 1024] == 255 and selected[0][20, 20] == 0


@pytest.mark.matrix
def test_the_page_works_with_a_token_and_does_not_keep_it_in_its_address(chromium, server, monkeypatch):
    with running("indexnet_base", token="open-sesame") as guarded:
        page = chromium.new_page()
        page.goto(guarded.url)
        assert page.inner_text("body") == access.NO_TOKEN
        page.goto(f"{guarded.url}/?token=open-sesame")
        expect(page.locator("#limits")).to_contain_text("MB")
        assert page.url == f"{guarded.url}/" and page.evaluate("document.cookie") == ""
        try_example(page)
        with proposed(page):
            page.mouse.click(*place(page, *SEED_HEAD))
        page.reload()
        page.wait_for_selector("#example")
        page.context.clear_cookies()
        assert page.reload().status == 403
        page.close()


def test_the_example_is_a_sample_whose_licence_is_told():
    example = Path(access.__file__).parent / "page" / "example.jpg"
    assert example.read_bytes() == (SAMPLES / "dandelion.jpg").read_bytes()
    assert example.stat().st_size < 150_000
