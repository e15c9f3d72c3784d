import numpy as np
from keras import saving

from keras_indexnet.layers.block_layout import same_index_for_every_region
from keras_indexnet.layers.index_block import IndexBlock


@saving.register_keras_serializable(package="keras_indexnet")
class AverageIndexBlock(IndexBlock):
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

    holistic = True

    def indices(self, features):
        ones = np.ones(self.pool_size**2, "float32")
        return (
            same_index_for_every_region(ones / len(ones), features, self.pool_size),
            same_index_for_every_region(ones, features, self.pool_size),
        )
