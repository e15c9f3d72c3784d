import keras
import numpy as np
import pytest
from index_properties import check_odd_sizes_are_refused
from keras import ops
from layer_checks import check_layer

from keras_indexnet.layers import IndexedPooling, MaxIndexBlock


def features(batch=4):
    return np.random.default_rng(0).normal(size=(batch, 8, 12, 6)).astype("float32")


def test_keras_layer(tmp_path):
    shapes = [(4, 4, 6, 24)] * 2
    check_layer(MaxIndexBlock, {"pool_size": 2}, (features(),), shapes, 0, 0, tmp_path)


@pytest.mark.parametrize("pool_size", [2, 4])
def test_with_indexed_pooling_it_is_max_pooling(pool_size):
    encoder_index, _ = MaxIndexBlock(pool_size)(features())
    pooled = IndexedPooling(pool_size)(features(), encoder_index)
    expected = keras.layers.MaxPooling2D(pool_size)(features())
    np.testing.assert_array_equal(*map(ops.convert_to_numpy, (pooled, expected)))


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="takes TensorFlow's gradient")
def test_with_indexed_pooling_it_has_the_gradient_of_max_pooling():
    import tensorflow as tf

    inputs = tf.constant(features())
    weights = np.random.default_rng(1).normal(size=(4, 4, 6, 6)).astype("float32")
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(inputs)
        pooled = weights * IndexedPooling()(inputs, MaxIndexBlock()(inputs)[0])
        expected = weights * keras.layers.MaxPooling2D()(inputs)
    gradient = tape.gradient(pooled, inputs).numpy()
    assert np.count_nonzero(gradient) == weights.size
    np.testing.assert_allclose(gradient, tape.gradient(expected, inputs).numpy(), atol=1e-6)


def test_encoder_and_decoder_index_mark_one_position_of_a_region():
    for index in MaxIndexBlock()(features()):
        positions = ops.convert_to_numpy(index).reshape(4, 4, 6, 4, 6)
        assert set(np.unique(positions)) == {0, 1}
        assert (positions.sum(axis=3) == 1).all()


@pytest.mark.parametrize(
    ("region", "marked"),
    [
        ([[5, 5], [5, 5]], [[1, 0], [0, 0]]),
        ([[1, 5], [5, 5]], [[0, 1], [0, 0]]),
        ([[1, 2], [5, 5]], [[0, 0], [1, 0]]),
        ([[1, 2], [3, 5]], [[0, 0], [0, 1]]),
        ([[0, -1], [0, -1]], [[1, 0], [0, 0]]),
    ],
)
def test_the_first_of_equal_maxima_is_marked(region, marked):
    index, _ = MaxIndexBlock()(np.float32(region)[np.newaxis, :, :, np.newaxis])
    shown = ops.convert_to_numpy(ops.depth_to_space(index, 2))
    np.testing.assert_array_equal(shown[0, :, :, 0], marked)


def test_odd_sizes_are_refused():
    check_odd_sizes_are_refused(MaxIndexBlock)
