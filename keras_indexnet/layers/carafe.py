from typing import Any

from keras import layers, saving

from keras_indexnet.given_numbers import MOST_CHANNELS, whole_number
from keras_indexnet.layers.dynamic_upsampling import DynamicUpsampling


@saving.register_keras_serializable(package="keras_indexnet")
class CARAFE(DynamicUpsampling):
    """Upsamples by kernels that are predicted from the features alone: content-aware reassembly of features.

    A 1x1 convolution compresses the channels, and a convolution predicts the k*k kernels of each pixel from its
    surroundings (see `DynamicUpsampling` for how they are applied).

    Args:
        size: int, the upsampling factor k.
        kernel_size: int, odd, the side K of a kernel.
        compressed: int, the number of channels that the kernels are predicted from.
        **kwargs: arguments of `keras.layers.Layer`.

    Call arguments:
        features: float tensor of shape `(B, H, W, C)`.
        guide: not used, as CARAFE has none. It may be given, so that operators can be exchanged.

    Returns:
        Float tensor of shape `(B, H * k, W * k, C)`.

    Raises:
        ValueError: if an argument is out of its range, or a guide is given that has not k times the static
            height and width of `features`.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet import layers
    >>> features = np.random.rand(1, 8, 8, 16).astype("float32")
    >>> tuple(layers.CARAFE()(features).shape)
    (1, 16, 16, 16)

    Source: Wang et al., ICCV 2019, sec. 3.
    """

    guided = False

    def __init__(self, size: int = 2, kernel_size: int = 5, compressed: int = 64, **kwargs: Any) -> None:
        super().__init__(size, kernel_size, **kwargs)
        self.compressed = whole_number(compressed, "CARAFE's compressed", most=MOST_CHANNELS)

    def build(self, features_shape, guide_shape=None):
        super().build(features_shape, guide_shape)
        common = {"data_format": "channels_last", "dtype": self.dtype_policy}
        kernels = self.size**2 * self.kernel_size**2
        self.compressor = layers.Conv2D(self.compressed, 1, **common, name="compressor")
        self.compressor.build(features_shape)
        self.predictor = layers.Conv2D(kernels, 3, padding="same", **common, name="predictor")
        self.predictor.build((*features_shape[:-1], self.compressed))

    def logits(self, features, guide):
        return self.predictor(self.compressor(features))

    def get_config(self):
        return {**super().get_config(), "compressed": self.compressed}
