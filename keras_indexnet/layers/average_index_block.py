import numpy as np
from keras import layers, saving

from keras_indexnet.layers.block_layout import (
    check_divisible,
    pooled_shape,
    same_index_for_every_region,
)


@saving.register_keras_serializable(package="keras_indexnet")
class AverageIndexBlock(layers.Layer):
    """Gives every position the same index: the index function of average pooling and nearest neighbours.

    With `IndexedPooling` it is average pooling, with `IndexedUpsampling` nearest-neighbour upsampling.

    Args:
        pool_size: int, the side k of a region.
        **kwargs: arguments of `keras.layers.Layer`.

    Call arguments:
        features: float tensor of shape `(B, H, W, C)`; H and W are multiples of `pool_size` or unknown.

    Returns:
        A pair of float tensors of shape `(B, H/k, W/k, k*k)` in block layout: the encoder index, 1/(k*k)
        everywhere, and the decoder index, 1 everywhere.

    Raises:
        ValueError: if a static height or width is not divisible by `pool_size`.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet import layers
    >>> features = np.ones((1, 2, 2, 16), "float32")
    >>> encoder_index, decoder_index = layers.AverageIndexBlock()(features)
    >>> [float(weight) for weight in encoder_index[0, 0, 0]]
    [0.25, 0.25, 0.25, 0.25]

    Source: Lu et al., ICCV 2019, sec. 3.
    """

    def __init__(self, pool_size=2, **kwargs):
        super().__init__(**kwargs)
        self.pool_size = pool_size

    def call(self, features):
        check_divisible(features.shape, self.pool_size, "AverageIndexBlock")
        ones = np.ones(self.pool_size**2, "float32")
        return (
            same_index_for_every_region(ones / len(ones), features, self.pool_size),
            same_index_for_every_region(ones, features, self.pool_size),
        )

    def compute_output_shape(self, input_shape):
        check_divisible(input_shape, self.pool_size, "AverageIndexBlock")
        index_shape = pooled_shape(input_shape, self.pool_size, self.pool_size**2)
        return index_shape, index_shape

    def get_config(self):
        return {**super().get_config(), "pool_size": self.pool_size}
