from keras import layers, ops, saving

from keras_indexnet.layers.block_layout import (
    check_divisible,
    mark_first_maximum,
    pooled_shape,
    split_regions,
)


@saving.register_keras_serializable(package="keras_indexnet")
class HolisticMaxIndexBlock(layers.Layer):
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

    def __init__(self, pool_size=2, **kwargs):
        super().__init__(**kwargs)
        self.pool_size = pool_size

    def call(self, features):
        check_divisible(features.shape, self.pool_size, "HolisticMaxIndexBlock")
        largest_channel = ops.max(features, axis=-1, keepdims=True)
        masks = mark_first_maximum(split_regions(largest_channel, self.pool_size))
        index = ops.concatenate(masks, axis=-1)
        return index, index

    def compute_output_shape(self, input_shape):
        check_divisible(input_shape, self.pool_size, "HolisticMaxIndexBlock")
        index_shape = pooled_shape(input_shape, self.pool_size, self.pool_size**2)
        return index_shape, index_shape

    def get_config(self):
        return {**super().get_config(), "pool_size": self.pool_size}
