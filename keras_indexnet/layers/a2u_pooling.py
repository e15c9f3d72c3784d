from typing import Any

from keras import layers, ops, saving

from keras_indexnet.given_numbers import whole_number
from keras_indexnet.layers.affinity import MOST_RANK, Affinity
from keras_indexnet.layers.block_layout import check_divisible, checked_side, pooled_shape
from keras_indexnet.layers.dynamic_kernels import LARGEST_KERNEL, normalized_kernels, rows_of_pooled_window


@saving.register_keras_serializable(package="keras_indexnet")
class A2UPooling(layers.Layer):
    """Downsamples by kernels that are predicted from products of the features: affinity-aware downsampling.

    One value of every k x k region: the mean of the K x K pixels around it, weighted by the softmax of

        z = P (sum over c of (U_c x_c) * (V_c x_c)) + b

    with x_c, of channel c, the pixels of the window as a vector: a bilinear form of low rank of all pairs of
    them. All channels share the weights. Beyond the border are zeros. `A2UUpsampling` is its counterpart.

    Args:
        pool_size: int, the side k of a region.
        kernel_size: int, at least k, the side K of the window. Where K - k is odd, it reaches one pixel
            further to the right and down. None: k + 2, a border of one pixel.
        rank: int, the rank of the form, 1 in the paper: the number of rows of U_c and V_c.
        **kwargs: arguments of `keras.layers.Layer`.

    Call arguments:
        features: float tensor of shape `(B, H, W, C)`; H and W are multiples of `pool_size` or unknown.

    Returns:
        Float tensor of shape `(B, H/k, W/k, C)`.

    Raises:
        ValueError: if an argument is out of its range, or a static height or width is not divisible by
            `pool_size`.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet import layers
    >>> features = np.random.rand(1, 8, 8, 16).astype("float32")
    >>> tuple(layers.A2UPooling()(features).shape)
    (1, 4, 4, 16)

    Source: Dai et al., CVPR 2021, sec. 3.
    """

    def __init__(
        self, pool_size: int = 2, kernel_size: int | None = None, rank: int = 1, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.pool_size = checked_side(pool_size, "A2UPooling")
        if kernel_size is None:
            kernel_size = self.pool_size + 2
        self.kernel_size = whole_number(
            kernel_size, "A2UPooling's kernel_size", least=self.pool_size, most=self.pool_size + LARGEST_KERNEL
        )
        self.rank = whole_number(rank, "A2UPooling's rank", most=MOST_RANK)

    def build(self, input_shape):
        self.affinity = Affinity(
            outputs=self.kernel_size**2,
            stride=self.pool_size,
            window=self.kernel_size,
            rank=self.rank,
            dtype=self.dtype_policy,
            name="affinity",
        )
        self.affinity.build(input_shape)

    def call(self, features):
        check_divisible(features.shape, self.pool_size, "A2UPooling")
        kernels = normalized_kernels(self.affinity(features), 1)
        height, width, channels = ops.shape(features)[1:]
        pooled = sum(
            ops.matmul(kernels[:, :, start : start + self.kernel_size], row)
            for start, row in rows_of_pooled_window(features, self.kernel_size, self.pool_size)
        )
        return ops.reshape(pooled, (-1, height // self.pool_size, width // self.pool_size, channels))

    def multiply_adds(self, output_shape):
        """Count what applying the kernels to one image takes, apart from the layers that predict them."""
        _, height, width, channels = output_shape
        return height * width * channels * self.kernel_size**2

    def compute_output_shape(self, input_shape):
        check_divisible(input_shape, self.pool_size, "A2UPooling")
        return pooled_shape(input_shape, self.pool_size, input_shape[-1])

    def get_config(self):
        return {
            **super().get_config(),
            "pool_size": self.pool_size,
            "kernel_size": self.kernel_size,
            "rank": self.rank,
        }
