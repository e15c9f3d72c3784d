"""Mattes of photographs of all types and sizes, and what is made of them."""

import cv2
import numpy as np
import pytest

from keras_indexnet import inference, models
from keras_indexnet.data import drawn_photograph, standardize_trimap


@pytest.fixture(scope="module")
def photograph():
    return drawn_photograph(size=100)  # no multiple of 32


def trimap_as_alpha(inputs, training):
    """A stand-in for a network whose alpha is known: the trimap itself."""
    assert inputs.shape[1] % 32 == inputs.shape[2] % 32 == 0
    return inputs[..., 3:] / 255.0


def red_as_alpha(inputs, training):
    return inputs[..., :1] / 255.0


def test_alpha_has_the_photographs_size_and_the_trimaps_known_values(photograph):
    alpha = inference.predict_alpha(trimap_as_alpha, photograph.image, photograph.trimap)
    assert alpha.shape == (100, 100)
    assert alpha.dtype == np.float32
    assert (alpha[photograph.trimap == 0] == 0).all()
    assert (alpha[photograph.trimap == 255] == 1).all()
    assert ((alpha >= 0) & (alpha <= 1)).all()
    inside = photograph.trimap[30:-30, 30:-30] == 128
    assert abs(np.median(alpha[30:-30, 30:-30][inside]) - 128 / 255) < 0.01


def test_a_trimap_without_unknown_pixels_is_the_alpha(photograph):
    known = np.where(photograph.alpha > 127, 255, 0).astype(np.uint8)
    alpha = inference.predict_alpha(None, photograph.image, known)
    np.testing.assert_array_equal(alpha, known / np.float32(255))


BAD_INPUTS = {
    "grey image": (lambda image, trimap: (image[..., 0], trimap), r"\(H, W, 3\)"),
    "floats to 255": (lambda image, trimap: (image.astype(float), trimap), r"\[0, 1\].* to 255"),
    "NaN": (lambda image, trimap: (np.where(image > 90, image / 255.0, np.nan), trimap), "no NaN, .* from nan"),
    "signed": (lambda image, trimap: (image.astype(int), trimap), "is int64, .* to uint8 if that is 255"),
    "list": (lambda image, trimap: ([image, image], trimap), "one array .* not list"),
    "smaller trimap": (lambda image, trimap: (image, trimap[::2, ::2]), "one size"),
    "classes as trimap": (lambda image, trimap: (image, trimap // 127), "values reach only 2; it should"),
    "photograph as trimap": (lambda image, trimap: (image, image[..., 0]), "a picture in grey, not a trimap"),
    "mask as trimap": (lambda image, trimap: (image, trimap > 0), "no unknown pixels: paint the hair"),
}


@pytest.mark.parametrize(("spoil", "message"), BAD_INPUTS.values(), ids=BAD_INPUTS)
def test_bad_input_is_named(photograph, spoil, message):
    with pytest.raises(ValueError, match=message):
        inference.predict_alpha(trimap_as_alpha, *spoil(photograph.image, photograph.trimap))


def smoothed(trimap):
    return cv2.GaussianBlur(trimap, (0, 0), 0.6)


def saved_as_jpeg(trimap):
    return cv2.imdecode(cv2.imencode(".jpg", trimap)[1], cv2.IMREAD_GRAYSCALE)


@pytest.mark.parametrize("spoil", [smoothed, saved_as_jpeg, lambda trimap: smoothed(trimap) / 255.0])
def test_a_trimap_of_other_values_is_standardized(photograph, spoil):
    trimap = spoil(photograph.trimap)
    standard, _ = standardize_trimap(trimap, trimap.shape)
    assert not np.isin(trimap, (0, 128, 255)).all()
    with pytest.warns(inference.StandardizedTrimapWarning, match="holds other values than 0, 128 and 255"):
        alpha = inference.predict_alpha(red_as_alpha, photograph.image, trimap)
    np.testing.assert_array_equal(alpha, inference.predict_alpha(red_as_alpha, photograph.image, standard))


@pytest.mark.parametrize("dtype", ["uint16", "float16", "float32", "float64"])
def test_an_image_may_have_16_bits_or_be_of_floats(photograph, dtype):
    image = photograph.image[:64, :96]  # multiples of 32: nothing is interpolated
    trimap = photograph.trimap[:64, :96]
    other = image.astype(dtype) * 257 if dtype == "uint16" else (image / 255.0).astype(dtype)
    expected = inference.network_input(image, trimap)
    tolerance = 0.1 if dtype == "float16" else 1e-4
    np.testing.assert_allclose(inference.network_input(other, trimap), expected, atol=tolerance)
    red = inference.predict_alpha(red_as_alpha, image, trimap)
    np.testing.assert_allclose(inference.predict_alpha(red_as_alpha, other, trimap), red, atol=1e-3)


def test_floats_that_are_interpolated_stay_in_range():
    image = np.zeros((40, 40, 3), np.float32)
    image[:, 20:] = 1.0  # cubic interpolation overshoots at this edge
    inputs = inference.network_input(image, np.full((40, 40), 128, np.uint8))
    assert inputs.min() >= 0.0
    assert inputs.max() <= 255.0


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (31, 7), (33, 65)])
def test_photographs_of_odd_sizes_are_computed(size):
    image = np.full((*size, 3), 51, np.uint8)
    trimap = np.full(size, 128, np.uint8)
    for max_pixels in (inference.MAX_PIXELS, 64 * 64):
        alpha = inference.predict_alpha(red_as_alpha, image, trimap, max_pixels=max_pixels)
        np.testing.assert_allclose(alpha, np.full(size, 0.2), atol=1e-6)


def test_bilinear_upsampling_which_keras_computes_at_known_sizes_only_takes_several():
    """From the second size on TensorFlow makes one graph for all."""
    network = models.matting_model("b6", width=0.35)
    for size in ((32, 64), (96, 64), (64, 32)):
        alpha = inference.predict_alpha(network, np.zeros((*size, 3), np.uint8), np.full(size, 128, np.uint8))
        assert alpha.shape == size


def test_foreground_colours_replace_the_backgrounds_share():
    alpha = np.tile(np.linspace(0, 1, 64), (64, 1))
    red, blue = np.array([200.0, 0, 0]), np.array([0, 0, 200.0])
    image = alpha[..., None] * red + (1 - alpha[..., None]) * blue
    foreground = inference.estimate_foreground(np.rint(image).astype(np.uint8), alpha)
    middle = foreground[:, 24:40].astype(float)
    # The image itself is 100 levels off there.
    assert np.abs(middle - red).mean() < 25


def test_a_cutout_placed_over_a_colour_is_the_composite():
    foreground = np.full((4, 6, 3), 200, np.uint8)
    alpha = np.full((4, 6), 0.25)
    placed = inference.place_over(foreground, alpha, (100, 0, 40))
    np.testing.assert_array_equal(placed, np.broadcast_to([125, 50, 80], (4, 6, 3)))
    assert inference.cutout(foreground, alpha)[0, 0].tolist() == [200, 200, 200, 64]


@pytest.mark.parametrize("shape", [(10, 90, 3), (90, 10, 3), (200, 300, 3)])
def test_a_background_of_any_shape_fills_the_frame(shape):
    background = np.full(shape, 90, np.uint8)
    placed = inference.place_over(np.zeros((40, 50, 3), np.uint8), np.zeros((40, 50)), background)
    np.testing.assert_array_equal(placed, np.full((40, 50, 3), 90))


def test_photograph_and_trimap_are_resized_to_a_multiple_of_32_and_alpha_back(photograph):
    """Lu et al., ICCV 2019: cubic there and back, the trimap by nearest neighbour."""
    image, trimap = photograph.image[:50, :70], photograph.trimap[:50, :70]
    seen = []

    def network(inputs, training):
        seen.append(inputs[0])
        return 1.5 * inputs[..., :1] / 255.0 - 0.25  # leaves [0, 1]

    alpha = inference.predict_alpha(network, image, trimap)
    (inputs,) = seen
    assert inputs.shape == (64, 96, 4)
    np.testing.assert_array_equal(inputs[..., :3], cv2.resize(image, (96, 64), interpolation=cv2.INTER_CUBIC))
    np.testing.assert_array_equal(inputs[..., 3], cv2.resize(trimap, (96, 64), interpolation=cv2.INTER_NEAREST))
    expected = cv2.resize(1.5 * inputs[..., 0] / 255.0 - 0.25, (70, 50), interpolation=cv2.INTER_CUBIC)
    unknown = trimap == 128
    assert unknown.any()
    np.testing.assert_allclose(alpha[unknown], np.clip(expected, 0.0, 1.0)[unknown], atol=1e-6)


def test_flipping_averages_a_networks_left_and_right_mistakes(photograph):
    """A network that adds a ramp from left to right: with the mirrored matte the ramps cancel."""

    def ramp(inputs, training):
        across = np.linspace(-0.2, 0.2, inputs.shape[2], dtype=np.float32)
        return inputs[..., :1] / 255.0 * 0.5 + 0.25 + across[:, np.newaxis]

    def level(inputs, training):
        return inputs[..., :1] / 255.0 * 0.5 + 0.25

    shown = photograph.image, photograph.trimap
    expected = inference.predict_alpha(level, *shown)
    assert np.abs(inference.predict_alpha(ramp, *shown) - expected).max() > 0.1
    np.testing.assert_allclose(inference.predict_alpha(ramp, *shown, flip=True), expected, atol=1e-5)


def test_the_mattes_of_a_photograph_magnified_are_averaged(photograph):
    """A network whose alpha is its input's height over 1000, of a photograph 64 pixels high."""
    image, trimap = photograph.image[:64, :96], photograph.trimap[:64, :96]
    seen = []

    def network(inputs, training):
        seen.append(inputs[0])
        return np.full((*inputs.shape[:3], 1), inputs.shape[1] / 1000, np.float32)

    alpha = inference.predict_alpha(network, image, trimap, scales=(1.0, 1.5, 2.0))
    assert [inputs.shape for inputs in seen] == [(64, 96, 4), (96, 160, 4), (128, 192, 4)]
    twice = cv2.resize(image, (192, 128), interpolation=cv2.INTER_CUBIC)
    np.testing.assert_array_equal(seen[2][..., :3], twice)
    np.testing.assert_allclose(alpha[trimap == 128], 0.096, atol=1e-6)
    np.testing.assert_array_equal(alpha[trimap != 128], trimap[trimap != 128] / 255)


@pytest.mark.parametrize("scales", [(), (0.5,), (1, 5), (float("nan"),), "two", None, 0], ids=str)
def test_scales_that_do_not_magnify_are_named(photograph, scales):
    with pytest.raises(ValueError, match="numbers from 1 to 4"):
        inference.predict_alpha(
            lambda inputs, training: inputs[..., :1], photograph.image, photograph.trimap, scales=scales
        )


@pytest.mark.parametrize(
    "form", [float, np.float32, lambda scale: np.array([scale]), lambda scale: iter([scale])]
)
def test_a_scale_is_a_number_or_several_in_any_form(photograph, form):
    def network(inputs, training):
        return inputs[..., :1] / 255

    image, trimap = photograph.image[:64, :96], photograph.trimap[:64, :96]
    expected = inference.predict_alpha(network, image, trimap, scales=(1.5,))
    np.testing.assert_array_equal(inference.predict_alpha(network, image, trimap, scales=form(1.5)), expected)
