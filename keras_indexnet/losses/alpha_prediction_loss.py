from typing import Any

import keras
from keras import ops, saving

from keras_indexnet.losses.differences import mean_over_unknown, smooth_absolute
from keras_indexnet.matting_target import ALPHA


@saving.register_keras_serializable(package="keras_indexnet")
class AlphaPredictionLoss(keras.losses.Loss):
    """The mean absolute error of alpha over the unknown region.

    Call arguments:
        y_true: float tensor of shape `(B, H, W, 8)`: alpha, 1 where unknown, foreground RGB, background RGB,
            all in [0, 1] (as `data.MattingSequence` gives it).
        y_pred: float tensor of shape `(B, H, W, 1)`, the predicted alpha.

    Returns:
        Scalar: the average over the batch. An image without unknown pixels contributes 0.

    Example:

    ```python
    model.compile(optimizer="adam", loss=losses.AlphaPredictionLoss())
    ```

    Source: Lu et al., ICCV 2019, sec. 5.1; Xu et al., CVPR 2017.
    """

    def __init__(self, name: str = "alpha_prediction_loss", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)

    def call(self, y_true, y_pred):
        y_true = ops.cast(y_true, y_pred.dtype)
        return mean_over_unknown(smooth_absolute(y_pred - y_true[..., ALPHA]), y_true)
