import keras
import numpy as np
import pytest
from gradients import gradient
from keras import layers, ops, saving
from layer_checks import check_layer

from keras_indexnet.layers import MaxPoolingWithArgmax2D, MaxUnpooling2D

RANDOM = np.random.default_rng(0)
POOLED = RANDOM.normal(size=(4, 4, 6, 5)).astype("float32")


def some_argmax(pool_size, seed=1):
    """Draw a position in the region of every value of `POOLED`, as int64 like TensorFlow's."""
    _, height, width, channels = POOLED.shape
    within = np.random.default_rng(seed).integers(0, pool_size**2, size=POOLED.shape)
    row, column, channel = np.ogrid[:height, :width, :channels]
    row = row * pool_size + within // pool_size
    column = column * pool_size + within % pool_size
    return (row * width * pool_size + column) * channels + channel


def flat(array):
    return array.reshape(len(array), -1)


@pytest.mark.parametrize("dtype", ["int32", "int64"])
@pytest.mark.parametrize("pool_size", [2, 3])
def test_equals_numpy(pool_size, dtype):
    argmax = some_argmax(pool_size)
    layer = MaxUnpooling2D(pool_size)
    expected = np.zeros((4, 4 * pool_size, 6 * pool_size, 5), "float32")
    np.put_along_axis(flat(expected), flat(argmax), flat(POOLED), axis=1)
    actual = ops.convert_to_numpy(layer(POOLED, argmax.astype(dtype)))
    np.testing.assert_array_equal(actual, expected)

    weights = RANDOM.normal(size=expected.shape).astype("float32")
    taken = np.take_along_axis(flat(weights), flat(argmax), axis=1)
    actual = gradient(lambda x: layer(x, argmax.astype("int32")), POOLED, weights)
    np.testing.assert_allclose(flat(actual), taken, atol=1e-6)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="compares with TensorFlow's operator")
@pytest.mark.parametrize("include_batch_in_index", [False, True])
@pytest.mark.parametrize("pool_size", [2, 3])
def test_undoes_the_max_pooling_of_tensorflow(pool_size, include_batch_in_index):
    import tensorflow as tf

    features = RANDOM.normal(size=(4, 4 * pool_size, 6 * pool_size, 5)).astype("float32")
    pooled, argmax = tf.nn.max_pool_with_argmax(
        features, pool_size, pool_size, "VALID", include_batch_in_index=include_batch_in_index
    )
    offset = 0 if include_batch_in_index else np.arange(4).reshape(4, 1, 1, 1) * features[0].size
    positions = tf.reshape(argmax + offset, (-1, 1))

    def scatter(values):
        spread = tf.scatter_nd(positions, tf.reshape(values, (-1,)), (features.size,))
        return tf.reshape(spread, features.shape)

    layer = MaxUnpooling2D(pool_size)
    np.testing.assert_array_equal(layer(pooled, argmax), scatter(pooled))
    weights = RANDOM.normal(size=features.shape).astype("float32")
    gradients = (gradient(f, pooled.numpy(), weights) for f in (lambda x: layer(x, argmax), scatter))
    np.testing.assert_allclose(*gradients, atol=1e-6)


@saving.register_keras_serializable(package="tests")
class PoolAndUnpool(layers.Layer):
    """Both layers, one after the other: what comes between them is made of whole numbers."""

    def __init__(self, pool_size=2, **kwargs):
        super().__init__(**kwargs)
        self.pool_size = pool_size

    def build(self, input_shape):
        self.pooling = MaxPoolingWithArgmax2D(self.pool_size, dtype=self.dtype_policy)
        self.unpooling = MaxUnpooling2D(self.pool_size, dtype=self.dtype_policy)

    def call(self, features):
        return self.unpooling(*self.pooling(features))

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "pool_size": self.pool_size}


@pytest.mark.parametrize("pool_size", [2, 3])
def test_keras_layer_with_its_pooling(pool_size, tmp_path):
    features = RANDOM.normal(size=(4, 12, 12, 6)).astype("float32")
    check_layer(PoolAndUnpool, {"pool_size": pool_size}, (features,), [(4, 12, 12, 6)], 0, 0, tmp_path)


def test_a_functional_model_of_the_pair_is_saved_and_takes_every_size(tmp_path):
    images = keras.Input((None, None, 2))
    pooled, argmax = MaxPoolingWithArgmax2D(3, name="pooling")(images)
    unpooled = MaxUnpooling2D(3, name="unpooling")(keras.layers.Conv2D(2, 3, padding="same")(pooled), argmax)
    assert unpooled.shape == (None, None, None, 2)
    model = keras.Model(images, [unpooled, argmax])
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    for name in ("pooling", "unpooling"):
        assert loaded.get_layer(name).get_config() == model.get_layer(name).get_config()
    for size in ((6, 9), (12, 3)):
        values = RANDOM.normal(size=(2, *size, 2)).astype("float32")
        for actual, expected in zip(loaded(values), model(values), strict=True):
            np.testing.assert_array_equal(*map(ops.convert_to_numpy, (actual, expected)))


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_positions_stay_exact_in_half_precision(policy):
    features = RANDOM.normal(size=(1, 64, 128, 3)).astype("float32")
    pooled, argmax = MaxPoolingWithArgmax2D()(features)
    unpooled = MaxUnpooling2D(dtype=policy)(pooled, argmax)
    assert keras.backend.standardize_dtype(unpooled.dtype) == keras.DTypePolicy(policy).compute_dtype
    unpooled = ops.convert_to_numpy(ops.cast(unpooled, "float32")).ravel()
    argmax = ops.convert_to_numpy(argmax).ravel()
    assert np.flatnonzero(unpooled).tolist() == sorted(argmax)


def test_an_argmax_that_is_no_integer_is_refused():
    for convert in (np.asarray, lambda values: keras.Input(values.shape[1:], dtype=str(values.dtype))):
        with pytest.raises(ValueError, match="holds integers, such as int32, not float32"):
            MaxUnpooling2D()(convert(POOLED), convert(POOLED))


@pytest.mark.parametrize("shape", [(4, 4, 6, 1), (4, 8, 12, 5), (4, 4, 6)])
def test_an_argmax_of_another_shape_is_refused(shape):
    for convert in (np.asarray, lambda values: keras.Input(values.shape[1:], dtype=str(values.dtype))):
        with pytest.raises(ValueError, match="the shape of its features"):
            MaxUnpooling2D()(convert(POOLED), convert(np.zeros(shape, "int32")))
