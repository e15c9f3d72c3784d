from typing import Any

from keras import layers, saving

from keras_indexnet.layers.block_layout import check_index, checked_side, interleaved, split_positions


@saving.register_keras_serializable(package="keras_indexnet")
class IndexedUpsampling(layers.Layer):
    """Upsamples a feature map by spreading each value over a region, weighted by a decoder index.

    `IU(d) = I (x) D`, where D repeats the value d over its `size x size` region and I is the index map that
    an index block returned for the encoder's features of the same stage.

    Args:
        size: int, the upsampling factor.
        **kwargs: arguments of `keras.layers.Layer`.

    Call arguments:
        features: float tensor of shape `(B, H, W, C)`.
        index: float tensor of shape `(B, H, W, size*size*G)` in block layout, G = 1 (holistic) or G = C
            (depthwise).

    Returns:
        Float tensor of shape `(B, H * size, W * size, C)`.

    Raises:
        ValueError: if a static shape of `index` fits neither a holistic nor a depthwise index for `features`.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet import layers
    >>> features = np.random.rand(1, 8, 8, 16).astype("float32")
    >>> encoder_index, decoder_index = layers.DepthwiseIndexBlock()(features)
    >>> pooled = layers.IndexedPooling()(features, encoder_index)
    >>> tuple(layers.IndexedUpsampling(size=2)(pooled, decoder_index).shape)
    (1, 8, 8, 16)

    Source: Lu et al., ICCV 2019, sec. 4.
    """

    def __init__(self, size: int = 2, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size = checked_side(size, "IndexedUpsampling", "size")

    def call(self, features, index):
        check_index(index.shape, features.shape, self.size, "IndexedUpsampling")
        weights = split_positions(index, self.size)
        return interleaved([weight * features for weight in weights], self.size)

    def compute_output_shape(self, features_shape, index_shape):
        check_index(index_shape, features_shape, self.size, "IndexedUpsampling")
        batch, height, width, channels = features_shape
        return (
            batch,
            None if height is None else height * self.size,
            None if width is None else width * self.size,
            channels,
        )

    def get_config(self):
        return {**super().get_config(), "size": self.size}
