from typing import Any

from keras import ops, saving

from keras_indexnet.tasks.depth_metric import DepthMetric


@saving.register_keras_serializable(package="keras_indexnet")
class RMSDepthError(DepthMetric):
    """RMS: the root of the mean squared error of depth, in metres, over all pixels of all images.

    Args:
        crop: bool, whether only the standard crop of NYUDv2 counts: rows 45 to 471 and columns 41 to 601 of 480
            x 640, and what they are at another size.
        name: str, of the column in logs.
        **kwargs: arguments of `keras.metrics.Mean`.

    Call arguments:
        y_true: float tensor of shape `(B, H, W, 1)`, depth in metres; pixels of 0 or less do not count.
        y_pred: float tensor of shape `(B, H, W, 1)`.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet import tasks
    >>> metric = tasks.RMSDepthError(crop=False)
    >>> metric.update_state(np.array([1.0, 2.0]).reshape(1, 1, 2, 1), np.array([4.0, 6.0]).reshape(1, 1, 2, 1))
    >>> round(float(metric.result()) ** 2, 4)  # (9 + 16) / 2
    12.5

    Source: Hu et al., WACV 2019, sec. 4.2.
    """

    def __init__(self, crop: bool = True, name: str = "rms", **kwargs: Any) -> None:
        super().__init__(crop, name, **kwargs)

    def errors(self, y_true, y_pred):
        return ops.square(y_pred - y_true)

    def result(self):
        return ops.sqrt(super().result())
