import keras
import numpy as np
import pytest
from keras import ops
from layer_checks import check_layer

from keras_indexnet.layers import IndexedPooling, IndexedUpsampling, MaxIndexBlock

RANDOM = np.random.default_rng(0)
FEATURES = RANDOM.normal(size=(4, 4, 6, 5)).astype("float32")
HOLISTIC = RANDOM.uniform(size=(4, 4, 6, 4)).astype("float32")
DEPTHWISE = RANDOM.uniform(size=(4, 4, 6, 20)).astype("float32")


@pytest.mark.parametrize("index", [HOLISTIC, DEPTHWISE])
def test_keras_layer(index, tmp_path):
    shapes = [(4, 8, 12, 5)]
    check_layer(IndexedUpsampling, {"size": 2}, (FEATURES, index), shapes, 0, 0, tmp_path)


@pytest.mark.parametrize("index", [HOLISTIC, DEPTHWISE])
def test_equals_the_equation_of_the_paper(index):
    actual = ops.convert_to_numpy(IndexedUpsampling()(FEATURES, index))
    nearest = FEATURES.repeat(2, axis=1).repeat(2, axis=2)
    np.testing.assert_allclose(actual, nearest * ops.convert_to_numpy(ops.depth_to_space(index, 2)), atol=1e-6)


def test_with_a_constant_index_it_is_nearest_neighbour_upsampling():
    actual = IndexedUpsampling(size=3)(FEATURES, np.ones((4, 4, 6, 9), "float32"))
    expected = keras.layers.UpSampling2D(3, interpolation="nearest")(FEATURES)
    np.testing.assert_array_equal(*map(ops.convert_to_numpy, (actual, expected)))


def test_max_unpooling_puts_the_maxima_back_where_they_were():
    features = RANDOM.normal(size=(4, 8, 12, 5)).astype("float32")
    encoder_index, decoder_index = MaxIndexBlock()(features)
    pooled = IndexedPooling()(features, encoder_index)
    unpooled = ops.convert_to_numpy(IndexedUpsampling()(pooled, decoder_index))
    region_maximum = features.reshape(4, 4, 2, 6, 2, 5).max(axis=(2, 4))
    is_maximum = features == region_maximum.repeat(2, axis=1).repeat(2, axis=2)
    np.testing.assert_array_equal(unpooled, np.where(is_maximum, features, 0))


@pytest.mark.parametrize("shape", [(4, 4, 6, 5), (4, 4, 6, 8), (4, 8, 12, 4), (4, 1, 1, 4)])
def test_an_index_of_another_shape_is_refused(shape):
    for convert in (np.asarray, lambda values: keras.Input(values.shape[1:])):
        with pytest.raises(ValueError, match=r"\(4, 6, 4\) \(holistic\) or \(4, 6, 20\) \(depthwise\)"):
            IndexedUpsampling()(convert(FEATURES), convert(np.zeros(shape, "float32")))
