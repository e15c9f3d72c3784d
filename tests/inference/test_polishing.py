"""The network's alpha, polished by the matting Laplacian."""

import signal
import sys

import cv2
import numpy as np
import pytest

from keras_indexnet import data, inference
from keras_indexnet.inference import polishing
from keras_indexnet.inference.guided_filter import colour_lines, guided_upsampling


def matte_of(photograph, blur=3.0):
    """What a network might say of a photograph: the truth, blurred."""
    alpha = cv2.GaussianBlur(photograph.alpha.astype(np.float32) / 255, (0, 0), blur)
    return data.alpha_with_known_pixels(alpha, photograph.trimap)


def error(alpha, photograph):
    return np.abs(alpha - photograph.alpha / 255)[photograph.trimap == 128].mean()


def laplacian_by_definition(image, epsilon):
    """The matting Laplacian as Levin et al. write it, a sum over windows: L_ij = sum of (i == j) - W_ij."""
    height, width, _ = image.shape
    numbers = np.arange(height * width).reshape(height, width)
    laplacian = np.zeros((height * width, height * width))
    for top in range(height - 2):
        for left in range(width - 2):
            pixels = numbers[top : top + 3, left : left + 3].ravel()
            colours = image.reshape(-1, 3)[pixels]
            centred = colours - colours.mean(axis=0)
            covariance = (centred.T @ centred + epsilon * np.eye(3)) / 9
            weights = (1 + centred @ np.linalg.solve(covariance, centred.T)) / 9
            laplacian[np.ix_(pixels, pixels)] += np.eye(9) - weights
    return laplacian


def test_the_equation_is_the_one_of_the_docstring():
    rng = np.random.default_rng(0)
    image = rng.random((9, 11, 3)).astype(np.float32)
    alpha = rng.random((9, 11)).astype(np.float32)
    known = rng.random((9, 11)) < 0.3
    laplacian = laplacian_by_definition(image.astype(np.float64), 1e-7)
    w = np.where(known, 1e9, polishing.trust(alpha.astype(np.float64), noise=1.5)).ravel()
    expected = np.linalg.solve(laplacian + np.diag(w), w * alpha.ravel()).reshape(alpha.shape)
    solution = polishing._solution(image, alpha, known, noise=1.5)
    np.testing.assert_allclose(solution, expected, atol=1e-4)
    np.testing.assert_array_equal(solution[known], alpha[known])


@pytest.mark.parametrize("kind", ["hair", "fur", "leaves"])
def test_colours_mend_a_blurred_matte(kind):
    photograph = data.drawn_photograph(3, 256, kind)
    alpha = matte_of(photograph)
    polished = inference.polish_alpha(photograph.image, photograph.trimap, alpha)
    assert error(polished, photograph) < 0.6 * error(alpha, photograph)


@pytest.mark.parametrize("deviation", [0, 2, 5, 15])
def test_the_noise_of_a_photograph_is_found(deviation):
    slope = np.linspace(60, 190, 300)[:, np.newaxis, np.newaxis] * np.ones((1, 400, 3))
    noisy = slope + np.random.default_rng(0).normal(0, deviation, slope.shape) if deviation else slope
    image = np.rint(noisy).astype(np.uint8)
    image[100:200, 100:250] = np.random.default_rng(1).integers(0, 256, (100, 150, 3))  # texture is no noise
    found = polishing.noise_level(image)
    assert found == pytest.approx(max(deviation, 0.2), rel=0.1, abs=0.3)
    assert polishing.noise_level(image.astype(np.uint16) * 257) == pytest.approx(found, rel=1e-4)
    assert polishing.noise_level(image / 255) == pytest.approx(found, rel=1e-4)


def test_in_a_noisy_photograph_the_network_has_more_of_the_say(monkeypatch):
    photograph = data.drawn_photograph(3, 256, "fur")
    alpha = matte_of(photograph, blur=2.0)
    noise = np.random.default_rng(0).normal(0, 12, photograph.image.shape)
    noisy = np.clip(np.rint(photograph.image + noise), 0, 255).astype(np.uint8)
    wary = inference.polish_alpha(noisy, photograph.trimap, alpha)
    monkeypatch.setattr(polishing, "noise_level", lambda image: 0.0)
    trusting = inference.polish_alpha(noisy, photograph.trimap, alpha)
    assert error(wary, photograph) < 0.9 * error(trusting, photograph)


def test_known_pixels_and_the_range_are_kept():
    photograph = data.drawn_photograph(1, 192, "mane")
    polished = inference.polish_alpha(photograph.image, photograph.trimap, matte_of(photograph))
    assert polished.dtype == np.float32
    assert polished.min() == 0 and polished.max() == 1
    assert (polished[photograph.trimap == 0] == 0).all()
    assert (polished[photograph.trimap == 255] == 1).all()


def test_without_unknown_pixels_there_is_nothing_to_solve():
    trimap = np.uint8([[0, 255], [255, 0]])
    polished = inference.polish_alpha(np.zeros((2, 2, 3), "uint8"), trimap, np.full((2, 2), 0.5))
    np.testing.assert_array_equal(polished, trimap / 255)


@pytest.mark.parametrize("shape", [(1, 1), (1, 2000), (3, 3), (2, 7), (257, 33), (40, 700)])
def test_any_size_is_polished(shape):
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (*shape, 3), np.uint8)
    trimap = rng.choice(np.uint8([0, 128, 128, 255]), shape)
    trimap[0, 0] = 128
    polished = inference.polish_alpha(image, trimap, rng.random(shape))
    assert np.isfinite(polished).all()
    np.testing.assert_array_equal(polished[trimap != 128], trimap[trimap != 128] / np.float32(255))


def test_uint16_and_float_photographs_are_what_uint8_is():
    photograph = data.drawn_photograph(2, 128)
    alpha = matte_of(photograph)
    expected = inference.polish_alpha(photograph.image, photograph.trimap, alpha)
    for image in (photograph.image.astype(np.uint16) * 257, photograph.image / 255):
        polished = inference.polish_alpha(image, photograph.trimap, alpha)
        np.testing.assert_allclose(polished, expected, atol=1e-3)


def test_tiles_and_threads_leave_little_trace(monkeypatch):
    photograph = data.drawn_photograph(5, 640, "mane")
    alpha = matte_of(photograph)
    monkeypatch.setattr(polishing, "SIDE", 10_000)
    whole = inference.polish_alpha(photograph.image, photograph.trimap, alpha)
    monkeypatch.setattr(polishing, "SIDE", 192)
    tiled = inference.polish_alpha(photograph.image, photograph.trimap, alpha)
    differences = np.abs(tiled - whole)[photograph.trimap == 128]
    assert differences.mean() < 0.005
    assert np.percentile(differences, 99) < 0.05
    monkeypatch.setattr(polishing.os, "cpu_count", lambda: 1)
    alone = inference.polish_alpha(photograph.image, photograph.trimap, alpha)
    np.testing.assert_array_equal(alone, tiled)


def test_a_large_photograph_is_solved_at_a_lower_resolution_and_keeps_its_detail():
    """Four times the pixels of a photograph hold no more detail, and are polished as well."""
    photograph = data.drawn_photograph(3, 256, "fur")
    size = (1024, 1024)
    image = cv2.resize(photograph.image, size, interpolation=cv2.INTER_CUBIC)
    trimap = cv2.resize(photograph.trimap, size, interpolation=cv2.INTER_NEAREST)
    alpha = cv2.resize(matte_of(photograph), size, interpolation=cv2.INTER_LINEAR)
    small = cv2.resize(inference.polish_alpha(image, trimap, alpha), (256, 256), interpolation=cv2.INTER_AREA)
    assert error(small, photograph) < 0.6 * error(matte_of(photograph), photograph)


def test_what_has_no_solution_stays_the_networks_and_is_said(monkeypatch):
    photograph = data.drawn_photograph(1, 96)
    alpha = matte_of(photograph)
    monkeypatch.setattr(polishing, "TOLERANCE", 0.0)  # which no solution reaches
    with pytest.warns(inference.UnpolishedWarning, match="is the network's own.*did not converge"):
        polished = inference.polish_alpha(photograph.image, photograph.trimap, alpha)
    np.testing.assert_allclose(polished, alpha, atol=1e-6)


@pytest.mark.parametrize(
    ("alpha", "sentence"),
    [
        (np.zeros((4, 5)), "must be of one size"),
        (np.full((4, 4), 200, int), "alpha is int64, from 200 to 200"),
        (np.full((4, 4), 255.0), "from 255 to 255"),
        (np.full((4, 4), np.nan), "from nan to nan"),
    ],
)
def test_what_is_no_alpha_is_refused(alpha, sentence):
    with pytest.raises(ValueError, match=sentence):
        inference.polish_alpha(np.zeros((4, 4, 3), np.uint8), np.full((4, 4), 128, np.uint8), alpha)


def test_progress_sees_every_tile(monkeypatch):
    photograph = data.drawn_photograph(1, 256)
    monkeypatch.setattr(polishing, "SIDE", 96)
    seen = []

    def progress(tiles):
        for tile in tiles:
            seen.append(tile)
            yield tile

    inference.polish_alpha(photograph.image, photograph.trimap, matte_of(photograph), progress=progress)
    covered = np.zeros(photograph.trimap.shape, bool)
    for tile in seen:
        covered[tile.area] = True
    assert len(seen) > 1
    assert covered[photograph.trimap == 128].all()


def test_standard_output_stays_empty(capfd):
    """PyMatting prints remarks when a matrix is hard to factorise, and commands print paths."""
    photograph = data.drawn_photograph(0, 192, "glass")
    image = np.where(photograph.image > 127, 255, 0).astype(np.uint8)
    inference.polish_alpha(image, photograph.trimap, matte_of(photograph))
    assert capfd.readouterr().out == ""


def test_it_takes_the_alpha_of_any_network_and_predict_alpha_asks_for_it():
    photograph = data.drawn_photograph(4, 160)

    def network(inputs, training):
        return cv2.GaussianBlur(inputs[0, ..., 3] / 255.0, (0, 0), 4)[np.newaxis, ..., np.newaxis]

    alpha = inference.predict_alpha(network, photograph.image, photograph.trimap)
    polished = inference.predict_alpha(network, photograph.image, photograph.trimap, polish=True)
    expected = inference.polish_alpha(photograph.image, photograph.trimap, alpha)
    np.testing.assert_array_equal(polished, expected)
    assert error(polished, photograph) < error(alpha, photograph)


@pytest.mark.parametrize("tint", [(1, 1, 1), (0.6, 0.8, 1.0)])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_photographs_without_hues_are_better_left_alone(tint, dtype):
    photograph = data.drawn_photograph(1, 128)
    assert inference.why_not_to_polish(photograph.image, photograph.trimap) is None
    grey = cv2.cvtColor(photograph.image, cv2.COLOR_RGB2GRAY)
    image = np.rint(grey[..., np.newaxis] * np.float32(tint)).astype(np.uint8)
    image = cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 80])[1], cv2.IMREAD_COLOR)
    image = {"uint8": image, "uint16": image * np.uint16(257), "float32": image / np.float32(255)}[dtype]
    assert "the photograph is grey" in inference.why_not_to_polish(image, photograph.trimap)


@pytest.mark.parametrize(
    ("side", "unknown", "shrinking"),
    [(800, 0.1, 1.25), (800, 0.4, 1.5), (800, 0.5, 2), (800, 1.0, 3), (3464, 0.1, 2), (4900, 0.1, 3)],
)
def test_more_pixels_are_shrunk_more(side, unknown, shrinking):
    trimap = np.zeros((side, side), np.uint8)
    trimap[: round(unknown * side)] = 128
    assert polishing.shrinking_of(trimap) == shrinking


def test_one_unknown_pixel_has_hues_or_not():
    trimap = np.uint8([[128]])
    assert "grey" in inference.why_not_to_polish(np.full((1, 1, 3), 90, np.uint8), trimap)


def test_without_pymatting_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pymatting", None)
    photograph = data.drawn_photograph(1, 96)
    with pytest.raises(ImportError, match=r"pip install 'keras_indexnet\[foreground\]'"):
        inference.predict_alpha(None, photograph.image, photograph.trimap, polish=True)
    assert "pip install" in inference.why_not_to_polish(photograph.image, photograph.trimap)


@pytest.mark.parametrize("scale", [1, 2, 3.3])
def test_the_guided_filter_carries_over_what_is_linear_in_colour(scale):
    rng = np.random.default_rng(0)
    small = rng.random((20, 30, 3)).astype(np.float32)
    size = (round(30 * scale), round(20 * scale))
    large = cv2.resize(small, size, interpolation=cv2.INTER_LINEAR)
    slopes = np.float32([0.3, -0.2, 0.5])
    carried = guided_upsampling(small @ slopes + 0.1, small, large)
    np.testing.assert_allclose(carried, large @ slopes + 0.1, atol=2e-3)


def test_where_colour_is_flat_the_guided_filter_keeps_the_mean():
    alpha = np.tile(np.float32([0.0, 1.0]), (6, 4))
    slopes, offset = colour_lines(np.full((6, 8, 3), 0.5, np.float32), alpha)
    assert np.abs(slopes).max() < 1e-6
    assert offset.min() > 0.3 and offset.max() < 0.7


@pytest.mark.slow
def test_ctrl_c_ends_it_between_two_tiles():
    started = []

    def progress(tiles):
        for tile in tiles:
            started.append(tile)
            signal.raise_signal(signal.SIGINT)
            yield tile

    photograph = data.drawn_photograph(1, 1024)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            inference.polish_alpha(photograph.image, photograph.trimap, matte_of(photograph), progress=progress)
    finally:
        signal.signal(signal.SIGINT, before)
    assert len(started) == 1
