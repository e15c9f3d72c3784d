from typing import Any

from keras import layers, ops, saving

from keras_indexnet.given_numbers import MOST_CHANNELS, whole_number
from keras_indexnet.layers.block_layout import split_regions
from keras_indexnet.layers.dynamic_kernels import rows_of_window
from keras_indexnet.layers.dynamic_upsampling import DynamicUpsampling


@saving.register_keras_serializable(package="keras_indexnet")
class SAPA(DynamicUpsampling):
    """Upsamples by similarity: a pixel of the guide takes most from the features that are like it.

    Guide and features are normalised (layer normalisation) and embedded by 1x1 convolutions without bias. What
    decides is the inner product of the embedding y of the guide's pixel p' with the embeddings x of the K x K
    features around:

        z(p', n) = y'(p') . x(p + n)             y' = g y(p') + (1 - g) x(p)

    The gate g, the sigmoid of a 1x1 convolution of the features, says how far the guide is to be trusted.
    Without it y' = y; the paper calls these SAPA-G and SAPA-B. The guide's own values are not handed on.

    Args:
        size: int, the upsampling factor k.
        kernel_size: int, odd, the side K of a kernel.
        embedding: int, the number of channels that are compared.
        gated: bool. False leaves out the gate.
        **kwargs: arguments of `keras.layers.Layer`.

    Call arguments:
        features: float tensor of shape `(B, H, W, C)`, of the decoder.
        guide: float tensor of shape `(B, H * k, W * k, G)`, of the encoder.

    Returns:
        Float tensor of shape `(B, H * k, W * k, C)`.

    Raises:
        ValueError: if an argument is out of its range, there is no guide, or it has another static height
            or width.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet import layers
    >>> features = np.random.rand(1, 8, 8, 16).astype("float32")
    >>> guide = np.random.rand(1, 16, 16, 3).astype("float32")
    >>> tuple(layers.SAPA()(features, guide).shape)
    (1, 16, 16, 16)

    Source: Lu et al., NeurIPS 2022, sec. 3.
    """

    def __init__(
        self, size: int = 2, kernel_size: int = 5, embedding: int = 32, gated: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(size, kernel_size, **kwargs)
        self.embedding = whole_number(embedding, "SAPA's embedding", most=MOST_CHANNELS)
        self.gated = bool(gated)

    def build(self, features_shape, guide_shape=None):
        super().build(features_shape, guide_shape)
        self.norm, self.embed = self._embedding(features_shape, "")
        self.guide_norm, self.guide_embed = self._embedding(guide_shape, "guide_")
        if self.gated:
            self.gate = layers.Conv2D(1, 1, activation="sigmoid", **self._common(), name="gate")
            self.gate.build(features_shape)

    def _embedding(self, shape, prefix):
        norm = layers.LayerNormalization(epsilon=1e-5, dtype=self.dtype_policy, name=f"{prefix}norm")
        embed = layers.Conv2D(self.embedding, 1, use_bias=False, **self._common(), name=f"{prefix}embed")
        norm.build(shape)
        embed.build(shape)
        return norm, embed

    def _common(self):
        return {"data_format": "channels_last", "dtype": self.dtype_policy}

    def logits(self, features, guide):
        normalized = self.norm(features)
        own = self.embed(normalized)
        points = split_regions(self.guide_embed(self.guide_norm(guide)), self.size)
        if self.gated:
            gate = self.gate(normalized)
            points = [gate * point + (1 - gate) * own for point in points]
        queries = ops.reshape(ops.concatenate(points, axis=-1), (-1, self.size**2, self.embedding))
        products = [
            ops.matmul(queries, ops.transpose(row, (0, 2, 1)))
            for _, row in rows_of_window(own, self.kernel_size)
        ]
        height, width = ops.shape(features)[1:3]
        kernels = self.size**2 * self.kernel_size**2
        return ops.reshape(ops.concatenate(products, axis=-1), (-1, height, width, kernels))

    def multiply_adds(self, output_shape):
        _, height, width, _ = output_shape
        comparing = height * width * self.embedding * self.kernel_size**2
        return super().multiply_adds(output_shape) + comparing

    def get_config(self):
        return {**super().get_config(), "embedding": self.embedding, "gated": self.gated}
