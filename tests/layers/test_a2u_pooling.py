import numpy as np
import pytest
from gradients import gradient
from index_properties import check_odd_sizes_are_refused
from keras import ops
from layer_checks import check_layer
from naive_upsampling import check_layer_equals, pixels_of, varied
from scipy.special import softmax
from test_a2u_upsampling import bilinear_form

from keras_indexnet import layers
from keras_indexnet.layers import A2UPooling

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("pool_size", "kernel_size", "rank"), [(2, 4, 1), pytest.param(3, 4, 2, marks=pytest.mark.matrix)]
)
def test_keras_layer(pool_size, kernel_size, rank, tmp_path):
    features = RANDOM.normal(size=(4, 12, 12, 6)).astype("float32")
    options = {"pool_size": pool_size, "kernel_size": kernel_size, "rank": rank}
    check_layer(A2UPooling, options, (features,), [(4, 12 // pool_size, 12 // pool_size, 6)], 4, 0, tmp_path)


@pytest.mark.parametrize(("pool_size", "kernel_size"), [(2, 2), (2, 3), (2, 4), (2, 6), (2, 7), (3, 8)])
def test_equals_loops(pool_size, kernel_size):
    features = RANDOM.normal(size=(6, 12, 2))
    layer = A2UPooling(pool_size, kernel_size, rank=2)
    logits = bilinear_form(features, varied(layer, features), pool_size)
    expected = np.zeros((6 // pool_size, 12 // pool_size, 2))
    before = (kernel_size - pool_size) // 2
    for row, column in np.ndindex(*expected.shape[:2]):
        weights = softmax(logits[row, column]).reshape(kernel_size, kernel_size)
        window = pixels_of(features, pool_size * row, pool_size * column, kernel_size, before)
        expected[row, column] = np.einsum("yx,yxc->c", weights, window)
    check_layer_equals(layer, expected, features)


def test_without_a_border_it_is_indexed_pooling():
    features = RANDOM.normal(size=(2, 6, 8, 3)).astype("float32")
    layer = A2UPooling(kernel_size=2)
    layer(features)
    weights = RANDOM.normal(size=(2, 3, 4, 3)).astype("float32")

    def indexed(x):
        return layers.IndexedPooling()(x, ops.softmax(layer.affinity(x)))

    np.testing.assert_allclose(*(ops.convert_to_numpy(pool(features)) for pool in (layer, indexed)), atol=1e-6)
    gradients = [gradient(pool, features, weights) for pool in (layer, indexed)]
    assert np.abs(gradients[0]).max() > 0.1
    np.testing.assert_allclose(*gradients, atol=1e-5)


def test_odd_sizes_are_refused():
    check_odd_sizes_are_refused(A2UPooling)


def test_a_kernel_smaller_than_the_region_is_refused():
    with pytest.raises(ValueError, match="kernel_size is a whole number from 3 to 34, not 2"):
        A2UPooling(3, kernel_size=2)
