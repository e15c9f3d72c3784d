import keras
import numpy as np
import pytest
from index_properties import check_odd_sizes_are_refused
from keras import ops
from layer_checks import check_layer

from keras_indexnet.layers import IndexedPooling

RANDOM = np.random.default_rng(0)
FEATURES = RANDOM.normal(size=(4, 8, 12, 6)).astype("float32")
HOLISTIC = RANDOM.uniform(size=(4, 4, 6, 4)).astype("float32")
DEPTHWISE = RANDOM.uniform(size=(4, 4, 6, 24)).astype("float32")


@pytest.mark.parametrize("index", [HOLISTIC, DEPTHWISE])
@pytest.mark.parametrize("return_indexed", [False, True])
def test_keras_layer(index, return_indexed, tmp_path):
    options = {"pool_size": 2, "return_indexed": return_indexed}
    shapes = [(4, 4, 6, 6), (4, 8, 12, 6)] if return_indexed else [(4, 4, 6, 6)]
    check_layer(IndexedPooling, options, (FEATURES, index), shapes, 0, 0, tmp_path)


@pytest.mark.parametrize("pool_size", [2, 4])
def test_with_a_constant_index_it_is_average_pooling(pool_size):
    low = (4, 8 // pool_size, 12 // pool_size, pool_size**2)
    pooled = IndexedPooling(pool_size)(FEATURES, np.full(low, 1 / pool_size**2, "float32"))
    expected = keras.layers.AveragePooling2D(pool_size)(FEATURES)
    np.testing.assert_allclose(*map(ops.convert_to_numpy, (pooled, expected)), atol=1e-6)


@pytest.mark.parametrize("index", [HOLISTIC, DEPTHWISE])
def test_equals_the_equation_of_the_paper(index):
    pooled, indexed = IndexedPooling(return_indexed=True)(FEATURES, index)
    product = FEATURES * ops.convert_to_numpy(ops.depth_to_space(index, 2))
    np.testing.assert_allclose(ops.convert_to_numpy(indexed), product, atol=1e-6)
    average = keras.layers.AveragePooling2D(2)(product)
    np.testing.assert_allclose(ops.convert_to_numpy(pooled), 4 * ops.convert_to_numpy(average), atol=1e-5)


def test_odd_sizes_are_refused():
    check_odd_sizes_are_refused(IndexedPooling, np.zeros((1, 4, 5, 4), "float32"))


@pytest.mark.parametrize("shape", [(4, 4, 6, 5), (4, 4, 6, 12), (4, 8, 12, 4), (4, 1, 1, 4)])
def test_an_index_of_another_shape_is_refused(shape):
    with pytest.raises(ValueError, match=r"\(4, 6, 4\) \(holistic\) or \(4, 6, 24\) \(depthwise\)"):
        IndexedPooling()(FEATURES, np.zeros(shape, "float32"))
