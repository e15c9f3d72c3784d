import numpy as np
import pytest
from keras import ops
from layer_checks import check_layer
from naive_upsampling import check_layer_equals, convolution, position, upsampled, varied

from keras_indexnet.layers import CARAFE

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize("size", [2, pytest.param(3, marks=pytest.mark.matrix)])
def test_keras_layer(size, tmp_path):
    features = RANDOM.normal(size=(4, 6, 6, 6)).astype("float32")
    options = {"size": size, "kernel_size": 3, "compressed": 8}
    check_layer(CARAFE, options, (features,), [(4, 6 * size, 6 * size, 6)], 4, 0, tmp_path)


@pytest.mark.parametrize(("size", "side"), [(2, 3), (3, 5)])
def test_equals_loops(size, side):
    features = RANDOM.normal(size=(3, 4, 5))
    layer = CARAFE(size, kernel_size=side, compressed=6)
    weights = varied(layer, features)
    compressed = convolution(features, weights["compressor/kernel"], weights["compressor/bias"])
    logits = convolution(compressed, weights["predictor/kernel"], weights["predictor/bias"])

    def logits_at(row, column):
        of_pixel = logits[row // size, column // size].reshape(size**2, side**2)
        return of_pixel[position(row, column, size)]

    check_layer_equals(layer, upsampled(features, logits_at, size, side), features)


def test_a_kernel_with_one_large_weight_moves_the_map():
    """The weight right of the middle has all: each pixel becomes its neighbour to the right."""
    features = RANDOM.normal(size=(1, 4, 5, 3)).astype("float32")
    layer = CARAFE(kernel_size=3)
    layer(features)
    weights = [np.zeros(weight.shape) for weight in layer.weights]
    weights[-1].reshape(4, 9)[:, 5] = 100
    layer.set_weights(weights)
    moved = np.pad(features, ((0, 0), (0, 0), (0, 1), (0, 0)))[:, :, 1:]
    expected = moved.repeat(2, axis=1).repeat(2, axis=2)
    np.testing.assert_allclose(ops.convert_to_numpy(layer(features)), expected, atol=1e-6)
