import keras
import numpy as np
import pytest
from index_properties import check_odd_sizes_are_refused
from keras import ops
from layer_checks import check_layer

from keras_indexnet.layers import BilinearInitializer, KernelIndexBlock


def features():
    return np.random.default_rng(0).normal(size=(4, 12, 12, 6)).astype("float32")


@pytest.mark.parametrize(("pool_size", "trainable"), [(2, True), (2, False), (3, True)])
def test_keras_layer(pool_size, trainable, tmp_path):
    initializer = keras.initializers.RandomUniform(0, 1, seed=1)
    options = {
        "pool_size": pool_size,
        "kernel_initializer": keras.initializers.serialize(initializer),
        "trainable": trainable,
    }
    shapes = [(4, 12 // pool_size, 12 // pool_size, 6 * pool_size**2)] * 2
    counts = (1, 0) if trainable else (0, 1)
    check_layer(KernelIndexBlock, options, (features(),), shapes, *counts, tmp_path)


@pytest.mark.parametrize("pool_size", [2, 3])
def test_both_indices_are_the_kernel_in_every_region(pool_size):
    block = KernelIndexBlock(pool_size, kernel_initializer="glorot_uniform")
    indices = block(features())
    kernel = ops.convert_to_numpy(block.kernel)
    assert kernel.shape == (pool_size, pool_size, 6)
    tiled = np.tile(kernel, (12 // pool_size, 12 // pool_size, 1))
    for index in indices:
        shown = ops.convert_to_numpy(ops.depth_to_space(index, pool_size))
        np.testing.assert_array_equal(shown, np.broadcast_to(tiled, shown.shape))


@pytest.mark.parametrize("pool_size", [2, 3, 4])
def test_the_default_kernel_is_bilinear_and_sums_to_one(pool_size):
    block = KernelIndexBlock(pool_size)
    index, _ = map(ops.convert_to_numpy, block(features()))
    np.testing.assert_allclose(index.reshape(-1, pool_size**2, 6).sum(axis=1), 1, atol=1e-6)
    config = KernelIndexBlock(kernel_initializer="bilinear").get_config()
    assert isinstance(KernelIndexBlock.from_config(config).kernel_initializer, BilinearInitializer)


def test_odd_sizes_are_refused():
    check_odd_sizes_are_refused(KernelIndexBlock)
