from typing import Any

import keras
from keras import layers, ops, saving

from keras_indexnet.errors import IndexNetError
from keras_indexnet.layers.block_layout import checked_side


@saving.register_keras_serializable(package="keras_indexnet")
class MaxUnpooling2D(layers.Layer):
    """Puts every value where the maximum of its region was, and zeros elsewhere.

    The counterpart of `MaxPoolingWithArgmax2D` and `tf.nn.max_pool_with_argmax`, and what
    `tensorflow_addons.layers.MaxUnpooling2D` was used for. It is `IndexedUpsampling` with the one-hot index
    that the positions stand for.

    Args:
        pool_size: int, the side k of a region, as in the pooling, whose stride was k too.
        **kwargs: arguments of `keras.layers.Layer`.

    Call arguments:
        features: float tensor of shape `(B, H, W, C)`.
        argmax: integer tensor of the same shape. A position that lies in row y, column x and channel c of the
            `(k*H, k*W, C)` map is `(y * k*W + x) * C + c`, and lies in the region of its own value.

    Returns:
        Float tensor of shape `(B, k*H, k*W, C)`.

    Raises:
        ValueError: if `argmax` does not hold integers, or has another static shape than `features`.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet import layers
    >>> features = np.arange(16, dtype="float32").reshape(1, 4, 4, 1)
    >>> pooled, argmax = layers.MaxPoolingWithArgmax2D()(features)
    >>> unpooled = layers.MaxUnpooling2D()(pooled, argmax)
    >>> [[int(value) for value in row] for row in unpooled[0, :, :, 0]]
    [[0, 0, 0, 0], [0, 5, 0, 7], [0, 0, 0, 0], [0, 13, 0, 15]]

    Source: Badrinarayanan et al., TPAMI 2017 (SegNet).
    """

    def __init__(self, pool_size: int = 2, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.pool_size = checked_side(pool_size, "MaxUnpooling2D")

    def call(self, features, argmax):
        _check_argmax(features, argmax)
        position = self._position_in_region(ops.cast(argmax, "int32"))
        numbers = range(self.pool_size**2)
        masks = [ops.cast(ops.equal(position, number), features.dtype) for number in numbers]
        spread = ops.concatenate([mask * features for mask in masks], axis=-1)
        return ops.depth_to_space(spread, self.pool_size)

    def _position_in_region(self, argmax):
        width, channels = ops.shape(argmax)[2:]
        pixel = argmax // channels
        row, column = pixel // (width * self.pool_size), pixel % (width * self.pool_size)
        return row % self.pool_size * self.pool_size + column % self.pool_size

    def compute_output_shape(self, features_shape, argmax_shape):
        batch, height, width, channels = features_shape
        return (
            batch,
            None if height is None else height * self.pool_size,
            None if width is None else width * self.pool_size,
            channels,
        )

    def compute_output_spec(self, features, argmax):
        _check_argmax(features, argmax)
        shape = self.compute_output_shape(features.shape, argmax.shape)
        return keras.KerasTensor(shape, self.compute_dtype)

    def get_config(self):
        return {**super().get_config(), "pool_size": self.pool_size}


def _check_argmax(features, argmax):
    dtype = keras.backend.standardize_dtype(argmax.dtype)
    if not keras.backend.is_int_dtype(dtype):
        raise IndexNetError(f"MaxUnpooling2D's argmax holds integers, such as int32, not {dtype}.")
    pairs = zip(features.shape, argmax.shape, strict=False)
    known = (pair for pair in pairs if None not in pair)
    if len(features.shape) != len(argmax.shape) or any(one != other for one, other in known):
        raise IndexNetError(
            f"MaxUnpooling2D's argmax has the shape of its features, {tuple(features.shape)}, "
            f"not {tuple(argmax.shape)}."
        )
