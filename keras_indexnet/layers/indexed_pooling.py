from typing import Any

from keras import layers, saving

from keras_indexnet.layers.block_layout import (
    check_divisible,
    check_index,
    checked_side,
    interleaved,
    pooled_shape,
    split_positions,
    split_regions,
)


@saving.register_keras_serializable(package="keras_indexnet")
class IndexedPooling(layers.Layer):
    """Downsamples a feature map by a sum over each region, weighted by an encoder index.

    For every `pool_size x pool_size` region E of the features, `IP(E) = sum over x in E of I(x) x`, where I is
    the index map that an index block returned for the same features.

    Args:
        pool_size: int, the side of a region.
        return_indexed: bool. If True the layer also returns the features multiplied by their index at full
            resolution, which IndexNet hands to the decoder as its skip connection.
        **kwargs: arguments of `keras.layers.Layer`.

    Call arguments:
        features: float tensor of shape `(B, H, W, C)`; H and W are multiples of `pool_size` or unknown.
        index: float tensor of shape `(B, H/k, W/k, k*k*G)` in block layout, with G = 1 (holistic) or
            G = C (depthwise) and k = `pool_size`.

    Returns:
        Float tensor of shape `(B, H/k, W/k, C)`, or, with `return_indexed`, a pair of it and a float tensor of
        shape `(B, H, W, C)`.

    Raises:
        ValueError: if a static height or width is not divisible by `pool_size`, or the static shape of `index`
            fits neither a holistic nor a depthwise index for `features`.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet import layers
    >>> features = np.random.rand(1, 8, 8, 16).astype("float32")
    >>> encoder_index, decoder_index = layers.HolisticIndexBlock()(features)
    >>> tuple(layers.IndexedPooling(pool_size=2)(features, encoder_index).shape)
    (1, 4, 4, 16)

    Source: Lu et al., ICCV 2019, sec. 4.
    """

    def __init__(self, pool_size: int = 2, return_indexed: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.pool_size = checked_side(pool_size, "IndexedPooling")
        self.return_indexed = bool(return_indexed)

    def call(self, features, index):
        self._pooled_shape(features.shape, index.shape)  # raises if they do not fit
        positions = split_regions(features, self.pool_size)
        weights = split_positions(index, self.pool_size)
        indexed = [weight * position for weight, position in zip(weights, positions, strict=True)]
        pooled = sum(indexed[1:], start=indexed[0])
        if not self.return_indexed:
            return pooled
        return pooled, interleaved(indexed, self.pool_size)

    def compute_output_shape(self, features_shape, index_shape):
        shape = self._pooled_shape(features_shape, index_shape)
        return (shape, features_shape) if self.return_indexed else shape

    def _pooled_shape(self, features_shape, index_shape):
        check_divisible(features_shape, self.pool_size, "IndexedPooling")
        shape = pooled_shape(features_shape, self.pool_size, features_shape[-1])
        check_index(index_shape, shape, self.pool_size, "IndexedPooling")
        return shape

    def get_config(self):
        return {
            **super().get_config(),
            "pool_size": self.pool_size,
            "return_indexed": self.return_indexed,
        }
