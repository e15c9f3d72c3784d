import keras
import numpy as np
import pytest
from keras import ops

from keras_indexnet.layers import BilinearInitializer


@pytest.mark.parametrize(
    ("size", "tent"),
    [(2, [1 / 2, 1 / 2]), (3, [1 / 4, 1 / 2, 1 / 4]), (4, [1 / 8, 3 / 8, 3 / 8, 1 / 8])],
)
def test_is_a_tent_in_both_directions_for_every_channel(size, tent):
    kernel = ops.convert_to_numpy(BilinearInitializer()((size, size, 5)))
    for channel in range(5):
        np.testing.assert_allclose(kernel[:, :, channel], np.outer(tent, tent), atol=1e-7)


def test_as_a_deconvolution_kernel_it_is_bilinear_upsampling():
    values = np.random.default_rng(0).normal(size=(1, 5, 7, 1)).astype("float32")
    deconvolution = keras.layers.Conv2DTranspose(
        1, 4, strides=2, padding="same", use_bias=False, kernel_initializer=BilinearInitializer()
    )
    upsampling = keras.layers.UpSampling2D(2, interpolation="bilinear")
    # Its four weights of a pixel sum to 1/4. Bilinear upsampling repeats the border, a convolution does not.
    actual = 4 * ops.convert_to_numpy(deconvolution(values))
    inner = np.s_[:, 1:-1, 1:-1]
    np.testing.assert_allclose(actual[inner], ops.convert_to_numpy(upsampling(values))[inner], atol=1e-6)


def test_goes_through_a_config():
    config = keras.initializers.serialize(BilinearInitializer())
    assert isinstance(keras.initializers.get(config), BilinearInitializer)


def test_dtype():
    kernel = BilinearInitializer()((2, 2, 1), dtype="float16")
    assert keras.backend.standardize_dtype(kernel.dtype) == "float16"
