import cv2
import numpy as np
import pytest

from keras_indexnet.data import alpha_with_known_pixels, standardize_trimap, trimap_from_alpha
from keras_indexnet.data.trimap import distance_to_soft_region, unknown_region


def test_unknown_is_what_lies_within_the_distance_of_the_soft_region():
    alpha = np.zeros((41, 41), np.float32)
    alpha[:, 21:] = 1.0
    alpha[20, 20] = 0.5
    trimap = trimap_from_alpha(alpha, distance=7)
    rows, columns = np.indices(alpha.shape)
    near = np.hypot(rows - 20, columns - 20) <= 7
    assert (trimap[near] == 128).all()
    assert (trimap[~near] == np.where(alpha[~near] > 0.5, 255, 0)).all()


def test_a_hard_matte_has_no_unknown_pixels():
    alpha = np.eye(8, dtype=np.float32)
    np.testing.assert_array_equal(trimap_from_alpha(alpha, distance=5), 255 * np.eye(8, dtype=np.uint8))


def test_faint_alpha_is_soft_and_exact_alpha_is_not():
    alpha = np.array([[0.0, 1 / 255, 0.5, 254 / 255, 1.0]], np.float32)
    np.testing.assert_array_equal(trimap_from_alpha(alpha, distance=0), [[0, 128, 128, 128, 255]])


def test_a_map_of_distances_holds_the_trimaps_of_every_width():
    alpha = np.zeros((301, 301), np.uint8)
    alpha[:, 200:] = 255
    alpha[150, 150], alpha[10, 20] = 1, 254
    distances = distance_to_soft_region(alpha)
    rows, columns = np.indices(alpha.shape)
    exact = np.minimum(np.hypot(rows - 150, columns - 150), np.hypot(rows - 10, columns - 20))
    for distance in (1, 2, 5, 10, 13, 19, 25, 65, 169, 254):
        np.testing.assert_array_equal(distances <= distance, exact <= distance)


def test_what_is_far_from_the_soft_region_stays_known():
    alpha = np.zeros((1, 700), np.uint8)
    alpha[0, 0] = 128
    distances = distance_to_soft_region(alpha)
    assert distances[0, 254] == 254
    assert (distances[0, 255:] == 255).all()
    assert (distance_to_soft_region(np.zeros((5, 5), np.uint8)) == 255).all()


def test_the_unknown_region_reaches_as_far_as_said_on_each_side():
    alpha = np.repeat(np.array([[0, 128, 255]], np.uint8), [20, 1, 20], axis=1)
    unknown = unknown_region(alpha, distance_to_soft_region(alpha), limits=(3, 7))
    assert set(np.flatnonzero(unknown[0])) == set(range(20 - 7, 20 + 3 + 1))


def test_known_pixels_take_the_trimaps_value_and_others_are_clipped():
    alpha = np.array([[0.3, 0.4, -0.2, 1.7, 0.6]])
    trimap = np.array([[0, 255, 128, 128, 128]], np.uint8)
    known = alpha_with_known_pixels(alpha, trimap)
    np.testing.assert_allclose(known, [[0.0, 1.0, 0.0, 1.0, 0.6]], atol=1e-6)


def three_bands(height=60, width=90):
    trimap = np.zeros((height, width), np.uint8)
    trimap[:, width // 3 :] = 128
    trimap[:, 2 * width // 3 :] = 255
    return trimap


def test_a_good_trimap_is_taken_as_it_is():
    trimap, notes = standardize_trimap(three_bands(), (60, 90))
    np.testing.assert_array_equal(trimap, three_bands())
    assert notes == []


def test_a_jpeg_trimap_keeps_its_regions():
    blurred = cv2.GaussianBlur(three_bands(), (0, 0), 1.0)
    _, encoded = cv2.imencode(".jpg", blurred, [cv2.IMWRITE_JPEG_QUALITY, 80])
    trimap, notes = standardize_trimap(cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE), (60, 90))
    assert set(np.unique(trimap)) == {0, 128, 255}
    assert (trimap[:, [5, 45, 85]] == [0, 128, 255]).all()
    assert len(notes) == 1
    assert "read as unknown" in notes[0]


def test_a_trimap_of_half_the_size_is_resized_and_says_so():
    trimap, notes = standardize_trimap(three_bands(30, 45), (60, 90))
    np.testing.assert_array_equal(trimap, three_bands())
    assert notes == ["The trimap was resized from 45 x 30 to 90 x 60 pixels."]


BAD_TRIMAPS = {
    "another picture": (three_bands(60, 60), "90 x 60"),
    "no unknown pixels": (np.where(three_bands() > 200, 255, 0).astype(np.uint8), "no unknown pixels"),
    "mask of 0, 1 and 2": ((three_bands() // 127).astype(np.uint8), "reach only 2"),
}


@pytest.mark.parametrize(("trimap", "message"), BAD_TRIMAPS.values(), ids=BAD_TRIMAPS)
def test_a_bad_trimap_is_named_in_one_sentence(trimap, message):
    with pytest.raises(ValueError, match=message):
        standardize_trimap(trimap, (60, 90))
