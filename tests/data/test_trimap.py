import cv2
import numpy as np
import pytest

from keras_indexnet.data import alpha_with_known_pixels, standardize_trimap, trimap_from_alpha


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
