from typing import Any

from keras import layers, saving

from keras_indexnet.errors import IndexNetError
from keras_indexnet.given_numbers import MOST_CHANNELS, whole_number


@saving.register_keras_serializable(package="keras_indexnet")
class GroupedProjection(layers.Layer):
    """A 1x1 convolution `eC -> C` in C groups, without bias, as a sum of e products.

    Output channel c is a weighted sum of the e input channels from `e * c` on. Keras's grouped convolution
    computes the same, but its gradient is several times slower on CPUs. `DepthwiseIndexBlock` ends with one
    where it is nonlinear and one-to-one.

    Args:
        channels: int, C, the number of output channels.
        **kwargs: arguments of `keras.layers.Layer`.

    Call arguments:
        features: float tensor of shape `(B, H, W, eC)`.

    Returns:
        Float tensor of shape `(B, H, W, C)`.

    Raises:
        ValueError: if the number of input channels is no multiple of `channels`.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet import layers
    >>> projection = layers.GroupedProjection(channels=16)
    >>> tuple(projection(np.zeros((1, 4, 4, 32), "float32")).shape), tuple(projection.kernel.shape)
    ((1, 4, 4, 16), (2, 16))

    Source: Lu et al., ICCV 2019, sec. 4.2.
    """

    def __init__(self, channels: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.channels = whole_number(channels, "GroupedProjection's channels", most=MOST_CHANNELS)

    def build(self, input_shape):
        if input_shape[-1] % self.channels:
            raise IndexNetError(
                f"GroupedProjection makes {self.channels} channels of a multiple of {self.channels}, but its "
                f"input has {input_shape[-1]} (input shape {tuple(input_shape)})."
            )
        self.kernel = self.add_weight(
            shape=(input_shape[-1] // self.channels, self.channels),
            initializer="he_normal",
            name="kernel",
        )

    def call(self, features):
        expansion = self.kernel.shape[0]
        groups = [features[..., m::expansion] * self.kernel[m] for m in range(expansion)]
        return sum(groups[1:], start=groups[0])

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.channels)

    def get_config(self):
        return {**super().get_config(), "channels": self.channels}
