from typing import Any

from keras import ops, saving

from keras_indexnet.tasks.depth_metric import DepthMetric

LEAST = 1e-3  # metres: a network may predict less than nothing


@saving.register_keras_serializable(package="keras_indexnet")
class Log10DepthError(DepthMetric):
    """log10: the mean absolute difference of the decimal logarithms of depth, over all pixels of all images.

    Args:
        crop: bool, whether only the standard crop of NYUDv2 counts, as for `RMSDepthError`.
        name: str, of the column in logs.
        **kwargs: arguments of `keras.metrics.Mean`.

    Call arguments:
        y_true: float tensor of shape `(B, H, W, 1)`, depth in metres; pixels of 0 or less do not count.
        y_pred: float tensor of shape `(B, H, W, 1)`; less than a millimetre counts as one.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet import tasks
    >>> metric = tasks.Log10DepthError(crop=False)
    >>> metric.update_state(np.ones((1, 1, 1, 1)), np.full((1, 1, 1, 1), 10.0))
    >>> float(metric.result())
    1.0

    Source: Hu et al., WACV 2019, sec. 4.2.
    """

    def __init__(self, crop: bool = True, name: str = "log10", **kwargs: Any) -> None:
        super().__init__(crop, name, **kwargs)

    def errors(self, y_true, y_pred):
        true, predicted = (ops.log10(ops.maximum(depth, LEAST)) for depth in (y_true, y_pred))
        return ops.abs(predicted - true)
