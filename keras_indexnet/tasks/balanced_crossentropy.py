from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops, saving

from keras_indexnet.errors import IndexNetError
from keras_indexnet.tasks.scene_data import IGNORED


@saving.register_keras_serializable(package="keras_indexnet")
class BalancedCrossentropy(keras.losses.Loss):
    """The cross-entropy of labelled pixels, weighed by class, so that rare classes count as common ones do.

    `loss = sum of -weight[label] log softmax(logits)[label] / number of labelled pixels`, for every image.

    Args:
        weights: sequence of float, one for each class, as `class_weights` returns them.
        ignored: int, the label of pixels that nobody labelled.
        **kwargs: arguments of `keras.losses.Loss`.

    Call arguments:
        y_true: int tensor of shape `(B, H, W)`, labels from 0.
        y_pred: float tensor of shape `(B, H, W, classes)`, logits.

    Returns:
        Scalar: the average over the batch. An image without labels contributes 0.

    Raises:
        ValueError: if the weights are not a number of 0 or more for each class.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet import tasks
    >>> loss = tasks.BalancedCrossentropy([1.0, 3.0])
    >>> round(float(loss(np.array([[[0, 1, 255]]]), np.zeros((1, 1, 3, 2))) / np.log(2)), 6)  # (1 + 3) / 2
    2.0

    Source: Badrinarayanan et al., PAMI 2017, sec. 4.
    """

    def __init__(
        self,
        weights: Sequence[float] | np.ndarray,
        ignored: int = IGNORED,
        name: str = "balanced_crossentropy",
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.weights = np.asarray(weights, "float32")
        self.ignored = int(ignored)
        if self.weights.ndim != 1 or not len(self.weights) or not (self.weights >= 0).all():
            raise IndexNetError("BalancedCrossentropy's weights are a number of 0 or more for each class.")

    def call(self, y_true, y_pred):
        labels = ops.cast(y_true, "int32")
        labelled = ops.cast(labels != self.ignored, "float32")
        classes = ops.where(labels != self.ignored, labels, 0)
        crossentropy = ops.sparse_categorical_crossentropy(
            classes, ops.cast(y_pred, "float32"), from_logits=True
        )
        weighed = labelled * ops.take(self.weights, classes) * crossentropy
        return ops.sum(weighed, axis=(1, 2)) / ops.maximum(ops.sum(labelled, axis=(1, 2)), 1.0)

    def get_config(self):
        return {**super().get_config(), "weights": self.weights.tolist(), "ignored": self.ignored}
