from typing import Any

from keras import saving

from keras_indexnet.given_numbers import whole_number
from keras_indexnet.layers.affinity import MOST_RANK, Affinity
from keras_indexnet.layers.dynamic_upsampling import DynamicUpsampling


@saving.register_keras_serializable(package="keras_indexnet")
class A2UUpsampling(DynamicUpsampling):
    """Upsamples by kernels that are predicted from products of the guide's pixels: affinity-aware upsampling.

    For the window of the guide that lies over the K x K features around a pixel, y_c of channel c as a vector:

        z = P (sum over c of (U_c y_c) * (V_c y_c)) + b

    is a bilinear form of low rank of all pairs of its pixels. `A2UPooling` is its counterpart.

    Args:
        size: int, the upsampling factor k.
        kernel_size: int, odd, the side K of a kernel.
        rank: int, the rank of the form, 1 in the paper: the number of rows of U_c and V_c.
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
    >>> guide = np.random.rand(1, 16, 16, 8).astype("float32")
    >>> features = layers.A2UPooling()(guide)
    >>> tuple(layers.A2UUpsampling()(features, guide).shape)
    (1, 16, 16, 8)

    Source: Dai et al., CVPR 2021, sec. 3.
    """

    def __init__(self, size: int = 2, kernel_size: int = 3, rank: int = 1, **kwargs: Any) -> None:
        super().__init__(size, kernel_size, **kwargs)
        self.rank = whole_number(rank, "A2UUpsampling's rank", most=MOST_RANK)

    def build(self, features_shape, guide_shape=None):
        super().build(features_shape, guide_shape)
        self.affinity = Affinity(
            outputs=self.size**2 * self.kernel_size**2,
            stride=self.size,
            window=self.size * self.kernel_size,
            rank=self.rank,
            dtype=self.dtype_policy,
            name="affinity",
        )
        self.affinity.build(guide_shape)

    def logits(self, features, guide):
        return self.affinity(guide)

    def get_config(self):
        return {**super().get_config(), "rank": self.rank}
