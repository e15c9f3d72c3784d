import keras
import numpy as np
import pytest
from gradients import gradient
from index_properties import check_odd_sizes_are_refused
from keras import ops

from keras_indexnet.layers import MaxPoolingWithArgmax2D

RANDOM = np.random.default_rng(0)
FEATURES = RANDOM.normal(size=(4, 12, 24, 6)).astype("float32")
# Few different values, so that most regions have several maxima.
TIES = RANDOM.integers(0, 3, size=(4, 12, 24, 6)).astype("float32")


def max_pool_with_argmax(features, pool_size):
    """NumPy's version; its argmax takes the first of equal maxima."""
    batch, height, width, channels = features.shape
    positions = np.arange(features[0].size).reshape(1, height, width, channels)
    values, positions = (regions(array, pool_size) for array in (features, positions))
    first = values.argmax(axis=3, keepdims=True)
    positions = np.broadcast_to(positions, values.shape)
    return (np.take_along_axis(array, first, axis=3)[:, :, :, 0] for array in (values, positions))


def regions(features, pool_size):
    """Bring (B, H, W, C) to (B, H/k, W/k, k*k, C)."""
    batch, height, width, channels = features.shape
    low = (height // pool_size, width // pool_size)
    split = features.reshape(batch, low[0], pool_size, low[1], pool_size, channels)
    return split.transpose(0, 1, 3, 2, 4, 5).reshape(batch, *low, pool_size**2, channels)


@pytest.mark.parametrize("features", [FEATURES, TIES])
@pytest.mark.parametrize("pool_size", [2, 3, 4])
def test_equals_numpy(features, pool_size):
    pooled, argmax = MaxPoolingWithArgmax2D(pool_size)(features)
    expected, positions = max_pool_with_argmax(features, pool_size)
    np.testing.assert_array_equal(ops.convert_to_numpy(pooled), expected)
    np.testing.assert_array_equal(ops.convert_to_numpy(argmax), positions)
    assert keras.backend.standardize_dtype(argmax.dtype) == "int32"


@pytest.mark.parametrize("features", [FEATURES, TIES])
@pytest.mark.parametrize("pool_size", [2, 3])
def test_the_gradient_goes_to_the_first_maximum(features, pool_size):
    layer = MaxPoolingWithArgmax2D(pool_size)
    pooled, positions = max_pool_with_argmax(features, pool_size)
    weights = RANDOM.normal(size=pooled.shape).astype("float32")
    expected = np.zeros((4, features[0].size), "float32")
    np.put_along_axis(expected, positions.reshape(4, -1), weights.reshape(4, -1), axis=1)
    actual = gradient(lambda x: layer(x)[0], features, weights)
    np.testing.assert_allclose(actual.reshape(4, -1), expected, atol=1e-6)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="compares with TensorFlow's operator")
@pytest.mark.parametrize("features", [FEATURES, TIES])
@pytest.mark.parametrize("pool_size", [2, 3])
def test_equals_tensorflow(features, pool_size):
    import tensorflow as tf

    def operator(x):
        return tf.nn.max_pool_with_argmax(x, pool_size, pool_size, "VALID")

    layer = MaxPoolingWithArgmax2D(pool_size)
    for actual, expected in zip(layer(features), operator(features), strict=True):
        np.testing.assert_array_equal(actual, expected)
    weights = RANDOM.normal(size=layer(features)[0].shape).astype("float32")
    gradients = (gradient(lambda x, f=f: f(x)[0], features, weights) for f in (layer, operator))
    np.testing.assert_allclose(*gradients, atol=1e-6)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_positions_are_exact_in_half_precision(policy):
    # Positions up to 24575; float16 has no odd numbers above 2048, bfloat16 none above 256.
    compute_dtype = keras.DTypePolicy(policy).compute_dtype
    features = RANDOM.normal(size=(1, 64, 128, 3)).astype("float32")
    rounded = ops.convert_to_numpy(ops.cast(ops.cast(features, compute_dtype), "float32"))
    _, argmax = MaxPoolingWithArgmax2D(dtype=policy)(features)
    np.testing.assert_array_equal(ops.convert_to_numpy(argmax), list(max_pool_with_argmax(rounded, 2))[1])


def test_symbols_have_the_dtypes_of_the_tensors():
    pooled, argmax = MaxPoolingWithArgmax2D(3, dtype="mixed_bfloat16")(keras.Input((None, 12, 5)))
    assert (pooled.shape, pooled.dtype) == ((None, None, 4, 5), "bfloat16")
    assert (argmax.shape, argmax.dtype) == ((None, None, 4, 5), "int32")


def test_odd_sizes_are_refused():
    check_odd_sizes_are_refused(MaxPoolingWithArgmax2D)


def test_infinities_are_values():
    features = np.float32([[-np.inf, 1.0], [2.0, 3.0]]).reshape(1, 2, 2, 1)
    pooled, argmax = MaxPoolingWithArgmax2D()(features)
    assert (float(pooled[0, 0, 0, 0]), int(argmax[0, 0, 0, 0])) == (3.0, 3)
