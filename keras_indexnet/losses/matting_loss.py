from typing import Any

import keras
from keras import saving

from keras_indexnet.losses.alpha_prediction_loss import AlphaPredictionLoss
from keras_indexnet.losses.composition_loss import CompositionLoss
from keras_indexnet.losses.gradient_loss import GradientLoss
from keras_indexnet.losses.laplacian_loss import LaplacianLoss


@saving.register_keras_serializable(package="keras_indexnet")
class MattingLoss(keras.losses.Loss):
    """The paper's loss, alpha-prediction and composition loss, half of each; gradients and pyramid on request.

    Formula:

    ```python
    loss = (
        alpha_weight * AlphaPredictionLoss()
        + (1 - alpha_weight) * CompositionLoss()
        + gradient_weight * GradientLoss()
        + laplacian_weight * LaplacianLoss()
    )
    ```

    A loss whose weight is 0 is not computed.

    Args:
        alpha_weight: float, weight of the alpha-prediction loss; the composition loss has the rest of 1.
        gradient_weight: float, weight of the gradient loss, which is added; 0 as in the paper.
        laplacian_weight: float, weight of the Laplacian loss, which is added; 0 as in the paper.
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
    model.compile(optimizer="adam", loss=losses.MattingLoss(alpha_weight=1.0, laplacian_weight=0.5))
    ```

    Source: Lu et al., ICCV 2019, sec. 5.1; see `GradientLoss` and `LaplacianLoss` for theirs.
    """

    def __init__(
        self,
        alpha_weight: float = 0.5,
        gradient_weight: float = 0.0,
        laplacian_weight: float = 0.0,
        name: str = "matting_loss",
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.alpha_weight = alpha_weight
        self.gradient_weight = gradient_weight
        self.laplacian_weight = laplacian_weight
        weighted = [
            (alpha_weight, AlphaPredictionLoss()),
            (1.0 - alpha_weight, CompositionLoss()),
            (gradient_weight, GradientLoss()),
            (laplacian_weight, LaplacianLoss()),
        ]
        self.terms = [(weight, loss) for weight, loss in weighted if weight != 0]

    def call(self, y_true, y_pred):
        return sum(weight * loss.call(y_true, y_pred) for weight, loss in self.terms)

    def get_config(self):
        return {
            **super().get_config(),
            "alpha_weight": self.alpha_weight,
            "gradient_weight": self.gradient_weight,
            "laplacian_weight": self.laplacian_weight,
        }
