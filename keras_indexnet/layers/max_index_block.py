from keras import ops, saving

from keras_indexnet.layers.block_layout import split_regions
from keras_indexnet.layers.index_block import IndexBlock


@saving.register_keras_serializable(package="keras_indexnet")
class MaxIndexBlock(IndexBlock):
    """Marks the maximum of every region of every channel: the index function of max pooling and unpooling.

    With `IndexedPooling` it is max pooling, with `IndexedUpsampling` max unpooling. Where several positions
    share the maximum the first one is marked, in the order top-left, top-right, bottom-left, bottom-right.

    Args:
        pool_size: int, the side of a region.
        **kwargs: arguments of `keras.layers.Layer`.

    Call arguments:
        features: float tensor of shape `(B, H, W, C)`; H and W are multiples of `pool_size` or unknown.

    Returns:
        A pair of the encoder and the decoder index. They are the same tensor of zeros and ones, of shape
        `(B, H/k, W/k, k*k*C)` in block layout, k = `pool_size`.

    Raises:
        ValueError: if a static height or width is not divisible by `pool_size`.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet import layers
    >>> features = np.random.rand(1, 8, 8, 16).astype("float32")
    >>> encoder_index, decoder_index = layers.MaxIndexBlock()(features)
    >>> tuple(encoder_index.shape)
    (1, 4, 4, 64)

    Source: Lu et al., ICCV 2019, sec. 3.
    """

    def indices(self, features):
        masks = mark_first_maximum(split_regions(features, self.pool_size))
        index = ops.concatenate(masks, axis=-1)
        return index, index


def mark_first_maximum(positions):
    """Return for every position of the regions a mask: 1 where it holds the first maximum, 0 elsewhere."""
    maximum = positions[0]
    for position in positions[1:]:
        maximum = ops.maximum(maximum, position)
    masks = []
    free = ops.ones_like(maximum)  # 1 until a region's maximum has been marked
    for position in positions:
        masks.append(free * ops.cast(ops.equal(position, maximum), maximum.dtype))
        free = free - masks[-1]
    return masks
