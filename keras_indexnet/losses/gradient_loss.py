from typing import Any

import keras
import numpy as np
from keras import ops, saving

from keras_indexnet.losses.differences import (
    absolute,
    mean_over_unknown,
    repeat_border,
    unknown_difference,
)

# Divided by 8, Sobel's kernel gives the change of alpha from one pixel to the next.
SOBEL = np.outer([1, 2, 1], [-1, 0, 1]).astype("float32") / 8.0
SOBEL_X_AND_Y = np.stack([SOBEL, SOBEL.T], axis=-1)[:, :, None]


@saving.register_keras_serializable(package="keras_indexnet")
class GradientLoss(keras.losses.Loss):
    """The mean absolute error of the gradient of alpha over the unknown region: it keeps edges sharp.

    Formula:

    ```python
    d = unknown * (y_pred - alpha)
    loss = mean over unknown pixels (abs(sobel_x(d)) + abs(sobel_y(d)))
    ```

    The Sobel kernels are divided by 8, so that a slope of 0.1 a pixel has the gradient 0.1, and the image's
    border is repeated. Known pixels count as predicted correctly.

    Args:
        **kwargs: arguments of `keras.losses.Loss`.

    Call arguments:
        y_true: float tensor of shape `(B, H, W, 8)`: alpha, 1 where unknown, foreground RGB, background RGB,
            all in [0, 1] (as `data.MattingSequence` gives it); the colours are not used.
        y_pred: float tensor of shape `(B, H, W, 1)`, the predicted alpha.

    Returns:
        Scalar: the average over the batch. An image without unknown pixels contributes 0.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet import losses
    >>> target = np.concatenate([np.zeros((1, 8, 8, 1)), np.ones((1, 8, 8, 7))], axis=-1)
    >>> slope = 0.25 * np.arange(8).reshape(1, 1, 8, 1) * np.ones((1, 8, 1, 1))
    >>> float(losses.GradientLoss()(target, slope))  # 6 columns of 8 rise by 0.25, the outer two by half of it
    0.21875

    Source: losses on the gradient of alpha are used by Tang et al., CVPR 2019, and Dai et al., CVPR 2022; this
    is the L1 form with Sobel's kernels.
    """

    def __init__(self, name: str = "gradient_loss", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)

    def call(self, y_true, y_pred):
        difference = repeat_border(unknown_difference(y_true, y_pred), 1)
        gradient = ops.conv(difference, SOBEL_X_AND_Y, padding="valid", data_format="channels_last")
        error = ops.sum(absolute(gradient), axis=-1, keepdims=True)
        return mean_over_unknown(error, ops.cast(y_true, "float32"))
