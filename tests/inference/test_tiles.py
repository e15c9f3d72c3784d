"""Photographs that are too large for one piece."""

import signal
from pathlib import Path

import cv2
import numpy as np
import pytest

from keras_indexnet import data, inference
from keras_indexnet.inference.tiles import tiles_of

SAMPLES = Path(__file__).parents[2] / "datasets" / "samples"


def pointwise(inputs, training):
    return inputs[..., :1] * 0.003 + inputs[..., 1:2] * 0.001 + 0.02


def noise(*size):
    random = np.random.default_rng(0)
    return random.integers(0, 256, (*size, 3), np.uint8), random.choice(np.uint8([0, 128, 255]), size)


def band(*size):
    """A trimap whose unknown region is a narrow band down the middle."""
    trimap = np.zeros(size, np.uint8)
    middle = size[1] // 2
    trimap[:, middle:] = 255
    trimap[:, middle - 10 : middle + 10] = 128
    return trimap


@pytest.mark.parametrize("size", [(700, 1300), (1, 5000), (257, 33), (320, 640), (95, 1000)])
@pytest.mark.parametrize("max_pixels", [32 * 32, 96 * 96, 256 * 256, 500 * 500])
def test_where_alpha_depends_on_one_pixel_tiles_leave_no_trace(size, max_pixels):
    photograph = noise(*size)
    whole = inference.predict_alpha(pointwise, *photograph, max_pixels=10**9)
    tiled = inference.predict_alpha(pointwise, *photograph, max_pixels=max_pixels)
    np.testing.assert_allclose(tiled, whole, atol=1e-6)


@pytest.mark.parametrize("size", [(128, 128), (96, 320), (512, 64), (None, 160), (1024, 1024)])
def test_a_network_of_a_fixed_size_gets_tiles_of_that_size(size):
    class Fixed:
        def inputs(self):
            return {"image_and_trimap": {"dtype": "float32", "shape": [1, *size, 4]}}

        def run(self, inputs):
            assert all(asked in (None, got) for asked, got in zip(size, inputs.shape[1:3], strict=True))
            return pointwise(inputs, training=False)

    photograph = noise(500, 640)
    whole = inference.predict_alpha(pointwise, *photograph)
    for flip in (False, True):
        np.testing.assert_allclose(inference.predict_alpha(Fixed(), *photograph, flip=flip), whole, atol=1e-6)


def test_every_unknown_pixel_counts_with_context_on_all_sides():
    trimap = noise(768, 1280)[1]
    trimap[:, :600] = 0
    total, nearest = np.zeros(trimap.shape), np.full(trimap.shape, np.inf)
    for tile in tiles_of(trimap, 512 * 512, 32):
        total[tile.area] += tile.weights
        for axis, (side, length) in enumerate(zip(tile.area, trimap.shape, strict=True)):
            places = np.arange(side.start, side.stop)
            before = places - side.start if side.start else np.full(places.size, np.inf)
            after = side.stop - 1 - places if side.stop < length else np.full(places.size, np.inf)
            context = np.expand_dims(np.minimum(before, after), 1 - axis)
            context = np.where(tile.weights > 0, context, np.inf)
            nearest[tile.area] = np.minimum(nearest[tile.area], context)
    assert total[trimap == 128].min() > 0.01
    assert nearest[trimap == 128].min() >= 64


def test_time_follows_the_unknown_region():
    trimap = band(1500, 4000)
    image = np.zeros((1500, 4000, 3), np.uint8)
    computed = []

    def network(inputs, training):
        computed.append(inputs[0, ..., 0].size)
        return inputs[..., 3:] / 255.0

    inference.predict_alpha(network, image, trimap, max_pixels=400_000)
    assert max(computed) <= 400_000
    # The band and 128 pixels on both sides, for its whole height, and overlaps: a ninth of the photograph.
    assert sum(computed) < trimap.size / 8


def test_a_small_unknown_region_of_a_large_photograph_is_one_tile():
    trimap = np.zeros((3000, 3000), np.uint8)
    trimap[2000:2100, 100:300] = 128
    (tile,) = tiles_of(trimap, 500_000, 32)
    assert tile.rows == slice(1856, 2240)
    assert tile.columns == slice(0, 448)


def test_progress_gets_the_tiles_once_and_a_photograph_of_one_piece_is_one():
    image, trimap = noise(600, 900)
    seen = []

    def progress(tiles):
        for tile in tiles:
            seen.append(len(tiles))
            yield tile

    inference.predict_alpha(pointwise, image, trimap, progress=progress)
    assert seen == [1]
    seen.clear()
    calls = []
    inference.predict_alpha(
        lambda inputs, training: calls.append(1) or pointwise(inputs, training),
        image,
        trimap,
        max_pixels=300 * 300,
        progress=progress,
    )
    assert len(calls) == len(seen) == seen[0] > 4


def test_control_c_ends_between_two_tiles():
    calls = []

    def network(inputs, training):
        calls.append(1)
        if len(calls) == 2:
            signal.raise_signal(signal.SIGINT)
        return pointwise(inputs, training)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            inference.predict_alpha(network, *noise(600, 900), max_pixels=300 * 300)
    finally:
        signal.signal(signal.SIGINT, before)
    assert len(calls) == 2


@pytest.fixture(scope="module")
def astronaut():
    image = data.read_image(SAMPLES / "astronaut.jpg")
    trimap = data.read_gray(SAMPLES / "astronaut_trimap.png")
    scale = {"dsize": (512, 512)}
    image = cv2.resize(image, **scale, interpolation=cv2.INTER_CUBIC)
    return image, cv2.resize(trimap, **scale, interpolation=cv2.INTER_NEAREST)


@pytest.mark.slow
def test_tiles_equal_one_piece(astronaut):
    network = inference.open_model("indexnet_base")
    whole = inference.predict_alpha(network, *astronaut)
    tiled = inference.predict_alpha(network, *astronaut, max_pixels=352 * 352)
    unknown = astronaut[1] == 128
    difference = np.abs(tiled - whole)[unknown]
    assert difference.max() > 0  # or there was one tile
    assert difference.mean() < 2e-3
