import cv2
import numpy as np
import pytest

from keras_indexnet.data.augmentation import random_blur, random_colours, random_jpeg, random_noise


def one_colour(*rgb):
    return np.full((2, 2, 3), rgb, np.float32)


def colours_of(image, **ranges):
    rng = np.random.default_rng(0)
    return np.array([random_colours(rng, image, **ranges)[0, 0] for _ in range(500)])


def hsv(colours):
    return cv2.cvtColor(np.float32(colours)[None], cv2.COLOR_RGB2HSV)[0]


def test_without_ranges_colours_stay_as_they_are():
    image = np.random.default_rng(0).random((50, 50, 3), dtype=np.float32)
    np.testing.assert_allclose(random_colours(np.random.default_rng(1), image), image, atol=2e-6)


def test_the_hue_is_shifted_by_as_many_degrees_either_way():
    shifted = hsv(colours_of(one_colour(0.8, 0.2, 0.2), hue=40.0))  # red, where the hue passes 0
    hue = (shifted[:, 0] + 180) % 360 - 180
    assert (hue.min(), hue.max()) == (pytest.approx(-40, abs=0.5), pytest.approx(40, abs=0.5))
    np.testing.assert_allclose(shifted[:, 1:], [[0.75, 0.8]] * 500, atol=1e-5)


@pytest.mark.parametrize(("name", "channel"), [("saturation", 1), ("value", 2)])
def test_saturation_and_value_are_multiplied(name, channel):
    before = hsv(one_colour(0.6, 0.3, 0.4)[0])[0]
    after = hsv(colours_of(one_colour(0.6, 0.3, 0.4), **{name: 0.3}))
    factors = after / before
    assert factors[:, channel].min() == pytest.approx(0.7, abs=0.01)
    assert factors[:, channel].max() == pytest.approx(1.3, abs=0.01)
    np.testing.assert_allclose(np.delete(factors, channel, axis=1), 1, atol=1e-3)


def test_gamma_is_an_exponent_whose_inverse_is_as_likely():
    after = colours_of(one_colour(0.5, 0.25, 0.1), gamma=0.3)
    exponents = np.log(after) / np.log([0.5, 0.25, 0.1])
    np.testing.assert_allclose(exponents[:, 1:], exponents[:, :1].repeat(2, axis=1), rtol=1e-4)
    logarithms = np.log(exponents[:, 0])
    assert (logarithms.min(), logarithms.max()) == (pytest.approx(-0.3, abs=0.01), pytest.approx(0.3, abs=0.01))
    assert logarithms.mean() == pytest.approx(0, abs=0.03)


def test_the_balance_of_the_colours_changes_each_of_them_on_its_own():
    factors = colours_of(one_colour(0.5, 0.5, 0.5), balance=0.15) / 0.5
    np.testing.assert_allclose(factors.min(0), 0.85, atol=0.01)
    np.testing.assert_allclose(factors.max(0), 1.15, atol=0.01)
    assert np.abs(np.corrcoef(factors.T) - np.eye(3)).max() < 0.15


def test_colours_stay_between_0_and_1():
    image = np.random.default_rng(0).random((50, 50, 3), dtype=np.float32)
    for seed in range(50):
        changed = random_colours(np.random.default_rng(seed), image, 180.0, 0.9, 0.9, 0.9, 0.9)
        assert 0 <= changed.min() < changed.max() <= 1
        assert changed.dtype == np.float32


def test_blur_has_a_standard_deviation_of_its_range():
    rng = np.random.default_rng(0)
    impulse = np.zeros((65, 65, 3), np.float32)
    impulse[32, 32] = 1
    squares = np.arange(-32, 33) ** 2
    deviations = [np.sqrt(random_blur(rng, impulse, (0.5, 4.0))[..., 0].sum(0) @ squares) for _ in range(300)]
    assert min(deviations) == pytest.approx(0.5, abs=0.06)
    assert max(deviations) == pytest.approx(4.0, abs=0.15)


def test_noise_has_at_most_its_standard_deviation_and_no_bias():
    rng = np.random.default_rng(0)
    grey = np.full((40, 40, 3), 0.5, np.float32)
    noises = np.array([random_noise(rng, grey, 0.03) - grey for _ in range(200)])
    deviations = noises.std((1, 2, 3))
    assert deviations.max() == pytest.approx(0.03, abs=0.001)
    assert deviations.min() < 0.001
    assert noises.mean() == pytest.approx(0, abs=1e-4)


def test_jpeg_has_every_quality_of_its_range_and_keeps_the_order_of_the_channels():
    pixels = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    by_quality = {}
    for quality in range(101):
        _, encoded = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
        by_quality[cv2.imdecode(encoded, cv2.IMREAD_COLOR)[..., ::-1].tobytes()] = quality
    rng = np.random.default_rng(1)
    compressed = [random_jpeg(rng, pixels / np.float32(255), (70, 95)) for _ in range(400)]
    assert compressed[0].dtype == np.float32
    qualities = {by_quality[np.rint(image * 255).astype(np.uint8).tobytes()] for image in compressed}
    assert qualities == set(range(70, 96))
