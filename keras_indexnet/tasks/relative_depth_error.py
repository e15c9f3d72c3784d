from typing import Any

from keras import ops, saving

from keras_indexnet.tasks.depth_metric import DepthMetric

LEAST = 1e-3  # metres: unknown depth is 0, and does not count


@saving.register_keras_serializable(package="keras_indexnet")
class RelativeDepthError(DepthMetric):
    """REL: the mean of the absolute error of depth over the true depth, over all pixels of all images.

    Args:
        crop: bool, whether only the standard crop of NYUDv2 counts, as for `RMSDepthError`.
        name: str, of the column in logs.
        **kwargs: arguments of `keras.metrics.Mean`.

    Call arguments:
        y_true: float tensor of shape `(B, H, W, 1)`, depth in metres; pixels of 0 or less do not count.
        y_pred: float tensor of shape `(B, H, W, 1)`.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet import tasks
    >>> metric = tasks.RelativeDepthError(crop=False)
    >>> metric.update_state(np.array([1.0, 2.0]).reshape(1, 1, 2, 1), np.array([4.0, 4.0]).reshape(1, 1, 2, 1))
    >>> float(metric.result())
    2.0

    Source: Hu et al., WACV 2019, sec. 4.2.
    """

    def __init__(self, crop: bool = True, name: str = "rel", **kwargs: Any) -> None:
        super().__init__(crop, name, **kwargs)

    def errors(self, y_true, y_pred):
        return ops.abs(y_pred - y_true) / ops.maximum(y_true, LEAST)
