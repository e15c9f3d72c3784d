from keras import ops, saving

from keras_indexnet.layers.block_layout import split_regions
from keras_indexnet.layers.index_block import IndexBlock
from keras_indexnet.layers.max_index_block import mark_first_maximum


@saving.register_keras_serializable(package="keras_indexnet")
class HolisticMaxIndexBlock(IndexBlock):
    """Marks in every region the position of the largest value of all channels (HMI).

    It is `MaxIndexBlock` of the maximum over the channels: one position for all channels of a region. Where
    several positions share the maximum the first one is marked, in the order top-left, top-right,
    bottom-left, bottom-right.

    Args:
        pool_size: int, the side of a region.
        **kwargs: arguments of `keras.layers.Layer`.

    Call arguments:
        features: float tensor of shape `(B, H, W, C)`; H and W are multiples of `pool_size` or unknown.

    Returns:
        A pair of the encoder and the decoder index. They are the same tensor of zeros and ones, of shape
        `(B, H/k, W/k, k*k)` in block layout, k = `pool_size`.

    Raises:
        ValueError: if a static height or width is not divisible by `pool_size`.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet import layers
    >>> features = np.random.rand(1, 8, 8, 16).astype("float32")
    >>> encoder_index, decoder_index = layers.HolisticMaxIndexBlock()(features)
    >>> tuple(encoder_index.shape)
    (1, 4, 4, 4)

    Source: Lu et al., ICCV 2019, sec. 5.2 (HMI).
    """

    holistic = True

    def indices(self, features):
        largest_channel = ops.max(features, axis=-1, keepdims=True)
        masks = mark_first_maximum(split_regions(largest_channel, self.pool_size))
        index = ops.concatenate(masks, axis=-1)
        return index, index
