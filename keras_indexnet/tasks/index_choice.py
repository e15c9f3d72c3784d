"""Index blocks by name, and the halving and doubling of a resolution with or without one."""

from collections.abc import Callable
from functools import partial

import keras

from keras_indexnet import layers
from keras_indexnet.errors import IndexNetError

# A name of `INDEX_BLOCKS`, or what is called with `pool_size` and `name`, such as a class of index blocks.
IndexChoice = str | Callable

_FAMILIES = {
    "hin": layers.HolisticIndexBlock,
    "o2o": partial(layers.DepthwiseIndexBlock, "o2o"),
    "m2o": partial(layers.DepthwiseIndexBlock, "m2o"),
}
_KINDS = {
    "linear": {},
    "linear_context": {"context": True},
    "nonlinear": {"nonlinear": True},
    "nonlinear_context": {"nonlinear": True, "context": True},
}
# Learned ones have the names that they have in the paper's table 2 and in `models.list_configurations()`.
INDEX_BLOCKS: dict[str, Callable] = {
    "average": layers.AverageIndexBlock,
    "max": layers.MaxIndexBlock,
    "hmi": layers.HolisticMaxIndexBlock,
} | {
    f"{family}_{kind}": partial(block, **options)
    for family, block in _FAMILIES.items()
    for kind, options in _KINDS.items()
}


def chosen_block(index: IndexChoice | None) -> Callable | None:
    """Return what builds the index blocks of a network.

    Args:
        index: str, a name of `INDEX_BLOCKS`; a callable, which is returned as it is; or None: no index block.

    Raises:
        ValueError: if there is no index block of that name.
    """
    if isinstance(index, str):
        if index not in INDEX_BLOCKS:
            raise IndexNetError(f"There is no index block {index!r}; choose from {', '.join(INDEX_BLOCKS)}.")
        return INDEX_BLOCKS[index]
    return index


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
    return keras.layers.ReLU(name=f"{name}_relu")(keras.layers.BatchNormalization(name=f"{name}_bn")(x))
