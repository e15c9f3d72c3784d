"""Every "equals" of docs/understand/index_functions.md: values, and gradients with respect to the features."""

import re
from pathlib import Path

import keras
import numpy as np
import pytest
from gradients import gradient
from keras import ops

from keras_indexnet import layers

PAGE = Path(__file__).resolve().parents[2] / "docs" / "understand" / "index_functions.md"
RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(2, 12, 24, 5)).astype("float32")
SIZES = pytest.mark.parametrize("k", [2, 3], ids=["by_two", "by_three"])


def low_resolution(k):
    return RANDOM.normal(size=(2, 12 // k, 24 // k, 5)).astype("float32")


def check_equal(one, other, features):
    """Check that two functions of one tensor have the same values and the same gradient."""
    actual, expected = (ops.convert_to_numpy(function(features)) for function in (one, other))
    assert actual.shape == expected.shape
    np.testing.assert_allclose(actual, expected, atol=1e-5)
    weights = RANDOM.normal(size=expected.shape).astype("float32")
    actual, expected = (gradient(function, features, weights) for function in (one, other))
    assert np.any(expected != 0)
    np.testing.assert_allclose(actual, expected, atol=1e-5)


def pooling_with(block, k):
    """Return the function `x -> IP(x, encoder index of x)`."""
    pooling = layers.IndexedPooling(k)
    return lambda x: pooling(x, block(x)[0])


def upsampling_with(block, k, x=X):
    """Return the function `z -> IU(z, decoder index of x)`."""
    upsampling = layers.IndexedUpsampling(k)
    _, decoder_index = block(x)
    return lambda z: upsampling(z, decoder_index)


def built(layer, features, weights):
    layer.build(features.shape)
    layer.set_weights(weights)
    return layer


# Maximum


@SIZES
def test_max_index_is_max_pooling(k):
    check_equal(pooling_with(layers.MaxIndexBlock(k), k), keras.layers.MaxPooling2D(k), X)


@SIZES
def test_max_index_is_max_unpooling(k):
    _, argmax = layers.MaxPoolingWithArgmax2D(k)(X)
    unpooling = layers.MaxUnpooling2D(k)
    check_equal(upsampling_with(layers.MaxIndexBlock(k), k), lambda z: unpooling(z, argmax), low_resolution(k))


@SIZES
def test_max_pooling_with_argmax_is_max_pooling(k):
    pooling = layers.MaxPoolingWithArgmax2D(k)
    check_equal(lambda x: pooling(x)[0], keras.layers.MaxPooling2D(k), X)


@SIZES
def test_holistic_max_index_takes_the_pixel_with_the_largest_value(k):
    regions = X.reshape(2, 12 // k, k, 24 // k, k, 5).transpose(0, 1, 3, 2, 4, 5)
    regions = regions.reshape(2, 12 // k, 24 // k, k * k, 5)
    winner = regions.max(axis=-1).argmax(axis=-1)[..., np.newaxis, np.newaxis]

    def winning_pixel(x):
        positions = ops.reshape(ops.space_to_depth(x, k), regions.shape)
        return ops.squeeze(ops.take_along_axis(positions, ops.convert_to_tensor(winner), axis=3), 3)

    check_equal(pooling_with(layers.HolisticMaxIndexBlock(k), k), winning_pixel, X)


# Average


@SIZES
def test_average_index_is_average_pooling(k):
    check_equal(pooling_with(layers.AverageIndexBlock(k), k), keras.layers.AveragePooling2D(k), X)


@SIZES
def test_average_index_is_nearest_neighbour_upsampling(k):
    nearest = keras.layers.UpSampling2D(k, interpolation="nearest")
    check_equal(upsampling_with(layers.AverageIndexBlock(k), k), nearest, low_resolution(k))


# Bilinear and deconvolution


def kernel_block(k):
    block = layers.KernelIndexBlock(k, kernel_initializer=keras.initializers.RandomNormal(seed=0))
    block(X)
    return block, ops.convert_to_numpy(block.kernel)


@SIZES
def test_kernel_index_is_a_depthwise_convolution(k):
    block, kernel = kernel_block(k)
    convolution = keras.layers.DepthwiseConv2D(k, strides=k, use_bias=False)
    check_equal(pooling_with(block, k), built(convolution, X, [kernel[..., np.newaxis]]), X)


@SIZES
def test_kernel_index_is_a_deconvolution_with_a_diagonal_kernel(k):
    block, kernel = kernel_block(k)
    deconvolution = keras.layers.Conv2DTranspose(5, k, strides=k, use_bias=False)
    z = low_resolution(k)
    diagonal = kernel[..., np.newaxis] * np.eye(5)
    check_equal(upsampling_with(block, k), built(deconvolution, z, [diagonal]), z)


def test_bilinear_upsampling_is_the_average_index_and_a_smoothing():
    z = low_resolution(2)
    nearest = upsampling_with(layers.AverageIndexBlock(), 2)
    smoothing = keras.layers.DepthwiseConv2D(3, use_bias=False)
    kernel = np.outer([1, 2, 1], [1, 2, 1])[..., np.newaxis, np.newaxis] / 16
    built(smoothing, z, [np.repeat(kernel, 5, axis=2)])

    def smoothed(z):
        # "symmetric" repeats the border where it adds one pixel.
        return smoothing(ops.pad(nearest(z), [[0, 0], [1, 1], [1, 1], [0, 0]], mode="symmetric"))

    check_equal(smoothed, keras.layers.UpSampling2D(2, interpolation="bilinear"), z)


# Periodic shuffling


@SIZES
def test_periodic_shuffle_indices_are_space_to_depth(k):
    parts = [pooling_with(layers.PeriodicShuffleIndexBlock(position, k), k) for position in range(k * k)]
    check_equal(
        lambda x: ops.concatenate([part(x) for part in parts], axis=-1), lambda x: ops.space_to_depth(x, k), X
    )


@SIZES
def test_periodic_shuffle_indices_are_depth_to_space(k):
    parts = [upsampling_with(layers.PeriodicShuffleIndexBlock(position, k), k) for position in range(k * k)]
    z = RANDOM.normal(size=(2, 12 // k, 24 // k, k * k * 5)).astype("float32")

    def sum_of_upsampled(z):
        maps = ops.split(z, k * k, axis=-1)
        return sum(part(one) for part, one in zip(parts, maps, strict=True))

    check_equal(sum_of_upsampled, lambda z: ops.depth_to_space(z, k), z)


# Learned indices: the logits come from ordinary convolutions of stride k.


def first_convolution(filters, k, context, groups=1):
    size = 2 * k if context else k
    return keras.layers.Conv2D(filters, size, strides=k, padding="same", groups=groups, use_bias=False)


def check_learned(block, network, k):
    """Check both indices of a block against those of a network that gives the logits."""

    def decoder_index(x):
        return ops.sigmoid(network(x))

    def encoder_index(x):
        blocks = decoder_index(x)
        by_position = ops.reshape(blocks, (*blocks.shape[:3], k * k, -1))
        return ops.reshape(ops.softmax(by_position, axis=3), blocks.shape)

    check_equal(lambda x: block(x)[0], encoder_index, X)
    check_equal(lambda x: block(x)[1], decoder_index, X)


@SIZES
@pytest.mark.parametrize("context", [False, True])
def test_linear_holistic_index_is_one_convolution(k, context):
    block = layers.HolisticIndexBlock(context=context, pool_size=k)
    block(X)
    convolution = first_convolution(k * k, k, context)
    check_learned(block, built(convolution, X, block.get_weights()), k)


@SIZES
@pytest.mark.parametrize("context", [False, True])
def test_linear_many_to_one_index_is_one_convolution(k, context):
    block = layers.DepthwiseIndexBlock("m2o", context=context, pool_size=k)
    block(X)
    convolution = first_convolution(k * k * 5, k, context)
    check_learned(block, built(convolution, X, [np.concatenate(block.get_weights(), axis=-1)]), k)


@SIZES
@pytest.mark.parametrize("context", [False, True])
def test_linear_one_to_one_index_is_k_times_k_depthwise_convolutions(k, context):
    block = layers.DepthwiseIndexBlock("o2o", context=context, pool_size=k)
    block(X)
    options = {"strides": k, "padding": "same", "use_bias": False}
    convolutions = [
        built(keras.layers.DepthwiseConv2D(2 * k if context else k, **options), X, [kernel])
        for kernel in block.get_weights()
    ]
    check_learned(block, lambda x: ops.concatenate([one(x) for one in convolutions], axis=-1), k)


def nonlinear_network(hidden, outputs, k, groups, weights):
    """Return convolution, batch normalisation, ReLU6 and 1x1 convolution, in `groups` groups."""
    network = keras.Sequential(
        [
            first_convolution(hidden, k, context=True, groups=groups),
            keras.layers.BatchNormalization(epsilon=1e-5),
            keras.layers.ReLU(6.0),
            keras.layers.Conv2D(outputs, 1, groups=groups, use_bias=False),
        ]
    )
    network.build(X.shape)
    shapes = [weight.shape for weight in network.get_weights()]
    network.set_weights([weight.reshape(shape) for weight, shape in zip(weights, shapes, strict=True)])
    return network


def vary_statistics(block):
    block(X)
    weights = block.get_weights()
    block.set_weights([RANDOM.uniform(0.5, 1.5, w.shape) if w.ndim == 1 else w for w in weights])


def test_nonlinear_holistic_index():
    block = layers.HolisticIndexBlock(nonlinear=True, context=True)
    vary_statistics(block)
    network = nonlinear_network(2 * 5, 4, 2, groups=1, weights=block.index_network.get_weights())
    check_learned(block, network, 2)


@pytest.mark.parametrize(("mode", "groups"), [("o2o", 5), ("m2o", 1)])
def test_nonlinear_depthwise_index(mode, groups):
    block = layers.DepthwiseIndexBlock(mode, nonlinear=True, context=True, expansion=2)
    vary_statistics(block)
    columns = [nonlinear_network(2 * 5, 5, 2, groups, column.get_weights()) for column in block.columns]
    check_learned(block, lambda x: ops.concatenate([column(x) for column in columns], axis=-1), 2)


# The page


def test_every_example_of_the_page_runs():
    names = {}
    examples = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert examples
    for example in examples:
        exec(example, names)


def test_the_page_names_every_index_block():
    page = PAGE.read_text()
    blocks = [block.__name__ for block in vars(layers).values() if is_index_block(block)]
    assert len(blocks) == 8  # with the base
    assert [name for name in blocks if f"`{name}" not in page] == []


def is_index_block(value):
    return isinstance(value, type) and issubclass(value, layers.IndexBlock)
