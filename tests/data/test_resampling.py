import cv2
import numpy as np
import pytest

from keras_indexnet.data.resampling import (
    ENLARGING,
    SHRINKING,
    TURNING,
    random_affine,
    random_kernel,
    resized,
    resized_foreground,
    turned,
    turned_foreground,
)


def disc_before_black():
    rows, columns = np.indices((96, 96))
    rgba = np.zeros((96, 96, 4), np.uint8)
    rgba[np.hypot(rows - 48, columns - 48) < 30] = (200, 40, 0, 255)
    return rgba  # black under alpha 0, as image editors leave it


def assert_edges_are_clean(rgba):
    edge = (rgba[..., 3] > 25) & (rgba[..., 3] < 230)
    assert edge.sum() > 20
    np.testing.assert_allclose(rgba[edge, :3], np.broadcast_to([200, 40, 0], (edge.sum(), 3)), atol=1)


@pytest.mark.parametrize(
    ("size", "kernel"),
    [(32, None), (150, None), (64, cv2.INTER_LINEAR), (64, cv2.INTER_CUBIC), (64, cv2.INTER_LANCZOS4)],
)
def test_what_lies_under_alpha_0_does_not_darken_edges(size, kernel):
    small = resized_foreground(disc_before_black(), size, kernel)
    assert small.shape == (size, size, 4)
    assert_edges_are_clean(small)


@pytest.mark.parametrize("kernel", TURNING)
def test_edges_stay_clean_when_a_foreground_is_turned(kernel):
    matrix = random_affine(np.random.default_rng(1), 96, 30.0, (0.8, 1.25), 10.0)
    assert_edges_are_clean(turned_foreground(disc_before_black(), matrix, kernel))


def test_colours_under_alpha_0_stay_what_they_are():
    rgba = disc_before_black()
    rgba[rgba[..., 3] == 0, :3] = (10, 20, 30)
    small = resized_foreground(rgba, 48)
    assert (small[small[..., 3] == 0, :3] == (10, 20, 30)).all()


def test_an_opaque_foreground_is_resized_as_any_image():
    rgba = np.random.default_rng(0).integers(0, 256, (96, 96, 4), dtype=np.uint8)
    rgba[..., 3] = 255
    for size in (40, 120):
        difference = resized_foreground(rgba, size).astype(int) - resized(rgba, size)
        assert np.abs(difference).max() <= 1


def test_known_alpha_stays_exact():
    """Cubic and Lanczos overshoot: what lies beyond 0 and 1 is clipped."""
    rgba = np.full((64, 64, 4), 255, np.uint8)
    rgba[:, :32, 3] = 0
    for kernel in ENLARGING:
        alpha = resized_foreground(rgba, 128, kernel)[..., 3]
        assert (alpha[:, :50] == 0).all()
        assert (alpha[:, 78:] == 255).all()


def test_images_shrink_by_area_and_grow_by_cubic_interpolation():
    image = np.random.default_rng(0).integers(0, 256, (60, 60, 3), dtype=np.uint8)
    for size, kernel in ((20, cv2.INTER_AREA), (90, cv2.INTER_CUBIC)):
        expected = cv2.resize(image, (size, size), interpolation=kernel)
        np.testing.assert_array_equal(resized(image, size), expected)
    assert resized(image, 60) is image


@pytest.mark.parametrize(("size", "kernels"), [(32, SHRINKING), (128, ENLARGING)])
def test_every_kernel_is_drawn_equally_often(size, kernels):
    rng = np.random.default_rng(0)
    drawn, counts = np.unique(
        [random_kernel(rng, np.zeros((64, 64)), size) for _ in range(1000)], return_counts=True
    )
    assert set(drawn) == set(kernels)
    assert np.abs(counts / 1000 - 1 / len(kernels)).max() < 0.05


def test_an_affine_map_turns_magnifies_and_leans_within_its_ranges():
    rng = np.random.default_rng(0)
    angles, factors, leans = [], [], []
    for _ in range(2000):
        linear = random_affine(rng, 65, 30.0, (0.8, 1.25), 10.0)[:, :2]
        factors.append(np.hypot(*linear[:, 0]))
        angles.append(np.degrees(np.arctan2(linear[1, 0], linear[0, 0])))
        leans.append(np.degrees(np.arctan(linear[:, 0] @ linear[:, 1] / factors[-1] ** 2)))
        assert np.linalg.det(linear) == pytest.approx(factors[-1] ** 2)  # shear keeps areas
    assert (min(angles), max(angles)) == (pytest.approx(-30, abs=0.3), pytest.approx(30, abs=0.3))
    assert (min(factors), max(factors)) == (pytest.approx(0.8, abs=0.01), pytest.approx(1.25, abs=0.01))
    assert (min(leans), max(leans)) == (pytest.approx(-10, abs=0.1), pytest.approx(10, abs=0.1))
    assert np.mean(np.log(factors)) == pytest.approx(0, abs=0.01)


def test_an_affine_map_keeps_the_centre():
    matrix = random_affine(np.random.default_rng(0), 65, 30.0, (0.8, 1.25), 10.0)
    np.testing.assert_allclose(matrix @ [32, 32, 1], [32, 32])


def test_a_map_takes_pixels_where_it_says_and_mirrors_at_the_border():
    image = np.random.default_rng(0).integers(0, 256, (9, 9), dtype=np.uint8)
    moved = turned(image, np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 0.0]]), cv2.INTER_LINEAR)
    np.testing.assert_array_equal(moved[:, 2:], image[:, :-2])
    np.testing.assert_array_equal(moved[:, 1], image[:, 1])
