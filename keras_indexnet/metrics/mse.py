from typing import Any

import keras
from keras import ops, saving

from keras_indexnet.losses.differences import mean_over_unknown
from keras_indexnet.matting_target import ALPHA


@saving.register_keras_serializable(package="keras_indexnet")
class MSE(keras.metrics.Mean):
    """The mean squared error of alpha over the unknown region, averaged over images.

    Args:
        name: str, of the column in logs.
        **kwargs: arguments of `keras.metrics.Mean`.

    Call arguments:
        y_true: float tensor of shape `(B, H, W, 8)` (see `losses.MattingLoss`).
        y_pred: float tensor of shape `(B, H, W, 1)`, the predicted alpha; it is clipped to [0, 1].

    Example:

    >>> import numpy as np
    >>> from keras_indexnet.matting_target import UNKNOWN
    >>> from keras_indexnet.metrics import MSE
    >>> target = np.zeros((1, 2, 2, 8), "float32")
    >>> target[..., UNKNOWN] = 1.0  # every pixel, and its alpha is 0
    >>> metric = MSE()
    >>> metric.update_state(target, np.full((1, 2, 2, 1), 0.5, "float32"))
    >>> round(float(metric.result()), 6)
    0.25

    Source: Lu et al., ICCV 2019, sec. 5.1, here over the crops of training.
    """

    def __init__(self, name: str = "mse", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)

    def update_state(self, y_true, y_pred, sample_weight=None):
        squared = ops.square(ops.clip(y_pred, 0.0, 1.0) - y_true[..., ALPHA])
        return super().update_state(mean_over_unknown(squared, y_true), sample_weight)
