"""Parts that the matting networks share: the input and its normalisation, convolution unit, prediction head."""

import keras
import numpy as np
from keras import ops, saving

from keras_indexnet.layers.batch_normalization import BatchNormalization

PREFIX = "encoder_"  # of the names of the encoders' layers


@saving.register_keras_serializable(package="keras_indexnet")
class ChannelRescaling(keras.layers.Rescaling):
    """Keras's `Rescaling` of the last axis; Keras's own takes the axis that its config file names."""

    def call(self, inputs):
        scale, offset = (
            ops.convert_to_tensor(values, self.compute_dtype) for values in (self.scale, self.offset)
        )
        return ops.cast(inputs, self.compute_dtype) * scale + offset


def precision(dtype):
    """Return the `keras.DTypePolicy` of a network's layers: what is asked for, else the global one.

    A global policy that keeps the weights in half precision, which `floatx: float16` in keras.json means, is
    not followed: it would round trained weights, and give another matte, without anybody having asked for it.
    """
    policy = keras.dtype_policies.get(dtype)
    rounds_weights = policy.variable_dtype in ("float16", "bfloat16")
    return keras.DTypePolicy("float32") if dtype is None and rounds_weights else policy


def stage_input(channels, dtype):
    """The input of a part that is a model of its own, in what its layers compute in, whatever `floatx` is."""
    return keras.Input((None, None, channels), dtype=precision(dtype).compute_dtype)


def image_and_trimap():
    """The input of every network: RGB and a trimap in 0..255."""
    return keras.Input((None, None, 4), dtype="float32", name="image_and_trimap")


def normalized(inputs, conventions, dtype):
    """Normalise RGB in 0..255 by mean and deviation, and bring the trimap from 0..255 to 0..1."""
    mean, std = conventions.image_mean, conventions.image_std
    scale = [*(1 / value for value in std), 1 / 255]
    offset = [*(-middle / value for middle, value in zip(mean, std, strict=True)), 0.0]
    return ChannelRescaling(scale, offset, dtype=dtype, name="normalize")(inputs)


def separable_unit(x, filters, kernel_size, name, dtype):
    """A `unit` whose convolution is split into a depthwise one and one of 1x1, with nothing between them."""
    x = keras.layers.DepthwiseConv2D(
        kernel_size,
        padding="same",
        use_bias=False,
        depthwise_initializer=keras.initializers.RandomNormal(stddev=1 / kernel_size),
        data_format="channels_last",
        dtype=dtype,
        name=f"{name}_depthwise",
    )(x)
    return unit(x, filters, kernel_size=1, name=name, dtype=dtype)


def unit(x, filters, kernel_size, name, dtype):
    """Convolution without bias, batch normalisation, ReLU6."""
    x = keras.layers.Conv2D(
        filters,
        kernel_size,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
        data_format="channels_last",  # whatever Keras is set to, as all layers here
        dtype=dtype,
        name=f"{name}_conv",
    )(x)
    x = BatchNormalization(epsilon=1e-5, dtype=dtype, name=f"{name}_bn")(x)
    return keras.layers.ReLU(6.0, dtype=dtype, name=f"{name}_relu")(x)


def prediction_head(x, kernel_size, dtype):
    """Predict alpha, in float32: a unit of one channel and a convolution of one channel, linear.

    The head has a single ReLU. A random last kernel sums to less than zero half of the time, and the network
    then drives that ReLU to zero for good. A centre tap plus a small average, 1 in sum, cannot start so.
    """
    x = unit(x, 1, kernel_size, name="head", dtype=dtype)
    kernel = np.full((kernel_size, kernel_size, 1, 1), 0.5 / kernel_size**2, "float32")
    kernel[kernel_size // 2, kernel_size // 2] += 0.5
    return keras.layers.Conv2D(
        1,
        kernel_size,
        padding="same",
        use_bias=False,
        kernel_initializer=keras.initializers.Constant(kernel),
        data_format="channels_last",
        dtype="float32",
        name="alpha",
    )(x)
