"""`keras_indexnet.cutout`: one call from a photograph to a cut-out."""

import io
import sys

import numpy as np
import pytest
from PIL import Image

import keras_indexnet
from keras_indexnet import data, inference
from keras_indexnet.cutting_out.one_call import CutoutWarning

SQUARE = (slice(30, 70), slice(30, 70))


@pytest.fixture
def photo():
    image = np.full((96, 96, 3), 40, np.uint8)
    image[SQUARE] = 220, 60, 30
    return image


@pytest.fixture
def mask():
    mask = np.zeros((96, 96), bool)
    mask[SQUARE] = True
    return mask


@pytest.fixture
def strokes():
    strokes = np.full((96, 96), 128, np.uint8)
    strokes[48:52, 40:60] = 255
    strokes[[5, 90]] = 0
    return strokes


def is_the_square(rgba, margin=8):
    alpha = rgba[..., 3]
    inner, outer = (slice(30 + m, 70 - m) for m in (margin, -margin))
    outside = np.ones(alpha.shape, bool)
    outside[outer, outer] = False
    return bool((alpha[inner, inner] == 255).all() and (alpha[outside] == 0).all())


def test_a_trimap_gives_the_matte_of_predict_alpha(photo, mask, small_tflite):
    trimap = data.trimap_from_mask(mask, width=6)
    model = inference.open_model(small_tflite)
    alpha = inference.predict_alpha(model, photo, trimap, polish=True)
    expected = inference.cutout(inference.estimate_foreground(photo, alpha), alpha)
    np.testing.assert_array_equal(keras_indexnet.cutout(photo, trimap, preset=small_tflite), expected)


def test_every_source_of_a_trimap_finds_the_square(photo, mask, strokes, small_tflite, selecting_model):
    sources = (
        {"mask": mask},
        {"mask": mask / 1.0},
        {"box": (24, 24, 52, 52)},
        {"box": "25%,25%,54%,54%"},
        {"strokes": strokes},
        {"box": (24, 24, 52, 52), "strokes": strokes},
        {"auto_model": selecting_model},
    )
    for source in sources:
        rgba = keras_indexnet.cutout(photo, preset=small_tflite, width=4, **source)
        assert rgba.dtype == np.uint8 and is_the_square(rgba), source


def test_strokes_correct_whatever_else_is_given(photo, mask, small_tflite, selecting_model):
    """Here they add what each source has missed: a second square, of another colour."""
    photo = photo.copy()
    photo[35:60, 80:92] = 250, 250, 20
    strokes = np.full((96, 96), 128, np.uint8)
    strokes[40:55, 84:88] = 255
    trimap = data.trimap_from_mask(mask, width=4)
    for source in (
        {"trimap": trimap},
        {"mask": mask},
        {"box": (24, 24, 52, 52)},
        {"auto_model": selecting_model},
    ):
        alphas = [
            keras_indexnet.cutout(photo, preset=small_tflite, width=4, strokes=given, **source)[..., 3]
            for given in (None, strokes)
        ]
        assert [alpha[47, 86] for alpha in alphas] == [0, 255], source
        there = [alpha[:, :60].astype(int) for alpha in alphas]  # but for polishing, which sees all of it
        assert np.abs(there[0] - there[1]).max() < 10


def test_files_streams_and_pillows_pictures_are_arrays(tmp_path, photo, mask, small_tflite):
    trimap = data.trimap_from_mask(mask, width=6)
    expected = keras_indexnet.cutout(photo, trimap, preset=small_tflite)
    for name, picture in (("photo", photo), ("trimap", trimap)):
        data.write_image(tmp_path / f"{name}.png", picture)
    files = tmp_path / "photo.png", str(tmp_path / "trimap.png")
    np.testing.assert_array_equal(keras_indexnet.cutout(*files, preset=small_tflite), expected)
    streams = [io.BytesIO((tmp_path / f"{name}.png").read_bytes()) for name in ("photo", "trimap")]
    np.testing.assert_array_equal(keras_indexnet.cutout(*streams, preset=small_tflite), expected)
    of_pillow = keras_indexnet.cutout(*map(Image.open, files), preset=small_tflite)
    assert isinstance(of_pillow, Image.Image) and of_pillow.mode == "RGBA"
    np.testing.assert_array_equal(np.asarray(of_pillow), expected)


def test_a_picture_of_pillows_is_turned_upright_as_its_file_is(tmp_path, photo, small_tflite):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    Image.fromarray(photo[:, :80]).save(tmp_path / "turned.jpg", exif=exif, quality=100)
    given = {"box": (20, 24, 52, 52), "width": 2, "preset": small_tflite}
    of_file = keras_indexnet.cutout(tmp_path / "turned.jpg", **given)
    of_pillow = keras_indexnet.cutout(Image.open(tmp_path / "turned.jpg"), **given)
    assert of_file.shape == (80, 96, 4)
    np.testing.assert_array_equal(np.asarray(of_pillow), of_file)


@pytest.mark.parametrize(
    "background", ["#102030", (16, 32, 48), np.full((9, 9, 3), (16, 32, 48), np.uint8)], ids=type
)
def test_a_background_gives_a_composite(photo, mask, small_tflite, background):
    composite = keras_indexnet.cutout(photo, mask=mask, preset=small_tflite, width=3, background=background)
    assert composite.shape == (96, 96, 3)
    assert (composite[:20] == (16, 32, 48)).all()
    assert (composite[40:60, 40:60] == (220, 60, 30)).all()


def test_the_network_stays_open_until_its_file_changes(tmp_path, photo, mask, small_tflite):
    network = tmp_path / "network.tflite"
    network.write_bytes(small_tflite.read_bytes())
    first = keras_indexnet.cutout(photo, mask=mask, preset=network, width=6)
    np.testing.assert_array_equal(keras_indexnet.cutout(photo, mask=mask, preset=network, width=6), first)
    network.write_text("no network any more")
    with pytest.raises(ValueError, match="cannot be opened"):
        keras_indexnet.cutout(photo, mask=mask, preset=network, width=6)


def test_what_was_changed_is_warned_of(photo, mask, small_tflite):
    with pytest.warns(CutoutWarning, match="The mask was resized from 48 x 48 to 96 x 96 pixels"):
        keras_indexnet.cutout(photo, mask=mask[::2, ::2], preset=small_tflite)


def test_without_pymatting_the_colours_are_the_photographs(photo, mask, small_tflite, monkeypatch):
    monkeypatch.setitem(sys.modules, "pymatting", None)
    with pytest.warns(CutoutWarning, match="keeps the photograph's colours"):
        rgba = keras_indexnet.cutout(photo, mask=mask, preset=small_tflite)
    np.testing.assert_array_equal(rgba[..., :3], photo)


WRONG = {
    "two sources": ({"mask": True, "box": (1, 1, 9, 9)}, "There are a mask and a box; only one"),
    "box in words": ({"box": "middle"}, "A box is x,y,width,height"),
    "background": ({"mask": True, "background": "nocolour"}, "nor one of blur, checkerboard"),
    "no weights": ({"mask": True, "preset": "none.keras"}, "There are no weights 'none.keras'"),
    "mask of another picture": ({"mask": np.eye(50, 90)}, "The mask is 90 x 50 pixels, but"),
    "a picture as trimap": ({"trimap": "photo.png"}, "photo.png is a picture in colour, not a trimap"),
}


@pytest.mark.parametrize(("given", "message"), WRONG.values(), ids=WRONG)
def test_wrong_input_is_one_sentence(tmp_path, photo, mask, monkeypatch, given, message):
    monkeypatch.chdir(tmp_path)
    data.write_image("photo.png", photo)
    if given.get("mask") is True:
        given = given | {"mask": mask}
    with pytest.raises(keras_indexnet.IndexNetError, match=message):
        keras_indexnet.cutout(photo, **given)
