from typing import Any

import numpy as np
from keras import saving

from keras_indexnet.given_numbers import whole_number
from keras_indexnet.layers.block_layout import same_index_for_every_region
from keras_indexnet.layers.index_block import IndexBlock


@saving.register_keras_serializable(package="keras_indexnet")
class PeriodicShuffleIndexBlock(IndexBlock):
    """Marks the same position in every region: the index function of periodic shuffling.

    With `IndexedPooling` it takes this position out of every region, with `IndexedUpsampling` it puts a map
    there and zeros elsewhere. The k*k blocks of all positions together are `keras.ops.space_to_depth`
    (their pooled maps, concatenated) and `keras.ops.depth_to_space` (the sum of their upsampled maps).

    Args:
        position: int in [0, k*k), the marked position, counted row by row.
        pool_size: int, the side k of a region.
        **kwargs: arguments of `keras.layers.Layer`.

    Call arguments:
        features: float tensor of shape `(B, H, W, C)`; H and W are multiples of `pool_size` or unknown.

    Returns:
        A pair of the encoder and the decoder index. They are the same tensor of zeros and ones, of shape
        `(B, H/k, W/k, k*k)` in block layout.

    Raises:
        ValueError: if `position` is none of a region, or a static height or width is not divisible by
            `pool_size`.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet import layers
    >>> features = np.ones((1, 2, 2, 16), "float32")
    >>> encoder_index, decoder_index = layers.PeriodicShuffleIndexBlock(position=1)(features)
    >>> [float(weight) for weight in encoder_index[0, 0, 0]]
    [0.0, 1.0, 0.0, 0.0]

    Source: Lu et al., ICCV 2019, sec. 3; Shi et al., CVPR 2016.
    """

    holistic = True

    def __init__(self, position: int, pool_size: int = 2, **kwargs: Any) -> None:
        super().__init__(pool_size, **kwargs)
        self.position = whole_number(
            position, "PeriodicShuffleIndexBlock's position", least=0, most=self.pool_size**2 - 1
        )

    def indices(self, features):
        one_hot = np.eye(self.pool_size**2, dtype="float32")[self.position]
        index = same_index_for_every_region(one_hot, features, self.pool_size)
        return index, index

    def get_config(self):
        return {**super().get_config(), "position": self.position}
