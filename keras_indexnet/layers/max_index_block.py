from keras import layers, ops, saving

from keras_indexnet.layers.block_layout import (
    check_divisible,
    mark_first_maximum,
    pooled_shape,
    split_regions,
)


@saving.register_keras_serializable(package="keras_indexnet")
class MaxIndexBlock(layers.Layer):
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

    def __init__(self, pool_size=2, **kwargs):
        super().__init__(**kwargs)
        self.pool_size = pool_size

    def call(self, features):
        check_divisible(features.shape, self.pool_size, "MaxIndexBlock")
        masks = mark_first_maximum(split_regions(features, self.pool_size))
        index = ops.concatenate(masks, axis=-1)
        return index, index

    def compute_output_shape(self, input_shape):
        check_divisible(input_shape, self.pool_size, "MaxIndexBlock")
        index_shape = pooled_shape(input_shape, self.pool_size, self.pool_size**2 * input_shape[-1])
        return index_shape, index_shape

    def get_config(self):
        return {**super().get_config(), "pool_size": self.pool_size}
