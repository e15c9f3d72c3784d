from typing import Any

from keras import KerasTensor, layers, ops, saving

from keras_indexnet.layers.block_layout import (
    check_divisible,
    checked_side,
    pooled_shape,
    split_regions,
)
from keras_indexnet.layers.max_index_block import mark_first_maximum


@saving.register_keras_serializable(package="keras_indexnet")
class MaxPoolingWithArgmax2D(layers.Layer):
    """Takes the maximum of every region of every channel, and says where it was.

    `tf.nn.max_pool_with_argmax` as a layer for every backend; `MaxUnpooling2D` is its counterpart. Where
    several positions share the maximum, value, place and gradient belong to the first one.

    Args:
        pool_size: int, the side k of a region, and the stride.
        **kwargs: arguments of `keras.layers.Layer`.

    Call arguments:
        features: float tensor of shape `(B, H, W, C)`; H and W are multiples of `pool_size` or unknown.

    Returns:
        A pair of the pooled features, a float tensor of shape `(B, H/k, W/k, C)`, and the int32 tensor of the
        same shape of the maxima's flattened positions, `(y * W + x) * C + c` for row y, column x, channel c.

    Raises:
        ValueError: if a static height or width is not divisible by `pool_size`.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet import layers
    >>> features = np.arange(16, dtype="float32").reshape(1, 4, 4, 1)
    >>> pooled, argmax = layers.MaxPoolingWithArgmax2D()(features)
    >>> [int(position) for position in argmax[0, 0, :, 0]]
    [5, 7]

    Source: Badrinarayanan et al., TPAMI 2017 (SegNet).
    """

    def __init__(self, pool_size: int = 2, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.pool_size = checked_side(pool_size, "MaxPoolingWithArgmax2D")

    def call(self, features):
        check_divisible(features.shape, self.pool_size, "MaxPoolingWithArgmax2D")
        positions = split_regions(features, self.pool_size)
        masks = mark_first_maximum(positions)
        # Not mask * position, which is NaN where 0 meets an infinity.
        pooled = sum(ops.where(mask > 0, value, 0) for mask, value in zip(masks, positions, strict=True))
        # Half precision cannot count this far: whole numbers from here on.
        position = sum(ops.cast(mask, "int32") * number for number, mask in enumerate(masks))
        return pooled, self._flattened(position)

    def _flattened(self, position):
        """Turn positions within the regions into positions within the map."""
        _, height, width, channels = ops.shape(position)
        first_row = ops.reshape(ops.arange(height, dtype="int32") * self.pool_size, (-1, 1, 1))
        first_column = ops.reshape(ops.arange(width, dtype="int32") * self.pool_size, (1, -1, 1))
        row = first_row + position // self.pool_size
        column = first_column + position % self.pool_size
        return (row * (width * self.pool_size) + column) * channels + ops.arange(channels, dtype="int32")

    def compute_output_shape(self, input_shape):
        check_divisible(input_shape, self.pool_size, "MaxPoolingWithArgmax2D")
        shape = pooled_shape(input_shape, self.pool_size, input_shape[-1])
        return shape, shape

    def compute_output_spec(self, features):
        pooled_shape, argmax_shape = self.compute_output_shape(features.shape)
        return KerasTensor(pooled_shape, self.compute_dtype), KerasTensor(argmax_shape, "int32")

    def get_config(self):
        return {**super().get_config(), "pool_size": self.pool_size}
