import csv
import time

import cv2
import numpy as np
import pytest

from keras_indexnet.evaluation import (
    connectivity_error,
    gradient_error,
    matting_errors,
    mse_error,
    sad_error,
)

ERRORS = (sad_error, mse_error, gradient_error, connectivity_error)
GOLDEN_IMAGES = ("GT01", "GT03", "GT04", "GT08", "GT10", "GT13")


def read_golden(shared, image):
    """Prediction, ground truth and trimap of a golden image, all uint8."""
    return tuple(
        cv2.imread(str(shared / "golden" / "metrics" / f"{image}_{part}.png"), cv2.IMREAD_GRAYSCALE)
        for part in ("pred", "gt", "trimap")
    )


def all_unknown(shape):
    return np.full(shape, 128, np.uint8)


def random_mattes(height=40, width=50):
    """Two noisy alphas that span [0, 1] and a trimap with all three regions."""
    random = np.random.default_rng(7)
    ramp = np.linspace(0, 1, width)
    alpha, truth = np.clip(ramp + random.normal(0, 0.2, (2, height, width)), 0, 1)
    trimap = np.tile(np.repeat(np.uint8([0, 128, 255]), (15, width - 30, 15)), (height, 1))
    return alpha, truth, trimap


@pytest.mark.parametrize("image", GOLDEN_IMAGES)
def test_equal_to_the_published_evaluation(shared, image):
    with open(shared / "golden" / "metrics" / "expected.csv", newline="") as table:
        rows = {row.pop("image"): row for row in csv.DictReader(table)}
    expected = {name: float(value) for name, value in rows[image].items()}

    assert matting_errors(*read_golden(shared, image)) == pytest.approx(expected, rel=1e-4)


def test_uint8_and_float_agree(shared):
    alpha, truth, trimap = read_golden(shared, "GT04")
    expected = matting_errors(alpha, truth, trimap)

    for dtype in (np.float32, np.float64):
        errors = matting_errors((alpha / 255).astype(dtype), (truth / 255).astype(dtype), trimap)
        assert errors == pytest.approx(expected, rel=1e-6)


def test_perfect_alpha_has_no_error():
    _, truth, trimap = random_mattes()
    assert matting_errors(truth, truth, trimap) == {"sad": 0, "mse": 0, "grad": 0, "conn": 0}


def test_exchanging_alpha_and_truth_changes_nothing():
    alpha, truth, trimap = random_mattes()
    errors = matting_errors(alpha, truth, trimap)

    assert min(errors.values()) > 0
    assert matting_errors(truth, alpha, trimap) == pytest.approx(errors, rel=1e-6)


def test_inputs_are_left_as_they_were():
    mattes = random_mattes()
    copies = [matte.copy() for matte in mattes]
    matting_errors(*mattes)

    for matte, copy in zip(mattes, copies, strict=True):
        np.testing.assert_array_equal(matte, copy)


@pytest.mark.parametrize("error", ERRORS)
def test_every_value_between_black_and_white_is_unknown(error):
    alpha, truth, trimap = random_mattes()
    varied = trimap.copy()
    varied[trimap == 128] = np.resize([1, 100, 200, 254], np.sum(trimap == 128))

    assert error(alpha, truth, varied) == error(alpha, truth, trimap)


def test_constant_offset():
    truth = np.tile(np.linspace(0, 0.5, 30), (20, 1))
    trimap = all_unknown(truth.shape)
    trimap[:, :10] = 0
    trimap[:5] = 255

    errors = matting_errors(truth + 0.5, truth, trimap)
    assert errors["sad"] == pytest.approx(0.5 * 15 * 20 / 1000)
    assert errors["mse"] == pytest.approx(0.25)
    assert errors["grad"] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("error", (sad_error, mse_error))
def test_pixel_errors_ignore_known_pixels(error):
    alpha, truth, trimap = random_mattes()
    inverted_outside = np.where(trimap == 128, alpha, 1 - alpha)

    assert error(inverted_outside, truth, trimap) == error(alpha, truth, trimap)


def test_gradient_sees_known_pixels_up_to_four_pixels_away():
    alpha = np.zeros((30, 40))
    alpha[:, 20:] = 1
    trimap = np.zeros((30, 40), np.uint8)
    trimap[:, 10:20] = 128
    expected = gradient_error(alpha, np.zeros_like(alpha), trimap)

    far, near = alpha.copy(), alpha.copy()
    far[:, :6] = 0.7
    near[:, :7] = 0.7
    assert gradient_error(far, np.zeros_like(alpha), trimap) == expected
    assert gradient_error(near, np.zeros_like(alpha), trimap) > expected + 1e-6


def test_gradient_does_not_depend_on_contrast():
    alpha, truth, trimap = random_mattes()
    expected = gradient_error(alpha, truth, trimap)

    assert gradient_error(0.2 + 0.3 * alpha, truth, trimap) == pytest.approx(expected, rel=1e-5)


def test_gradient_error_of_a_step_edge():
    """Beside a vertical edge the response is the kernel's tail sum; constant truth has none."""
    step = np.zeros((20, 40))
    step[:, 20:] = 1
    offsets = np.arange(-4, 5)
    gaussian = np.exp(-(offsets**2) / (2 * 1.4**2))
    kernel = np.outer(gaussian, -offsets * gaussian)
    tails = np.cumsum((kernel / np.linalg.norm(kernel)).sum(axis=0))

    error = gradient_error(step, np.full_like(step, 0.3), all_unknown(step.shape))
    assert error == pytest.approx(20 * np.sum(tails**2) / 1000, rel=1e-5)


def test_detached_part_counts_fully_disconnected():
    truth = np.zeros((12, 12))
    truth[:, :6] = 1
    truth[2:4, 8:11] = 1
    alpha = truth.copy()
    alpha[2:4, 8:11] = 0

    assert connectivity_error(alpha, truth, all_unknown(truth.shape)) == pytest.approx(6 / 1000)


def test_pixels_that_touch_at_a_corner_are_not_connected():
    truth = np.zeros((8, 8))
    truth[:4, :4] = 1
    truth[4, 4] = 1
    alpha = truth.copy()
    alpha[4, 4] = 0.9

    assert connectivity_error(alpha, truth, all_unknown(truth.shape)) == pytest.approx(0.1 / 1000)


def test_first_of_equally_large_components_in_column_order():
    truth = np.zeros((4, 4))
    truth[3, 0] = truth[0, 3] = 1
    alpha = truth.copy()
    alpha[3, 0], alpha[0, 3] = 0.9, 0.8

    assert connectivity_error(alpha, truth, all_unknown(truth.shape)) == pytest.approx(0.2 / 1000)


def test_connectivity_skips_thresholds_that_nothing_reaches():
    truth = np.ones((6, 6))
    alpha = np.full((6, 6), 0.5)

    assert connectivity_error(alpha, truth, all_unknown(truth.shape)) == 0


def test_connectivity_takes_153_of_255_as_reaching_0_6():
    """The truth's 0.7 is within the tolerance 0.15 of level 0.6, but not of level 0.5."""
    truth = np.full((5, 5), 255, np.uint8)
    alpha = truth.copy()
    truth[0, :2] = round(0.7 * 255)
    alpha[0, :2] = 153

    assert connectivity_error(alpha, truth, all_unknown(truth.shape)) == 0


def test_connectivity_runs_through_known_pixels():
    truth = np.ones((9, 9))
    trimap = np.full((9, 9), 255, np.uint8)
    trimap[:, 7:] = 128
    cut = truth.copy()
    cut[:, 5] = 0
    cut[:, 7:] = 0.9

    whole = cut.copy()
    whole[:, 5] = 1
    assert connectivity_error(whole, truth, trimap) == 0
    assert connectivity_error(cut, truth, trimap) == pytest.approx(18 * 0.1 / 1000)


def with_nan(alpha):
    alpha = alpha.copy()
    alpha[3, 4] = np.nan
    return alpha


BAD_INPUTS = {
    "narrow truth": (lambda a, t, m: (a, t[:, 1:], m), r"\(40, 50\), \(40, 49\) and \(40, 50\)"),
    "short trimap": (lambda a, t, m: (a, t, m[1:]), "same H x W shape"),
    "channel axis": (lambda a, t, m: (a[..., None], t[..., None], m[..., None]), "H x W shape"),
    "NaN in alpha": (lambda a, t, m: (with_nan(a), t, m), "alpha is float, .* holds no NaN"),
    "NaN in truth": (lambda a, t, m: (a, with_nan(t), m), "truth is float, .* holds no NaN"),
    "no unknown pixel": (lambda a, t, m: (a, t, np.where(m == 128, 0, m)), "no unknown pixel"),
    "float trimap": (lambda a, t, m: (a, t, m / 255), "trimap must be uint8"),
    "alpha of 0 to 255": (lambda a, t, m: (a * 255, t, m), "from 0 to 255"),
    "negative truth": (lambda a, t, m: (a, t - 0.5, m), r"truth is float, so it lies in \[0, 1\]"),
    "integer truth": (lambda a, t, m: (a, t.astype(int), m), "truth is int64, .* to float if it is 1"),
}


@pytest.mark.parametrize("error", (*ERRORS, matting_errors))
@pytest.mark.parametrize("spoil, message", BAD_INPUTS.values(), ids=BAD_INPUTS)
def test_bad_input_is_named_in_one_sentence(error, spoil, message):
    with pytest.raises(ValueError, match=message) as raised:
        error(*spoil(*random_mattes()))
    sentence = str(raised.value)
    assert sentence.endswith(".") and ". " not in sentence


def test_800_by_600_pixels_take_less_than_half_a_second():
    alpha, truth, _ = random_mattes(600, 800)
    durations = []
    for _ in range(3):
        start = time.perf_counter()
        matting_errors(alpha, truth, all_unknown(alpha.shape))
        durations.append(time.perf_counter() - start)

    assert min(durations) < 0.5
