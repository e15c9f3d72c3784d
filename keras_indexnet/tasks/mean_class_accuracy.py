from typing import Any

import keras
from keras import ops, saving

from keras_indexnet.tasks.scene_data import IGNORED


@saving.register_keras_serializable(package="keras_indexnet")
class MeanClassAccuracy(keras.metrics.MeanIoU):
    """The share of a class's pixels that are recognised, averaged over the classes that occur.

    Args:
        num_classes: int, how many classes there are.
        ignore_class: int, the label of pixels that nobody labelled.
        sparse_y_pred: bool. False: predictions are logits. True: they are labels.
        name: str, of the column in logs.
        **kwargs: arguments of `keras.metrics.MeanIoU`.

    Call arguments:
        y_true: int tensor of shape `(B, H, W)`, labels from 0.
        y_pred: float tensor of shape `(B, H, W, classes)`, logits.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet import tasks
    >>> metric = tasks.MeanClassAccuracy(3)
    >>> logits = np.array([[[[1, 0, 0], [1, 0, 0], [0, 1, 0], [1, 0, 0]]]])
    >>> _ = metric.update_state(np.array([[[0, 1, 255, 0]]]), logits)
    >>> float(metric.result())  # all of class 0 and nothing of class 1
    0.5

    Source: Badrinarayanan et al., PAMI 2017, sec. 4.
    """

    def __init__(
        self,
        num_classes: int,
        ignore_class: int = IGNORED,
        sparse_y_pred: bool = False,
        name: str = "mean_accuracy",
        **kwargs: Any,
    ) -> None:
        super().__init__(num_classes, name, ignore_class=ignore_class, sparse_y_pred=sparse_y_pred, **kwargs)

    def result(self):
        # Rows of the confusion matrix are true classes, columns predicted ones.
        pixels = ops.sum(self.total_cm, axis=1)
        recognised = ops.divide_no_nan(ops.diagonal(self.total_cm), pixels)
        return ops.divide_no_nan(ops.sum(recognised), ops.sum(ops.cast(pixels > 0, recognised.dtype)))
