from typing import Any

from keras import layers, ops, saving

from keras_indexnet.given_numbers import MOST_CHANNELS, whole_number

HIDDEN_LAYERS = 3  # each followed by ReLU


@saving.register_keras_serializable(package="keras_indexnet")
class AlphaRefinement(layers.Layer):
    """Corrects a first alpha by the image that it belongs to, pixel by pixel: the second stage of Deep Matting.

    Four 3x3 convolutions at full resolution look at the image and the first alpha, both in 0..255; what they
    give is added to the first alpha. As the layer starts it gives 0, so that behind a trained network it does
    no harm. Both inputs are brought to -1..1 inside: the first kernel could do that too, but learning rates
    that suit the other layers would be far too high for it.

    Args:
        filters: int, channels of the first three convolutions.
        **kwargs: arguments of `keras.layers.Layer`.

    Call arguments:
        image: float tensor of shape `(B, H, W, C)`, RGB in 0..255 and, where C is more than 3, channels that
            are not looked at, such as the trimap.
        alpha: float tensor of shape `(B, H, W, 1)`, the first alpha, in [0, 1].

    Returns:
        Float tensor of shape `(B, H, W, 1)`: the correction, to be added to `alpha`.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet import layers
    >>> image, alpha = np.zeros((1, 8, 8, 3), "float32"), np.ones((1, 8, 8, 1), "float32")
    >>> refined = alpha + np.asarray(layers.AlphaRefinement()(image, alpha))
    >>> float(refined.min()), float(refined.max())
    (1.0, 1.0)

    Source: Xu et al., CVPR 2017, sec. 4.2; the number of channels is that of its fig. 3.
    """

    def __init__(self, filters: int = 64, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.filters = whole_number(filters, "AlphaRefinement's filters", most=MOST_CHANNELS)

    def build(self, image_shape, alpha_shape):
        common = {"padding": "same", "data_format": "channels_last", "dtype": self.dtype_policy}
        self.hidden = [
            layers.Conv2D(
                self.filters,
                3,
                activation="relu",
                kernel_initializer="he_normal",
                name=f"conv{number}",
                **common,
            )
            for number in range(1, HIDDEN_LAYERS + 1)
        ]
        self.last = layers.Conv2D(1, 3, kernel_initializer="zeros", name=f"conv{HIDDEN_LAYERS + 1}", **common)
        shape = (*image_shape[:-1], 4)
        for convolution in (*self.hidden, self.last):
            convolution.build(shape)
            shape = (*shape[:-1], self.filters)

    def call(self, image, alpha):
        features = ops.concatenate([image[..., :3], 255.0 * alpha], axis=-1) / 127.5 - 1.0
        for convolution in self.hidden:
            features = convolution(features)
        return self.last(features)

    def compute_output_shape(self, image_shape, alpha_shape):
        return alpha_shape

    def get_config(self):
        return {**super().get_config(), "filters": self.filters}
