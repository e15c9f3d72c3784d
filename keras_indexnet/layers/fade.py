from typing import Any

from keras import layers, ops, saving

from keras_indexnet.errors import IndexNetError
from keras_indexnet.given_numbers import MOST_CHANNELS, whole_number
from keras_indexnet.layers.dynamic_upsampling import DynamicUpsampling


@saving.register_keras_serializable(package="keras_indexnet")
class FADE(DynamicUpsampling):
    """Upsamples by kernels predicted from decoder and encoder, and lets details of the encoder through.

    The *semi-shift convolution*: 1x1 convolutions A_g and A_x compress the guide and the features, and one 3x3
    convolution E predicts kernels from either, at its own resolution. The k*k pixels that a pixel becomes share
    what comes from the features:

        z = E(A_g guide) + nearest(E(A_x features))

    A gate, predicted from the features, mixes what these kernels give with the guide itself:

        g = nearest(sigmoid(1x1 convolution of features))       output = g guide + (1 - g) upsampled

    Args:
        size: int, the upsampling factor k.
        kernel_size: int, odd, the side K of a kernel.
        compressed: int, the number of channels that the kernels are predicted from.
        gated: bool. False leaves out the gate, which the guide need not have the features' channels for.
        **kwargs: arguments of `keras.layers.Layer`.

    Call arguments:
        features: float tensor of shape `(B, H, W, C)`, of the decoder.
        guide: float tensor of shape `(B, H * k, W * k, C)`, of the encoder. Without gate it may
            have any number of channels.

    Returns:
        Float tensor of shape `(B, H * k, W * k, C)`.

    Raises:
        ValueError: if an argument is out of its range, there is no guide, or it has another static shape.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet import layers
    >>> features = np.random.rand(1, 8, 8, 16).astype("float32")
    >>> guide = np.random.rand(1, 16, 16, 16).astype("float32")
    >>> tuple(layers.FADE()(features, guide).shape)
    (1, 16, 16, 16)

    Source: Lu et al., ECCV 2022, sec. 3.
    """

    def __init__(
        self, size: int = 2, kernel_size: int = 5, compressed: int = 64, gated: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(size, kernel_size, **kwargs)
        self.compressed = whole_number(compressed, "FADE's compressed", most=MOST_CHANNELS)
        self.gated = bool(gated)

    def build(self, features_shape, guide_shape=None):
        super().build(features_shape, guide_shape)
        common = {"data_format": "channels_last", "dtype": self.dtype_policy}
        self.guide_compressor = layers.Conv2D(self.compressed, 1, **common, name="guide_compressor")
        self.guide_compressor.build(guide_shape)
        self.compressor = layers.Conv2D(self.compressed, 1, **common, name="compressor")
        self.compressor.build(features_shape)
        self.predictor = self.new_predictor(padding="same", **common, name="predictor")
        self.predictor.build((*features_shape[:-1], self.compressed))
        if self.gated:
            self.gate = layers.Conv2D(1, 1, activation="sigmoid", **common, name="gate")
            self.gate.build(features_shape)

    def new_predictor(self, **options):
        """Return E, which is used at both resolutions."""
        return layers.Conv2D(self.kernel_size**2, 3, **options)

    def logits(self, features, guide):
        of_guide = ops.space_to_depth(self.predictor(self.guide_compressor(guide)), self.size)
        of_features = self.predictor(self.compressor(features))
        return of_guide + ops.concatenate([of_features] * self.size**2, axis=-1)

    def finished(self, blocks, features, guide):
        if not self.gated:
            return blocks
        gate = self.gate(features)
        return gate * ops.space_to_depth(guide, self.size) + (1 - gate) * blocks

    def _check(self, features_shape, guide_shape):
        super()._check(features_shape, guide_shape)
        if self.gated and guide_shape[-1] != features_shape[-1]:
            raise IndexNetError(
                f"{type(self).__name__} mixes its guide with the features, and so needs a guide of "
                f"{features_shape[-1]} channels, not {guide_shape[-1]}; gated=False takes any number."
            )

    def get_config(self):
        return {**super().get_config(), "compressed": self.compressed, "gated": self.gated}
