"""Parts that the matting networks share: input normalisation, convolution unit and prediction head."""

import keras
import numpy as np

PREFIX = "encoder_"  # of the names of the encoders' layers


def normalized(inputs, image_mean, image_std):
    """Normalise RGB in 0..255 by mean and deviation, and bring the trimap from 0..255 to 0..1."""
    scale = [1 / std for std in image_std] + [1 / 255]
    offset = [-mean / std for mean, std in zip(image_mean, image_std, strict=True)] + [0.0]
    return keras.layers.Rescaling(scale, offset, name="normalize")(inputs)


def unit(x, filters, kernel_size, name):
    """Convolution without bias, batch normalisation, ReLU6."""
    x = keras.layers.Conv2D(
        filters,
        kernel_size,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
        name=f"{name}_conv",
    )(x)
    x = keras.layers.BatchNormalization(epsilon=1e-5, name=f"{name}_bn")(x)
    return keras.layers.ReLU(6.0, name=f"{name}_relu")(x)


def prediction_head(x, kernel_size):
    """Predict alpha: a unit of one channel and a convolution of one channel, linear.

    The head has a single ReLU. A random last kernel sums to less than zero half of the time, and the network
    then drives that ReLU to zero for good. A centre tap plus a small average, 1 in sum, cannot start so.
    """
    x = unit(x, 1, kernel_size, name="head")
    kernel = np.full((kernel_size, kernel_size, 1, 1), 0.5 / kernel_size**2, "float32")
    kernel[kernel_size // 2, kernel_size // 2] += 0.5
    return keras.layers.Conv2D(
        1,
        kernel_size,
        padding="same",
        use_bias=False,
        kernel_initializer=keras.initializers.Constant(kernel),
        dtype="float32",
        name="alpha",
    )(x)
