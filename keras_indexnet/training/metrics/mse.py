import keras
from keras import ops, saving

from keras_indexnet.training.matting_target import ALPHA, mean_over_unknown


@saving.register_keras_serializable(package="keras_indexnet")
class MSE(keras.metrics.Mean):
    """The mean squared error of alpha over the unknown region, averaged over images.

    Call arguments:
        y_true: float tensor of shape `(B, H, W, 8)` (see `losses.MattingLoss`).
        y_pred: float tensor of shape `(B, H, W, 1)`, the predicted alpha; it is clipped to [0, 1].
    """

    def __init__(self, name="mse", **kwargs):
        super().__init__(name=name, **kwargs)

    def update_state(self, y_true, y_pred, sample_weight=None):
        squared = ops.square(ops.clip(y_pred, 0.0, 1.0) - y_true[..., ALPHA])
        return super().update_state(mean_over_unknown(squared, y_true), sample_weight)
