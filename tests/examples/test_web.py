"""`examples/web`: the page without a server, in a real Chromium, beside what the package computes."""

import base64
import functools
import http.server
import importlib.util
import io
import shutil
import threading
from contextlib import contextmanager
from pathlib import Path

import cv2
import keras
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

from keras_indexnet import data, inference
from keras_indexnet.errors import IndexNetError
from keras_indexnet.web import read_upload

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = playwright.expect

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "datasets" / "samples"
MAX_PIXELS = 400_000  # of a tile, in device/network.js
# Asks as the page does, with files in base64, and tells what was answered.
ASK = """async ([task, files, texts]) => {
    const { ask } = await import("./back_end.js");
    const form = new FormData();
    for (const [name, content] of Object.entries(files)) {
        form.set(name, new Blob([Uint8Array.from(atob(content), (character) => character.charCodeAt(0))]));
    }
    for (const [name, text] of Object.entries(texts)) form.set(name, text);
    const shares = [];
    let answer;
    try {
        answer = await ask(task, form, (share) => shares.push(share));
    } catch (error) {
        return { detail: error.message, isAboutMarks: error.isAboutMarks ?? false };
    }
    const told = { notes: answer.notes, shares };
    for (const name of ["trimap", "alpha", "cutout"]) {
        if (!(name in answer)) continue;
        const bytes = new Uint8Array(await answer[name].arrayBuffer());
        told[name] = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
    }
    return told;
}"""


def loaded(path):
    specification = importlib.util.spec_from_file_location("build_web", path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


build_web = loaded(ROOT / "examples" / "web" / "build.py")


def built(folder, network):
    if shutil.which("npm") is None:
        pytest.skip("there is no npm")
    try:
        build_web.build(folder, network)
    except IndexNetError as error:
        if "npm" in str(error):
            pytest.skip(f"packages cannot be fetched: {error}")
        raise
    return folder


@contextmanager
def hosted(folder):
    """Serve a folder as any static host does; yields the address, and a list of what is asked for."""
    seen = []

    class Noted(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            seen.append(self.path)

    handler = functools.partial(Noted, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", seen
        server.shutdown()


@pytest.fixture(scope="module")
def chromium():
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def small_site(exported, tmp_path_factory):
    """The page with the small network, which selects as any other."""
    file, _ = exported("onnx")
    with hosted(built(tmp_path_factory.mktemp("small") / "page", file)) as (address, _):
        yield address


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The page as `make web` writes it."""
    network = tmp_path_factory.mktemp("network") / "network.onnx"
    build_web.export("indexnet_light", network)
    with hosted(built(tmp_path_factory.mktemp("site") / "page", network)) as (address, _):
        yield address


def opened(chromium, address, complaints, **device):
    """A page that is ready, in a context of its own; what it complains about is added to a list."""
    page = chromium.new_context(**device).new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(address)
    expect(page.locator("#limits")).to_contain_text("MB", timeout=30_000)
    return page


@pytest.fixture(scope="module")
def small_page(chromium, small_site):
    complaints = []
    page = opened(chromium, small_site, complaints, **DESKTOP)
    yield page
    page.context.close()
    assert complaints == []


def asked(page, task, photograph, box=None, **pictures):
    files = {"photograph": photograph, **pictures}
    files = {name: base64.b64encode(content).decode() for name, content in files.items() if content is not None}
    return page.evaluate(ASK, [task, files, {} if box is None else {"box": box}])


def painted(shape, *strokes):
    """Marks as the page sends them: each stroke is a level, a width, and points as shares of the sides."""
    height, width = shape
    levels, opacity = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
    for level, thickness, *points in strokes:
        line = np.int32([[x * (width - 1), y * (height - 1)] for x, y in points])
        for layer, value in ((levels, level), (opacity, 255)):
            cv2.polylines(layer, [line], False, value, thickness)
    return png(np.dstack([levels, levels, levels, opacity]))


def png(picture):
    return cv2.imencode(".png", picture)[1].tobytes()


@functools.cache
def sample(name):
    (path,) = (path for path in SAMPLES.glob(f"{name}.*") if path.suffix in (".jpg", ".png"))
    return path.read_bytes(), data.read_image(path).shape[:2]


def click_on(x, y, level=255):
    return level, 12, (x, y), (x, y)


RING = (128, 40, (0.2, 0.2), (0.8, 0.2), (0.8, 0.9), (0.2, 0.9), (0.2, 0.2))
SELECTIONS = {  # a photograph, a box, strokes
    "box": ("astronaut", "8,3,504,509", ()),
    "click": ("dandelion", None, (click_on(*SEED_HEAD),)),
    "strokes": ("hopper", None, ((255, 20, (0.4, 0.3), (0.5, 0.8)), (0, 20, (0.05, 0.1), (0.1, 0.7)))),
    "band": ("chelsea", None, (RING,)),
    "corrected box": (
        "astronaut",
        "8,3,504,509",
        (
            (0, 14, (0.82, 0.57), (0.97, 0.57)),
            (255, 14, (0.2, 0.6), (0.5, 0.75)),
            (128, 30, (0.3, 0.2), (0.5, 0.05)),
        ),
    ),
    "corrected click": ("dandelion", None, (click_on(*SEED_HEAD), click_on(*MEADOW), click_on(0.2, 0.2, 0))),
    "clicked cat": ("chelsea", None, (click_on(0.5, 0.5),)),
    "clicked flower": ("dahlia", None, (click_on(0.5, 0.5),)),
    "boxed flower": ("dahlia", "150,20,380,380", ()),
    "box outside": ("hopper", "-20,30,700,700", ()),
    "small box": ("hopper", "200,200,2,2", ()),
    "gap": ("hopper", None, ((0, 12, (0.1, 0.9), (0.1, 0.1), (0.9, 0.1), (0.9, 0.87)), click_on(0.5, 0.5))),
    "closed white": (
        "hopper",
        None,
        ((255, 8, (0.3, 0.3), (0.6, 0.3), (0.6, 0.7), (0.3, 0.3)), click_on(0, 0, 0)),
    ),
    "nothing": ("hopper", None, ()),
    "only removed": ("hopper", None, (click_on(0.1, 0.1, 0),)),
    "open band": ("hopper", None, (RING[:5],)),
    "box beyond": ("hopper", "2000,0,10,10", ()),
    "all removed": ("hopper", "100,100,300,400", ((0, 600, (0, 0.5), (1, 0.5)),)),
}
FEW = ("boxed flower", "strokes", "band", "box beyond")


@pytest.mark.parametrize(
    "selection",
    [pytest.param(name, marks=[] if name in FEW else pytest.mark.matrix) for name in SELECTIONS],
)
def test_trimaps_and_refusals_are_those_of_the_package(small_page, selection):
    name, box, strokes = SELECTIONS[selection]
    photograph, shape = sample(name)
    marks = painted(shape, *strokes) if strokes else None
    check_that_both_agree(small_page, photograph, box, marks=marks)


def check_that_both_agree(page, photograph, box=None, **pictures):
    answer = asked(page, "trimap", photograph, box, **pictures)
    try:
        expected = read_upload(photograph, box, **pictures)
    except IndexNetError as error:
        assert answer == {"detail": str(error), "isAboutMarks": True}
        return
    assert answer.get("notes") == expected.notes, answer
    trimap = decoded(answer["trimap"])
    np.testing.assert_array_equal(trimap, expected.trimap)


TRIMAPS = {
    "as it is": lambda trimap: trimap,
    "smaller": lambda trimap: cv2.resize(trimap, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_NEAREST),
    "soft": lambda trimap: cv2.blur(trimap, (5, 5)),
    "of other proportions": lambda trimap: trimap[:200],
    "without unknown": lambda trimap: np.where(trimap == 255, 255, 0).astype(np.uint8),
    "of small numbers": lambda trimap: (trimap // 100).astype(np.uint8),
    "transparent": lambda trimap: np.dstack([np.full((*trimap.shape, 3), 255, np.uint8), trimap]),
    "a photograph": lambda trimap: cv2.imread(str(SAMPLES / "hopper.jpg")),
    "a grey photograph": lambda trimap: cv2.imread(str(SAMPLES / "hopper.jpg"), cv2.IMREAD_GRAYSCALE),
}


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param("soft"),
        *(pytest.param(kind, marks=pytest.mark.matrix) for kind in TRIMAPS if kind != "soft"),
    ],
)
def test_trimaps_of_ones_own_are_read_as_by_the_package(small_page, kind):
    photograph, shape = sample("hopper")
    trimap = cv2.imread(str(SAMPLES / "hopper_trimap.png"), cv2.IMREAD_GRAYSCALE)
    marks = painted(shape, (0, 20, (0.1, 0.1), (0.9, 0.1)))
    check_that_both_agree(small_page, photograph, marks=marks, trimap=png(TRIMAPS[kind](trimap)))


def test_a_photograph_is_turned_as_it_says(small_page):
    turned, stream = Image.Exif(), io.BytesIO()
    turned[0x0112] = 6  # the orientation: a quarter to the right
    Image.open(SAMPLES / "dahlia.jpg").save(stream, "jpeg", exif=turned)
    check_that_both_agree(small_page, stream.getvalue(), "20,150,380,380")


def test_what_is_no_picture_is_refused_in_a_sentence(small_page):
    answer = asked(small_page, "trimap", b"these are words", "1,1,5,5")
    assert answer["detail"] == "The photograph is not an image that can be read, or it is damaged."


def test_it_sends_nothing_and_works_without_a_network(chromium, tmp_path, exported):
    file, _ = exported("onnx")
    complaints, requested = [], []
    with hosted(built(tmp_path / "page", file)) as (address, seen):
        page = opened(chromium, address, complaints, **DESKTOP)
        assert page.inner_text("#where") == "Nothing leaves this device."
        assert page.evaluate("crossOriginIsolated")
        try_example(page)
        draw_ring_and_cut_out(page)  # by then everything is there
        page.on("request", lambda request: requested.append(request.url))
        seen.clear()
        drop(page, "Eileen Collins.png", shrunk("astronaut"))
        page.wait_for_selector("#result", state="hidden")
        draw_ring_and_cut_out(page)
        name, alpha = downloaded(page, "#download-alpha")
        assert name == "Eileen Collins_alpha.png" and alpha.shape == (256, 256)
        assert alpha[128, 128] == 255 and alpha[5, 5] == 0 and np.unique(alpha).size > 9
        name, cutout = downloaded(page, "#download-cutout")
        assert name == "Eileen Collins_cutout.png"
        np.testing.assert_array_equal(cutout[..., 3], alpha)
        assert seen == [] and all(url.startswith("blob:") for url in requested)
    page.context.set_offline(True)  # and the host is gone, too
    page.reload()
    try_example(page)
    draw_ring_and_cut_out(page)
    page.context.close()
    assert complaints == []


def draw_ring_and_cut_out(page):
    choose(page, "unknown")
    with selected(page):
        drag(page, (0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8), (0.2, 0.2))
    page.click("#cut")
    page.wait_for_selector("#result:not([hidden])", timeout=60_000)
    assert page.inner_text("#state").startswith("Done.")


@contextmanager
def selected(page):
    yield
    expect(page.locator("#state")).to_contain_text("Dark is removed", timeout=30_000)


def shrunk(name, side=256):
    stream = io.BytesIO()
    Image.open(io.BytesIO(sample(name)[0])).resize((side, side), Image.Resampling.BOX).save(stream, "png")
    return stream.getvalue()


@pytest.mark.matrix
def test_it_works_without_a_service_worker(chromium, small_site):
    complaints = []
    page = opened(chromium, small_site, complaints, service_workers="block")
    assert not page.evaluate("crossOriginIsolated")
    answer = asked(page, "cutout", sample("dahlia")[0], "150,20,380,380")
    assert decoded(answer["alpha"]).shape == (427, 640)
    page.context.close()
    assert complaints == []


@pytest.mark.matrix
def test_what_could_not_be_loaded_is_said_and_tried_again(chromium, small_site):
    page = opened(chromium, small_site, [], service_workers="block")
    page.route("**/device/network.onnx", lambda route: route.abort())
    page.reload()
    expect(page.locator("#limits")).to_contain_text("MB")
    try_example(page)
    choose(page, "unknown")
    with selected(page):
        drag(page, (0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8), (0.2, 0.2))
    page.click("#cut")
    expect(page.locator("#state.fault")).to_contain_text("could not be loaded", timeout=30_000)
    page.unroute("**/device/network.onnx")
    page.click("#cut")
    page.wait_for_selector("#result:not([hidden])", timeout=60_000)
    page.context.close()


@pytest.mark.matrix
def test_a_click_on_a_phone_cuts_out(chromium, site):
    complaints = []
    page = opened(chromium, site, complaints, **PHONE)
    try_example(page)
    with selected(page):
        page.touchscreen.tap(*place(page, *SEED_HEAD))
    page.tap("#cut")
    page.wait_for_selector("#result:not([hidden])", timeout=60_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["viewport"]["width"]
    _, alpha = downloaded(page, "#download-alpha")
    assert alpha.shape == (650, 550) and alpha[228, 275] == 255 and alpha[640, 30] == 0
    page.context.close()
    assert complaints == []


@pytest.mark.matrix
@pytest.mark.parametrize(
    ("name", "scale"), [("astronaut", 1), ("chelsea", 1), ("dandelion", 1), ("astronaut", 2)]
)
def test_alpha_is_that_of_keras(chromium, site, light, portable_resizing, name, scale):
    complaints = []
    page = opened(chromium, site, complaints)
    photograph, _ = sample(name)
    trimap = (SAMPLES / f"{name}_trimap.png").read_bytes()
    if scale > 1:  # so that there are tiles
        image = cv2.imdecode(np.frombuffer(photograph, np.uint8), cv2.IMREAD_COLOR)
        photograph = png(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC))
    answer = asked(page, "cutout", photograph, trimap=trimap)
    assert len(answer["shares"]) > 1 if scale > 1 else answer["shares"] == []
    image = data.read_image(io.BytesIO(photograph))
    expected = inference.predict_alpha(light, image, decoded(answer["trimap"]), max_pixels=MAX_PIXELS)
    alpha = decoded(answer["alpha"])
    assert np.abs(alpha / 255 - expected).max() < 1e-2
    cutout = decoded(answer["cutout"])
    np.testing.assert_array_equal(cutout[..., 3], alpha)
    opaque = alpha == 255
    np.testing.assert_array_equal(cutout[opaque, 2::-1], image[opaque])
    page.context.close()
    assert complaints == []


@pytest.fixture(scope="module")
def light():
    """The preset in Keras, clipped as an exported file is: before alpha is resized."""
    network = inference.open_model("indexnet_light")
    return lambda batch, training: keras.ops.clip(network(batch, training=training), 0.0, 1.0)


@pytest.fixture
def portable_resizing():
    """Intel's library rounds colours otherwise than OpenCV itself, which changes alpha by up to 0.02."""
    before = cv2.ipp.useIPP()
    cv2.ipp.setUseIPP(False)
    yield
    cv2.ipp.setUseIPP(before)
