import numpy as np
import pytest

from keras_indexnet.data.cropping import (
    Square,
    cut,
    random_square,
    random_unknown_pixel,
    square_around,
    square_behind,
)
from keras_indexnet.data.trimap import distance_to_soft_region


@pytest.mark.parametrize("frame", [(40, 30), (900, 1100)], ids=["common", "rare"])
def test_every_unknown_pixel_is_as_likely_as_any_other(frame):
    """In the large frame random pixels nearly never hit the unknown region, and all of it is listed."""
    alpha = np.zeros(frame, np.uint8)
    alpha[:, 20:] = 255
    alpha[12, 19] = 100
    distances = distance_to_soft_region(alpha)
    rng = np.random.default_rng(0)
    pixels = [random_unknown_pixel(rng, alpha, distances, (1, 2)) for _ in range(600)]
    drawn, counts = np.unique(pixels, axis=0, return_counts=True)
    rows, columns = np.indices(frame)
    distance = np.hypot(rows - 12, columns - 19)
    expected = np.argwhere(distance <= np.where(columns >= 20, 1, 2))
    np.testing.assert_array_equal(drawn, expected)
    mean = 600 / len(expected)
    assert np.abs(counts - mean).max() < 4 * np.sqrt(mean)


def test_a_hard_cutout_is_cropped_anywhere():
    alpha = np.full((64, 80), 255, np.uint8)
    distances = distance_to_soft_region(alpha)
    rng = np.random.default_rng(0)
    pixels = np.array([random_unknown_pixel(rng, alpha, distances, (19, 19)) for _ in range(200)])
    assert (pixels.min(0) < 5).all()
    assert (pixels.max(0) >= (59, 75)).all()


def test_a_square_is_centred_on_its_pixel_and_shifted_where_it_would_stick_out():
    assert square_around((50, 60), 32, (100, 120)) == Square(34, 44, 32)
    assert square_around((3, 118), 32, (100, 120)) == Square(0, 88, 32)


def test_a_square_is_never_larger_than_the_frame():
    assert square_around((3, 118), 320, (100, 120)) == Square(0, 20, 100)


@pytest.mark.parametrize("photograph", [(50, 80), (333, 200), (1000, 1000)])
def test_behind_the_whole_frame_lies_as_much_of_a_photograph_as_has_its_proportions(photograph):
    rng = np.random.default_rng(0)
    squares = [square_behind(rng, Square(0, 0, 120), (120, 120), photograph) for _ in range(100)]
    assert {square.side for square in squares} == {min(photograph)}
    for axis, length in enumerate(photograph):
        spare = length - min(photograph)
        starts = [square[axis] for square in squares]
        assert min(starts) <= 0.1 * spare
        assert max(starts) >= 0.9 * spare


def test_behind_a_part_of_the_frame_lies_the_part_of_the_photograph_in_that_place():
    rng = np.random.default_rng(0)
    assert square_behind(rng, Square(20, 40, 60), (120, 180), (60, 90)) == Square(10, 20, 30)
    # Twice as wide as needed: it is resized by 2, and may be shifted by 90 of its 180 columns.
    squares = [square_behind(rng, Square(20, 40, 60), (120, 180), (60, 180)) for _ in range(200)]
    assert {square.top for square in squares} == {10}
    assert {square.side for square in squares} == {30}
    lefts = [square.left for square in squares]
    assert 20 <= min(lefts) < 24 < 106 < max(lefts) <= 110


def test_nothing_behind_lies_outside_of_the_photograph():
    rng = np.random.default_rng(0)
    for _ in range(300):
        frame, photograph = (tuple(map(int, rng.integers(5, 300, 2))) for _ in range(2))
        pixel = rng.integers(0, frame)
        square = square_around(pixel, int(rng.integers(1, 300)), frame)
        part = cut(np.zeros(photograph), square_behind(rng, square, frame, photograph))
        assert part.shape[0] == part.shape[1] > 0


def test_random_squares_have_all_sides_from_the_least_to_the_largest_and_lie_anywhere():
    rng = np.random.default_rng(0)
    squares = [random_square(rng, 32, (40, 50)) for _ in range(500)]
    assert {square.side for square in squares} == set(range(32, 41))
    assert {square.top + square.side for square in squares if square.side == 32} == set(range(32, 41))
    assert max(square.left + square.side for square in squares) == 50
    assert random_square(rng, 64, (20, 30)).side == 20
