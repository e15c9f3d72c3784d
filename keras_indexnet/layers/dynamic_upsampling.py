from typing import Any

import keras
from keras import ops

from keras_indexnet.errors import IndexNetError
from keras_indexnet.given_numbers import whole_number
from keras_indexnet.layers.block_layout import checked_side
from keras_indexnet.layers.dynamic_kernels import LARGEST_KERNEL, normalized_kernels, rows_of_window


class DynamicUpsampling(keras.layers.Layer):
    """What upsampling by kernels is that are predicted for every pixel: CARAFE, A2U, FADE and SAPA.

    A pixel p' of the enlarged map is a weighted mean of the K x K pixels around the pixel p in which it lies.
    Its weights are its own, and the same for all channels:

        Y(p') = sum over n of w(p', n) X(p + n)             w(p', .) = softmax of z(p', .)

    Beyond the border X is zero. Operators differ by how they predict z. An index map of `IndexedUpsampling` is
    a kernel of one pixel, whose one weight need not be 1.

    An operator of your own is a subclass with one method, `logits`. The checks, the kernels' application, the
    output shape and the config are here. The kernels are applied as K matrix products, one for each row of
    the window, so that never more than K copies of the map are in memory, not K*K.

    Args:
        size: int, the upsampling factor k.
        kernel_size: int, odd, the side K of a kernel.
        **kwargs: arguments of `keras.layers.Layer`.

    Call arguments:
        features: float tensor of shape `(B, H, W, C)`.
        guide: float tensor of shape `(B, H * k, W * k, G)`, such as the encoder's feature of that resolution.
            None where `guided` is False, or if the operator does without.

    Returns:
        Float tensor of shape `(B, H * k, W * k, C)`.

    Raises:
        ValueError: if `size` is no whole number from 2 to 32, `kernel_size` is even or above 31, the guide is
            missing, or its static height or width is not k times that of `features`.

    Example: kernels that see the guide's pixel and nothing else.

    >>> import keras
    >>> from keras import ops
    >>> from keras_indexnet import layers
    >>> @keras.saving.register_keras_serializable()
    ... class PointwiseUpsampling(layers.DynamicUpsampling):
    ...     def build(self, features_shape, guide_shape=None):
    ...         super().build(features_shape, guide_shape)  # raises if they do not fit
    ...         self.convolution = keras.layers.Conv2D(self.kernel_size**2, 1)
    ...         self.convolution.build(guide_shape)
    ...
    ...     def logits(self, features, guide):
    ...         return ops.space_to_depth(self.convolution(guide), self.size)
    >>> features, guide = keras.Input((None, 16, 8)), keras.Input((None, 32, 3))
    >>> PointwiseUpsampling(kernel_size=3)(features, guide).shape
    (None, None, 32, 8)

    Source: Wang et al., ICCV 2019 (CARAFE), for the application of the kernels.
    """

    guided: bool = True  # whether it cannot do without a guide

    def __init__(self, size: int = 2, kernel_size: int = 5, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        name = type(self).__name__
        self.size = checked_side(size, name, "size")
        self.kernel_size = whole_number(kernel_size, f"{name}'s kernel_size", most=LARGEST_KERNEL)
        if self.kernel_size % 2 == 0:
            raise IndexNetError(f"{name}'s kernel_size is odd, so that it has a middle, not {kernel_size}.")

    def build(self, features_shape, guide_shape=None):
        self._check(features_shape, guide_shape)

    def logits(self, features, guide):
        """Predict the kernels before their softmax. This is what a subclass writes.

        Args:
            features: float tensor of shape `(B, H, W, C)`.
            guide: float tensor of shape `(B, H * k, W * k, G)`, or None.

        Returns:
            Float tensor of shape `(B, H, W, k*k * K*K)` in block layout: channel `position * K*K + n` holds
            weight n, row by row, of the kernel for position `position` of the k x k pixels that p becomes.
        """
        raise NotImplementedError(
            f"{type(self).__name__} has no method logits(features, guide), which predicts its kernels."
        )

    def call(self, features, guide=None):
        self._check(features.shape, None if guide is None else guide.shape)
        kernels = normalized_kernels(self.logits(features, guide), self.size**2)
        height, width, channels = ops.shape(features)[1:]
        enlarged = sum(
            ops.matmul(kernels[:, :, start : start + self.kernel_size], row)
            for start, row in rows_of_window(features, self.kernel_size)
        )
        blocks = ops.reshape(enlarged, (-1, height, width, self.size**2 * channels))
        return ops.depth_to_space(self.finished(blocks, features, guide), self.size)

    def finished(self, blocks, features, guide):
        """Change what the kernels gave, in block layout: nothing, unless a subclass does."""
        return blocks

    def multiply_adds(self, output_shape):
        """Count what applying the kernels to one image takes, apart from the layers that predict them."""
        _, height, width, channels = output_shape
        return height * width * channels * self.kernel_size**2

    def compute_output_shape(self, features_shape, guide_shape=None):
        self._check(features_shape, guide_shape)
        batch, height, width, channels = features_shape
        return (
            batch,
            None if height is None else height * self.size,
            None if width is None else width * self.size,
            channels,
        )

    def _check(self, features_shape, guide_shape):
        name = type(self).__name__
        if guide_shape is None:
            if self.guided:
                raise IndexNetError(
                    f"{name} needs a guide: a map of {self.size} times the height and width of the features."
                )
            return
        for axis, side in ((1, "height"), (2, "width")):
            small, large = features_shape[axis], guide_shape[axis]
            if None not in (small, large) and large != small * self.size:
                raise IndexNetError(
                    f"{name}'s guide has {self.size} times the {side} of the features, "
                    f"{small * self.size}, not {large}."
                )

    def get_config(self):
        return {**super().get_config(), "size": self.size, "kernel_size": self.kernel_size}
