import numpy as np
import pytest
from keras import ops
from layer_checks import check_layer
from naive_upsampling import check_layer_equals, convolution, position, upsampled, varied

from keras_indexnet.layers import A2UUpsampling

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize(("size", "rank"), [(2, 1), pytest.param(3, 2, marks=pytest.mark.matrix)])
def test_keras_layer(size, rank, tmp_path):
    features = RANDOM.normal(size=(4, 6, 6, 6)).astype("float32")
    guide = RANDOM.normal(size=(4, 6 * size, 6 * size, 4)).astype("float32")
    options = {"size": size, "kernel_size": 3, "rank": rank}
    check_layer(A2UUpsampling, options, (features, guide), [(4, 6 * size, 6 * size, 6)], 4, 0, tmp_path)


@pytest.mark.parametrize(("size", "rank"), [(2, 1), (2, 3), (3, 2)])
def test_equals_loops(size, rank):
    features, guide = RANDOM.normal(size=(3, 4, 5)), RANDOM.normal(size=(3 * size, 4 * size, 2))
    layer = A2UUpsampling(size, rank=rank)
    weights = varied(layer, features, guide)
    logits = bilinear_form(guide, weights, size)

    def logits_at(row, column):
        return logits[row // size, column // size].reshape(size**2, 9)[position(row, column, size)]

    check_layer_equals(layer, upsampled(features, logits_at, size, 3), features, guide)


def bilinear_form(values, weights, stride):
    """Return `P sum over c of (U_c x_c) * (V_c x_c) + b`, of the windows of a map."""
    u, v = (convolution(values, weights[f"{name}/kernel"], stride=stride, depthwise=True) for name in "uv")
    products = (u * v).reshape(*u.shape[:2], values.shape[-1], -1).sum(axis=2)
    return products @ weights["p/kernel"][0, 0] + weights["p/bias"]


def test_the_form_is_of_second_order():
    """Twice the guide is four times the logits, apart from the bias."""
    guide = RANDOM.normal(size=(1, 6, 8, 3)).astype("float32")
    layer = A2UUpsampling()
    layer(guide[:, ::2, ::2], guide)
    once, twice = (ops.convert_to_numpy(layer.affinity(scale * guide)) for scale in (1, 2))
    assert np.abs(once).max() > 1e-3
    np.testing.assert_allclose(twice, 4 * once, rtol=1e-4, atol=1e-6)
