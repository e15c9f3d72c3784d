from typing import Any

import keras
from keras import ops, saving

LEAST = 1e-10  # of the squared error: 100 dB, for images that are equal


@saving.register_keras_serializable(package="keras_indexnet")
class PSNR(keras.metrics.Mean):
    """The peak signal-to-noise ratio of images in [0, 1] in decibels, averaged over images.

    `-10 log10(mean squared error)` of each image, whose prediction is clipped to [0, 1]; at most 100.

    Args:
        name: str, of the column in logs.
        **kwargs: arguments of `keras.metrics.Mean`.

    Call arguments:
        y_true: float tensor of shape `(B, H, W, C)` in [0, 1].
        y_pred: float tensor of shape `(B, H, W, C)`.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet import tasks
    >>> metric = tasks.PSNR()
    >>> metric.update_state(np.zeros((1, 4, 4, 1)), np.full((1, 4, 4, 1), 0.1))
    >>> round(float(metric.result()), 3)
    20.0
    """

    def __init__(self, name: str = "psnr", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)

    def update_state(self, y_true, y_pred, sample_weight=None):
        difference = ops.clip(ops.cast(y_pred, "float32"), 0.0, 1.0) - ops.cast(y_true, "float32")
        squared = ops.mean(ops.square(difference), axis=(1, 2, 3))
        return super().update_state(-10.0 * ops.log10(ops.maximum(squared, LEAST)), sample_weight)
