import keras
from keras import ops, saving

from keras_indexnet.training.matting_target import ALPHA, UNKNOWN


@saving.register_keras_serializable(package="keras_indexnet")
class SAD(keras.metrics.Mean):
    """The sum of absolute differences of alpha over the unknown region, in thousands, averaged over images.

    Call arguments:
        y_true: float tensor of shape `(B, H, W, 8)` (see `losses.MattingLoss`).
        y_pred: float tensor of shape `(B, H, W, 1)`, the predicted alpha; it is clipped to [0, 1].
    """

    def __init__(self, name="sad", **kwargs):
        super().__init__(name=name, **kwargs)

    def update_state(self, y_true, y_pred, sample_weight=None):
        difference = ops.abs(ops.clip(y_pred, 0.0, 1.0) - y_true[..., ALPHA])
        errors = ops.sum(difference * y_true[..., UNKNOWN], axis=(1, 2, 3)) / 1000.0
        return super().update_state(errors, sample_weight)
