from typing import Any

import keras
from keras import ops, saving

from keras_indexnet.losses.gradient_loss import SOBEL_X_AND_Y
from keras_indexnet.tasks.known_depth import known_depth

OFFSET = 0.5  # in metres, of the logarithms
SOBEL = 8.0 * SOBEL_X_AND_Y  # whole numbers, as in the paper's code


@saving.register_keras_serializable(package="keras_indexnet")
class DepthLoss(keras.losses.Loss):
    """The error of depth, of its gradient and of the surface's normals.

    Formula, with e the absolute error of depth and s the Sobel gradient:

    ```python
    loss = mean(ln(e + 0.5))
    loss += gradient_weight * mean(ln(abs(s_x(e)) + 0.5) + ln(abs(s_y(e)) + 0.5))
    loss += normal_weight * mean(1 - cosine((-s_x(pred), -s_y(pred), 1), (-s_x(true), -s_y(true), 1)))
    ```

    Each is a mean over the pixels whose depth is known, in the last two with all of their eight neighbours. The
    loss can be negative: where all is right, it is 3 ln 0.5.

    Args:
        gradient_weight: float.
        normal_weight: float.
        **kwargs: arguments of `keras.losses.Loss`.

    Call arguments:
        y_true: float tensor of shape `(B, H, W, 1)`, depth in metres, 0 where it is unknown; H and W
            are 3 or more.
        y_pred: float tensor of shape `(B, H, W, 1)`.

    Returns:
        Scalar: the average over the batch. An image of unknown depth contributes 0.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet import tasks
    >>> truth = np.full((1, 8, 8, 1), 2.0, "float32")
    >>> round(float(tasks.DepthLoss(gradient_weight=0, normal_weight=0)(truth, truth + 0.5)), 6)
    0.0

    Source: Hu et al., WACV 2019, sec. 3.2, with both weights 1.
    """

    def __init__(
        self,
        gradient_weight: float = 1.0,
        normal_weight: float = 1.0,
        name: str = "depth_loss",
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.gradient_weight = gradient_weight
        self.normal_weight = normal_weight

    def call(self, y_true, y_pred):
        y_true, y_pred = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
        known = known_depth(y_true)
        error = known * ops.abs(y_pred - y_true)
        surrounded = 1.0 - ops.max_pool(1.0 - known, 3, strides=1, data_format="channels_last")
        of_error, of_true, of_pred = map(_gradient, (error, y_true, y_pred))
        return (
            _mean(_logarithm(error), known)
            + self.gradient_weight * _mean(ops.sum(_logarithm(of_error), axis=-1, keepdims=True), surrounded)
            + self.normal_weight * _mean(1.0 - _cosine(of_true, of_pred), surrounded)
        )

    def get_config(self):
        return {
            **super().get_config(),
            "gradient_weight": self.gradient_weight,
            "normal_weight": self.normal_weight,
        }


def _gradient(depth):
    return ops.conv(depth, SOBEL, padding="valid", data_format="channels_last")


def _logarithm(error):
    return ops.log(ops.abs(error) + OFFSET)


def _cosine(one, two):
    """The cosine of the angle between two normals, given the gradients of their surfaces."""
    product = 1.0 + ops.sum(one * two, axis=-1, keepdims=True)
    squares = [1.0 + ops.sum(ops.square(each), axis=-1, keepdims=True) for each in (one, two)]
    return product / ops.sqrt(squares[0] * squares[1])


def _mean(values, mask):
    """The mean of every image over what the mask is 1 for."""
    total = ops.sum(values * mask, axis=(1, 2, 3))
    return total / ops.maximum(ops.sum(mask, axis=(1, 2, 3)), 1.0)
