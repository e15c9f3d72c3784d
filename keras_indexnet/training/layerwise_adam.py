from typing import Any

import keras
from keras import saving

from keras_indexnet.errors import IndexNetError


@saving.register_keras_serializable(package="keras_indexnet")
class LayerwiseAdam(keras.optimizers.Adam):
    """Adam with a learning rate of its own for some layers.

    Scaling the gradients does not do this: Adam divides by their running magnitude, so the factor cancels.
    Here the factor is applied to the step.

    Args:
        learning_rate: float or `keras.optimizers.schedules.LearningRateSchedule`.
        factors: dict from the beginning of a variable's path (that is, of a layer's name) to the factor on the
            learning rate. Variables that match none have the factor 1.
        **kwargs: arguments of `keras.optimizers.Adam`. Weight decay is not scaled by the factors.

    Raises:
        ValueError: when it is built, if a key of `factors` begins no variable's path.

    Example:

    ```python
    optimizer = LayerwiseAdam(0.01, factors={"encoder": 0.01})
    ```

    Source: Lu et al., ICCV 2019, sec. 5.1 (pretrained layers learn at 1/100 of the rate).
    """

    def __init__(
        self,
        learning_rate: float | keras.optimizers.schedules.LearningRateSchedule = 0.001,
        factors: dict[str, float] | None = None,
        name: str = "layerwise_adam",
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate, name=name, **kwargs)
        self.factors = dict(factors or {})

    def build(self, variables):
        for start in self.factors:
            if not any(variable.path.startswith(start) for variable in variables):
                raise IndexNetError(f"No variable's path begins with {start!r}, which has a factor.")
        # By number: TensorFlow hands its own variables to `update_step`, and those have no path.
        self._factor_of = [self._factor(variable.path) for variable in variables]
        super().build(variables)

    def update_step(self, gradient, variable, learning_rate):
        factor = self._factor_of[self._get_variable_index(variable)]
        super().update_step(gradient, variable, learning_rate * factor)

    def _factor(self, path):
        factors = (factor for start, factor in self.factors.items() if path.startswith(start))
        return next(factors, 1.0)

    def get_config(self):
        return {**super().get_config(), "factors": self.factors}
