"""Parts that the networks share: the input, a convolution unit, ways to halve and to double."""

import keras

from keras_indexnet import layers
from keras_indexnet.models.parts import ChannelRescaling

IMAGENET_MEAN = (123.68, 116.779, 103.939)  # of red, green and blue, which keras.applications subtracts


def image_input(image_size):
    """Return the input of images, RGB in 0..255, and what remains of them without ImageNet's mean."""
    images = keras.Input((*image_size, 3), name="images")
    offset = [-mean for mean in IMAGENET_MEAN]
    return images, ChannelRescaling([1.0, 1.0, 1.0], offset, name="normalize")(images)


def halved(x, index_block, name):
    """Halve a resolution: by Indexed Pooling, or by max pooling where there is no index block.

    Returns:
        The features at half the resolution, and the decoder index, None for max pooling.
    """
    if index_block is None:
        return keras.layers.MaxPooling2D(data_format="channels_last", name=name)(x), None
    encoder_index, decoder_index = index_block(pool_size=2, name=f"{name}_index")(x)
    return layers.IndexedPooling(name=name)(x, encoder_index), decoder_index


def doubled(x, decoder_index, interpolation, name):
    """Double a resolution: by Indexed Upsampling, or by interpolation where there is no decoder index."""
    if decoder_index is not None:
        return layers.IndexedUpsampling(name=name)(x, decoder_index)
    return keras.layers.UpSampling2D(interpolation=interpolation, data_format="channels_last", name=name)(x)


def unit(x, filters, kernel_size, name):
    """Convolution without bias, batch normalisation, ReLU."""
    x = keras.layers.Conv2D(
        filters,
        kernel_size,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
        data_format="channels_last",  # whatever Keras is set to, as all layers here
        name=f"{name}_conv",
    )(x)
    return keras.layers.ReLU(name=f"{name}_relu")(layers.BatchNormalization(name=f"{name}_bn")(x))
