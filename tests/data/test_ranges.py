"""One rule for what the numbers of a picture mean, at the door of every function that takes pictures."""

import numpy as np
import pytest

from keras_indexnet import data, evaluation, inference, visualization
from keras_indexnet.data.trimap import checked_trimap, trimap_by_erosion

ALPHA = np.linspace(0, 1, 256).reshape(16, 16)
COLOURS = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)
TRIMAP = np.full((16, 16), 128, np.uint8)
TRIMAP[:4], TRIMAP[-4:] = 0, 255

# The same matte and the same colours as others hold them.
ALPHAS = {
    "float32": ALPHA.astype(np.float32),
    "float64": ALPHA,
    "float16": ALPHA.astype(np.float16),
    "uint8": np.rint(255 * ALPHA).astype(np.uint8),
    "uint16": np.rint(65535 * ALPHA).astype(np.uint16),
    "big-endian": np.rint(65535 * ALPHA).astype(">u2"),
    "big-endian floats": ALPHA.astype(">f4"),
}
PICTURES = {
    "uint8": COLOURS,
    "uint16": COLOURS.astype(np.uint16) * 257,
    "big-endian": (COLOURS.astype(np.uint16) * 257).astype(">u2"),
    "float32": COLOURS.astype(np.float32) / 255,
    "float64": COLOURS / 255,
}
UNCLEAR_ALPHAS = {
    "floats up to 255": (255 * ALPHA, "from 0 to 255: convert it to uint8 if 255 is the most, clip it if 1 is"),
    "negative": (ALPHA - 0.5, r"lies in \[0, 1\] and holds no NaN, but it reaches from -0.5 to 0.5"),
    "NaN": (np.where(ALPHA > 0.5, np.nan, ALPHA), "holds no NaN"),
    "whole numbers": (np.rint(255 * ALPHA).astype(int), "is int64, from 0 to 255, .* uint8 if that is 255"),
    "complex": (ALPHA + 0j, "is complex128"),
    "three channels": (np.dstack([ALPHA] * 3), r"of shape \(H, W\), not of shape \(16, 16, 3\)"),
}
UNCLEAR_PICTURES = {
    "floats up to 255": (COLOURS.astype(float), "from 0 to 255: convert it to uint8"),
    "NaN": (np.full((16, 16, 3), np.nan), "holds no NaN"),
    "whole numbers": (COLOURS.astype(np.int32), "is int32, from 0 to 255"),
    "bool": (COLOURS > 9, "not bool of shape"),
    "grey": (COLOURS[..., 0], r"\(H, W, 3\), .* not uint8 of shape \(16, 16\)"),
    "a list": (COLOURS.tolist(), "not list"),
}
# Every public function that is given alpha or a mask, and every one that is given colours.
OF_ALPHA = {
    "eight_bit_matte": data.eight_bit_matte,
    "cutout": lambda alpha: inference.cutout(COLOURS, alpha),
    "place_over": lambda alpha: inference.place_over(COLOURS, alpha, (10, 200, 30)),
    "place_over in linear light": lambda alpha: inference.place_over(COLOURS, alpha, COLOURS, linear=True),
    "blurred_background": lambda alpha: inference.blurred_background(COLOURS, alpha, sigma=2),
    "estimate_foreground": lambda alpha: inference.estimate_foreground(COLOURS, alpha),
    "polish_alpha": lambda alpha: inference.polish_alpha(COLOURS, TRIMAP, alpha),
    "trimap_from_mask": lambda alpha: data.trimap_from_mask(alpha, width=2),
    "trimap_from_alpha": lambda alpha: data.trimap_from_alpha(alpha, distance=2),
    "trimap_by_erosion": lambda alpha: trimap_by_erosion(alpha, width=2),
    "grow_unknown_region": lambda alpha: data.grow_unknown_region(TRIMAP, alpha, width=2),
    "over_checkerboard": lambda alpha: visualization.over_checkerboard(COLOURS, alpha, square=4),
    "matting_errors": lambda alpha: list(evaluation.matting_errors(alpha, ALPHAS["uint8"], TRIMAP).values()),
}
HALF = np.full((16, 16), 0.5)
OF_COLOURS = {
    "cutout": lambda image: inference.cutout(image, HALF),
    "place_over": lambda image: inference.place_over(image, HALF, (10, 200, 30)),
    "a background": lambda image: inference.place_over(COLOURS, HALF, image),
    "blurred_background": lambda image: inference.blurred_background(image, HALF, sigma=2),
    "estimate_foreground": lambda image: inference.estimate_foreground(image, HALF),
    "polish_alpha": lambda image: inference.polish_alpha(image, TRIMAP, HALF),
    "predict_alpha": lambda image: inference.predict_alpha(half, image, TRIMAP),
    "network_input": lambda image: inference.network_input(image, TRIMAP, multiple=8),
    "trimap_from_strokes": lambda image: data.trimap_from_strokes(image, TRIMAP, width=1),
    "trimap_from_box": lambda image: data.trimap_from_box(image, (4, 4, 8, 8), TRIMAP, width=1),
    "side_by_side": lambda image: visualization.side_by_side([image, image], ["a", "b"], height=16),
}


def half(inputs, training=None):
    """A network that looks at every colour of its input."""
    return np.clip(inputs[..., :1] / 300 + inputs[..., 1:2] / 3000, 0, 1)


@pytest.mark.parametrize("function", OF_ALPHA)
def test_alpha_means_the_same_in_every_form(function):
    pytest.importorskip("pymatting")
    expected = np.asarray(OF_ALPHA[function](ALPHAS["float32"]), np.float64)
    for name, alpha in ALPHAS.items():
        # Of 8 bits one step, and of float16, at the edge of soft and hard, what rounding makes of it.
        seen = np.asarray(OF_ALPHA[function](alpha), np.float64)
        assert seen.shape == expected.shape, name
        if "trimap" in function or "grow" in function:
            assert np.mean(seen != expected) <= (0.03 if name == "float16" else 0), name
        else:
            np.testing.assert_allclose(seen, expected, atol=1 if expected.max() > 1.5 else 2e-3, err_msg=name)


@pytest.mark.parametrize("function", OF_COLOURS)
def test_colours_mean_the_same_in_every_form(function):
    pytest.importorskip("pymatting")
    expected = np.asarray(OF_COLOURS[function](COLOURS), np.float64)
    for name, image in PICTURES.items():
        seen = np.asarray(OF_COLOURS[function](image), np.float64)
        # Of alpha, what 8 bits lose when a picture is enlarged.
        np.testing.assert_allclose(seen, expected, atol=1 if expected.max() > 1.5 else 2e-3, err_msg=name)


@pytest.mark.parametrize("function", OF_ALPHA)
@pytest.mark.parametrize("name", UNCLEAR_ALPHAS)
def test_alpha_that_has_two_readings_is_refused(function, name):
    alpha, message = UNCLEAR_ALPHAS[name]
    if alpha.ndim == 3:
        message = f"{message}|same H x W shape"
    with pytest.raises(ValueError, match=message):
        OF_ALPHA[function](alpha)


@pytest.mark.parametrize("function", OF_COLOURS)
@pytest.mark.parametrize("name", UNCLEAR_PICTURES)
def test_colours_that_have_two_readings_are_refused(function, name):
    image, message = UNCLEAR_PICTURES[name]
    if (function, name) == ("side_by_side", "grey"):  # which is shown in grey
        return
    if name in ("grey", "a list"):  # which may be a colour where that is asked for
        message = f"{message}|3 numbers in|is int64, from 0 to 255"
    with pytest.raises(ValueError, match=message):
        OF_COLOURS[function](image)


def test_a_mask_may_be_bool():
    expected = data.trimap_from_mask(np.uint8(255) * (ALPHA > 0.5), width=2)
    np.testing.assert_array_equal(data.trimap_from_mask(ALPHA > 0.5, width=2), expected)


@pytest.mark.parametrize("dtype", ["uint8", ">u2", "int64", "float32", ">f8"])
def test_a_trimap_means_the_same_in_every_dtype(dtype):
    alpha = inference.predict_alpha(half, COLOURS, TRIMAP.astype(dtype))
    np.testing.assert_array_equal(alpha, inference.predict_alpha(half, COLOURS, TRIMAP))
    grown = data.grow_unknown_region(TRIMAP.astype(dtype), ALPHA, width=2)
    np.testing.assert_array_equal(grown, data.grow_unknown_region(TRIMAP, ALPHA, width=2))
    with pytest.raises(ValueError, match="0, 128 and 255 only"):
        data.grow_unknown_region((TRIMAP / 255).astype(dtype), ALPHA)
    assert checked_trimap(TRIMAP.astype(dtype)).dtype == np.uint8


@pytest.mark.parametrize("form", ["int64", "float32", "uint16", "unit", "read-only", "turned"])
def test_trimaps_and_strokes_mean_the_same_in_every_form(form):
    odd = np.where(TRIMAP == 128, 100, TRIMAP).astype(np.uint8)  # as people paint it
    forms = {
        "int64": lambda levels: levels.astype(np.int64),
        "float32": lambda levels: levels.astype(np.float32),
        "uint16": lambda levels: levels.astype(np.uint16) * 257,
        "unit": lambda levels: levels / 255,
        "read-only": lambda levels: np.frombuffer(levels.tobytes(), np.uint8).reshape(levels.shape),
        "turned": lambda levels: levels[::-1, ::-1].copy()[::-1, ::-1],
    }
    for levels in (TRIMAP, odd):
        if form in ("int64", "float32") and levels is odd:
            with pytest.raises(ValueError, match="convert it to uint8"):
                data.standardize_trimap(forms[form](levels), levels.shape)
            continue
        trimap, _ = data.standardize_trimap(forms[form](levels), levels.shape)
        np.testing.assert_array_equal(trimap, TRIMAP)
        made = data.trimap_from_strokes(COLOURS, forms[form](levels), width=1)
        np.testing.assert_array_equal(made, data.trimap_from_strokes(COLOURS, levels, width=1))


@pytest.mark.parametrize("shape", [(1, 16), (16, 1), (1, 1), (8, 16), (0, 16)])
@pytest.mark.parametrize(
    "function", ["cutout", "place_over", "blurred_background", "estimate_foreground", "over_checkerboard"]
)
def test_alpha_of_another_size_is_not_repeated_to_fill_the_picture(function, shape):
    with pytest.raises(ValueError, match=rf"shape \({shape[0]}, {shape[1]}\)"):
        OF_ALPHA[function](np.full(shape, 0.5))


@pytest.mark.parametrize("shape", [(), (9,), (0, 9), (9, 0, 3), (9, 9, 1), (9, 9, 2), (9, 9, 5), (1, 9, 9, 3)])
def test_what_has_no_shape_of_an_image_is_not_written(tmp_path, shape):
    with pytest.raises(ValueError, match=r"An image is of shape \(H, W\)"):
        data.write_image(tmp_path / "a.png", np.zeros(shape, np.uint8))
    assert not list(tmp_path.iterdir())


def test_a_photograph_is_no_trimap():
    with pytest.raises(ValueError, match=r"trimap has the shape \(16, 16, 3\)"):
        inference.predict_alpha(half, COLOURS, COLOURS)
    with pytest.raises(ValueError, match=r"of shape \(H, W\), not of shape \(16, 16, 3\)"):
        checked_trimap(COLOURS)


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_a_network_whose_alpha_is_not_finite_raises(wrong):
    with pytest.raises(ValueError, match="network's alpha is not finite"):
        inference.predict_alpha(
            lambda inputs, training: np.where(inputs[..., :1] > 99, wrong, 0.5), COLOURS, TRIMAP
        )


@pytest.mark.parametrize(
    "image", [COLOURS / 255, COLOURS > 9, COLOURS.astype(int)], ids=["float", "bool", "int"]
)
def test_a_file_is_written_of_bytes_only(tmp_path, image):
    with pytest.raises(ValueError, match="An image file holds uint8 or uint16, not"):
        data.write_image(tmp_path / "a.png", image)
    assert not list(tmp_path.iterdir())


def test_a_file_is_the_same_from_either_byte_order(tmp_path):
    wide = COLOURS.astype(np.uint16) * 257
    data.write_image(tmp_path / "a.png", wide)
    data.write_image(tmp_path / "b.png", wide.astype(">u2"))
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
