from typing import Any

import keras
from keras import ops

from keras_indexnet.tasks.known_depth import known_depth


class DepthMetric(keras.metrics.Mean):
    """What the metrics of depth have in common: the mean over the pixels that count, of all images together.

    A subclass has a method `errors`, of the true and the predicted depth as float32 tensors.

    Args:
        crop: bool, whether only the standard crop of NYUDv2 counts.
        name: str, of the column in logs.
        **kwargs: arguments of `keras.metrics.Mean`.
    """

    def __init__(self, crop: bool, name: str, **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        self.crop = bool(crop)

    def update_state(self, y_true, y_pred, sample_weight=None):
        y_true, y_pred = (ops.cast(depth, "float32") for depth in (y_true, y_pred))
        weights = known_depth(y_true, self.crop)
        if sample_weight is not None:  # a number for each image
            weights = weights * ops.reshape(ops.cast(sample_weight, "float32"), (-1, 1, 1, 1))
        return super().update_state(self.errors(y_true, y_pred), weights)

    def get_config(self):
        return {**super().get_config(), "crop": self.crop}
