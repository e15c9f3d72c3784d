import keras
from keras import saving

from keras_indexnet.training.losses.alpha_prediction_loss import AlphaPredictionLoss
from keras_indexnet.training.losses.composition_loss import CompositionLoss


@saving.register_keras_serializable(package="keras_indexnet")
class MattingLoss(keras.losses.Loss):
    """The paper's loss: alpha-prediction loss and composition loss, half of each.

    Args:
        alpha_weight: float, weight of the alpha-prediction loss; the composition loss has the rest of 1.
        **kwargs: arguments of `keras.losses.Loss`.

    Call arguments:
        y_true: float tensor of shape `(B, H, W, 8)`: alpha, 1 where unknown, foreground RGB, background RGB,
            all in [0, 1] (as `data.MattingSequence` gives it).
        y_pred: float tensor of shape `(B, H, W, 1)`, the predicted alpha.

    Returns:
        Scalar: the average over the batch. An image without unknown pixels contributes 0.

    Example:

    ```python
    model.compile(optimizer="adam", loss=losses.MattingLoss())
    ```

    Source: Lu et al., ICCV 2019, sec. 5.1.
    """

    def __init__(self, alpha_weight=0.5, name="matting_loss", **kwargs):
        super().__init__(name=name, **kwargs)
        self.alpha_weight = alpha_weight
        self.alpha_prediction = AlphaPredictionLoss()
        self.composition = CompositionLoss()

    def call(self, y_true, y_pred):
        alpha_prediction = self.alpha_prediction.call(y_true, y_pred)
        composition = self.composition.call(y_true, y_pred)
        return self.alpha_weight * alpha_prediction + (1.0 - self.alpha_weight) * composition

    def get_config(self):
        return {**super().get_config(), "alpha_weight": self.alpha_weight}
