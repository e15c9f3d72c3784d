from typing import Any

import keras
import numpy as np
from keras import ops, saving

from keras_indexnet.given_numbers import whole_number
from keras_indexnet.losses.differences import absolute, repeat_border, unknown_difference
from keras_indexnet.matting_target import UNKNOWN

MOST_LEVELS = 16  # more than the sides of any picture can be halved
BINOMIAL = np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]).astype("float32")[:, :, None, None] / 256.0


@saving.register_keras_serializable(package="keras_indexnet")
class LaplacianLoss(keras.losses.Loss):
    """The absolute error of the Laplacian pyramid of alpha: fine detail and large areas at once.

    Formula:

    ```python
    d = unknown * (y_pred - alpha)
    loss = sum over levels (2**level * sum(abs(laplacian_pyramid(d)[level]))) / number of unknown pixels
    ```

    A level is what blurring with the binomial 5 x 5 filter and halving takes away; the last level is what
    remains. Any height and width will do, a side of n pixels is halved to `ceil(n / 2)`. The image's border
    is repeated, and known pixels count as predicted correctly.

    Args:
        levels: int, number of levels, 1 or more; with 1 it is the mean absolute error.
        **kwargs: arguments of `keras.losses.Loss`.

    Call arguments:
        y_true: float tensor of shape `(B, H, W, 8)`: alpha, 1 where unknown, foreground RGB, background RGB,
            all in [0, 1] (as `data.MattingSequence` gives it); the colours are not used.
        y_pred: float tensor of shape `(B, H, W, 1)`, the predicted alpha.

    Returns:
        Scalar: the average over the batch. An image without unknown pixels contributes 0.

    Raises:
        ValueError: if `levels` is smaller than 1.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet import losses
    >>> target = np.concatenate([np.zeros((1, 16, 16, 1)), np.ones((1, 16, 16, 7))], axis=-1)
    >>> offset = np.full((1, 16, 16, 1), 0.25)  # only the last level, of one pixel, sees an offset
    >>> float(losses.LaplacianLoss()(target, offset)) == 2**4 * 0.25 / 16**2
    True

    Source: Niklaus and Liu, CVPR 2018; for alpha mattes Hou and Liu, "Context-Aware Image Matting", ICCV 2019;
    the pyramid: Burt and Adelson, IEEE Transactions on Communications, 1983.
    """

    def __init__(self, levels: int = 5, name: str = "laplacian_loss", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        self.levels = whole_number(levels, "levels", most=MOST_LEVELS)

    def call(self, y_true, y_pred):
        pyramid = laplacian_pyramid(unknown_difference(y_true, y_pred), self.levels)
        errors = [2.0**level * ops.sum(absolute(band), axis=(1, 2, 3)) for level, band in enumerate(pyramid)]
        count = ops.sum(ops.cast(y_true[..., UNKNOWN], "float32"), axis=(1, 2, 3))
        return sum(errors) / ops.maximum(count, 1.0)

    def get_config(self):
        return {**super().get_config(), "levels": self.levels}


def laplacian_pyramid(values, levels):
    """Split `B x H x W x 1` values into bands, from fine to coarse, and the rest."""
    bands = []
    for _ in range(levels - 1):
        coarse = ops.conv(
            repeat_border(values, 2), BINOMIAL, strides=2, padding="valid", data_format="channels_last"
        )
        bands.append(values - enlarge(coarse, *ops.shape(values)[1:3]))
        values = coarse
    return [*bands, values]


def enlarge(coarse, height, width):
    """Undo the halving: even pixels come from the coarse ones, odd pixels lie half-way between."""
    # Of four positions one holds a value, hence the factor; the first four rows and columns are the border's.
    fine = ops.conv_transpose(
        repeat_border(coarse, 1), 4.0 * BINOMIAL, strides=2, padding="valid", data_format="channels_last"
    )
    return fine[:, 4 : 4 + height, 4 : 4 + width]
