"""The automatic selection of the subject, by a small model in rembg's place for one."""

import sys

import cv2
import numpy as np
import pytest

from keras_indexnet import inference
from keras_indexnet.data import trimap_from_mask
from keras_indexnet.inference.selecting import open_selecting_model

RED, GREY = (220, 40, 30), (60, 60, 60)


def photograph(*squares, size=(300, 400)):
    """Red squares on grey, each at x, y and with a side."""
    image = np.full((*size, 3), GREY, np.uint8)
    for x, y, side in squares:
        image[y : y + side, x : x + side] = RED
    return image


def test_a_subject_is_selected_where_it_is(selecting_model):
    selected = inference.select_subject(photograph((100, 60, 150)), file=selecting_model)
    assert selected.shape == (300, 400) and selected.dtype == np.uint8
    expected = np.zeros((300, 400), bool)
    expected[60:210, 100:250] = True
    assert (selected[cv2.erode(expected.astype(np.uint8), np.ones((9, 9))) > 0] == 255).all()
    assert (selected[cv2.dilate(expected.astype(np.uint8), np.ones((9, 9))) == 0] == 0).all()


def test_specks_vanish_and_a_second_subject_stays(selecting_model):
    selected = inference.select_subject(
        photograph((50, 50, 120), (250, 100, 40), (360, 20, 8)), file=selecting_model
    )
    assert selected[110, 110] == selected[120, 270] == 255
    assert not selected[:60, 330:].any()


def test_what_the_model_is_not_sure_of_is_unknown(selecting_model):
    image = photograph((100, 60, 150))
    image[210:250, 100:250] = 104, 60, 60  # less red, below the subject
    selected = inference.select_subject(image, file=selecting_model)
    assert (selected[216:244, 110:240] == 128).all()
    assert (trimap_from_mask(selected)[216:244, 110:240] == 128).all()


def test_a_float_photograph_is_the_same_as_one_of_8_bits(selecting_model):
    image = photograph((100, 60, 150))
    expected = inference.select_subject(image, file=selecting_model)
    np.testing.assert_array_equal(inference.select_subject(image / 255.0, file=selecting_model), expected)


@pytest.mark.parametrize("image", [photograph(), np.zeros((40, 40, 3), np.uint8)], ids=["grey", "black"])
def test_no_subject_is_one_sentence(selecting_model, image):
    with pytest.raises(ValueError, match="No subject was found in the photograph: try another model, or give"):
        inference.select_subject(image, file=selecting_model)


def test_what_is_no_such_model_is_named(tmp_path, selecting_model):
    image = photograph((100, 60, 150))
    with pytest.raises(ValueError, match="rembg has no model 'unet'; it has .*u2net"):
        inference.select_subject(image, "unet")
    with pytest.raises(ValueError, match=r"There is no file .*none\.onnx"):
        inference.select_subject(image, file=tmp_path / "none.onnx")
    (tmp_path / "text.onnx").write_text("no model")
    with pytest.raises(ValueError, match=r"text\.onnx cannot be opened as u2net is: "):
        inference.select_subject(image, file=tmp_path / "text.onnx")
    with pytest.raises(ValueError, match=r"red\.onnx does not run as isnet-general-use does \(--auto names"):
        inference.select_subject(image, "isnet-general-use", selecting_model)


def test_a_model_that_asks_for_a_path_takes_the_file(selecting_model):
    image = photograph((100, 60, 150))
    expected = inference.select_subject(image, "u2net", selecting_model)
    np.testing.assert_array_equal(inference.select_subject(image, "u2net_custom", selecting_model), expected)


def test_a_model_that_cannot_be_fetched_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("REMBG_HOME", str(tmp_path))
    monkeypatch.setenv("U2NET_HOME", str(tmp_path))
    for proxy in ("http_proxy", "https_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(proxy, "http://127.0.0.1:9")  # nobody listens there
    with pytest.raises(ValueError, match="u2net cannot be fetched .*: .* name its file with --auto-model"):
        open_selecting_model("u2net")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize("missing", ["rembg", "onnxruntime"])
def test_without_the_extra_one_sentence_names_it_and_the_other_ways(missing, monkeypatch):
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ImportError) as error:
        open_selecting_model("u2net")
    assert str(error.value) == (
        "Without a trimap, a --mask, a --box or --strokes the subject is selected automatically, which needs "
        f"{missing}: pip install 'keras_indexnet[auto]'."
    )
