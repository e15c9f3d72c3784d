"""Reconstruction: an autoencoder through whose bottleneck nothing passes but pooled features and indices."""

from collections.abc import Callable

import keras

from keras_indexnet import layers
from keras_indexnet.errors import IndexNetError
from keras_indexnet.given_numbers import height_and_width, whole_number
from keras_indexnet.models.matting_network import UPSAMPLERS
from keras_indexnet.tasks.index_choice import IndexChoice, chosen_block
from keras_indexnet.tasks.parts import doubled, halved, unit

FILTERS = (32, 64, 128, 256)  # of the encoder's stages; the decoder has them in reverse
INTERPOLATIONS = ("nearest", "bilinear")


def autoencoder(
    index: IndexChoice | None = None,
    interpolation: str = "nearest",
    image_size: tuple[int, int] = (32, 32),
    channels: int = 1,
    upsampler: str | Callable | None = None,
) -> keras.Model:
    """Build an autoencoder in which only the way down and up differs: the cleanest look at upsampling.

    Four stages of a 3x3 convolution, batch normalisation and ReLU with 32, 64, 128 and 256 channels, each
    halved afterwards; then four of doubling and a 3x3 convolution to 128, 64, 32 and the image's channels, the
    last one linear. There are no skip connections: the decoder knows of details what the indices tell it, or
    what an upsampler's kernels, which the encoder's feature of the stage guides.

    Args:
        index: str, a name of `INDEX_BLOCKS`, or a callable that returns an index block: `"max"` is max pooling
            and unpooling, `"hin_linear"` or `"m2o_nonlinear_context"` are learned. None: max pooling without
            indices, and interpolation.
        interpolation: str, `"nearest"` or `"bilinear"`, how it is doubled where there is no index.
        image_size: pair of int, height and width, multiples of 16.
        channels: int, of the images.
        upsampler: str, `"carafe"`, `"a2u"`, `"fade"`, `"fade_lite"` or `"sapa"` in the place of an index, as in
            `models.MattingNetwork`; or a callable that returns such a layer.

    Returns:
        `keras.Model`, `(B, H, W, channels) -> (B, H, W, channels)`, float in [0, 1], linear: clip what it
        returns.

    Raises:
        ValueError: if an argument is none of these.

    Example:

    >>> from keras_indexnet import tasks
    >>> tasks.autoencoder(index="hin_linear").output_shape
    (None, 32, 32, 1)

    Source: Lu et al., Index Networks, TPAMI 2020, experiments on reconstruction.
    """
    index_block = chosen_block(index)
    named = upsampler is None or callable(upsampler) or upsampler in UPSAMPLERS
    if not named or (index is not None and upsampler is not None):
        raise IndexNetError(
            f"upsampler is one of {', '.join(UPSAMPLERS)}, without an index, not {upsampler!r} with {index!r}."
        )
    if interpolation not in INTERPOLATIONS:
        raise IndexNetError(f"interpolation is one of {INTERPOLATIONS}, not {interpolation!r}.")
    height, width = height_and_width(image_size, multiple=2 ** len(FILTERS))
    channels = whole_number(channels, "channels")

    images = x = keras.Input((height, width, channels), name="images")
    guides, decoder_indices = [], []
    for stage, filters in enumerate(FILTERS):
        x = unit(x, filters, 3, name=f"encoder_{stage}")
        guides.append(x)
        if upsampler == "a2u":
            x, decoder_index = layers.A2UPooling(name=f"down_{stage}")(x), None
        else:
            x, decoder_index = halved(x, index_block, name=f"down_{stage}")
        decoder_indices.append(decoder_index)
    for stage in reversed(range(len(FILTERS))):
        if upsampler is not None:
            layer = UPSAMPLERS[upsampler] if isinstance(upsampler, str) else upsampler
            x = layer(name=f"up_{stage}")(x, guides[stage])
        else:
            x = doubled(x, decoder_indices[stage], interpolation, name=f"up_{stage}")
        if stage > 0:
            x = unit(x, FILTERS[stage - 1], 3, name=f"decoder_{stage}")
    x = keras.layers.Conv2D(
        channels, 3, padding="same", data_format="channels_last", dtype="float32", name="reconstruction"
    )(x)
    return keras.Model(images, x, name="autoencoder")
