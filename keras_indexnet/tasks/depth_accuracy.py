from typing import Any

from keras import ops, saving

from keras_indexnet.given_numbers import whole_number
from keras_indexnet.tasks.depth_metric import DepthMetric


@saving.register_keras_serializable(package="keras_indexnet")
class DepthAccuracy(DepthMetric):
    """Delta 1, 2 or 3: the share of pixels whose depth is wrong by a factor below 1.25, its square or its cube.

    Args:
        power: int, 1, 2 or 3, of the factor.
        crop: bool, whether only the standard crop of NYUDv2 counts, as for `RMSDepthError`.
        name: str, of the column in logs. None: `delta_` and the power.
        **kwargs: arguments of `keras.metrics.Mean`.

    Call arguments:
        y_true: float tensor of shape `(B, H, W, 1)`, depth in metres; pixels of 0 or less do not count.
        y_pred: float tensor of shape `(B, H, W, 1)`.

    Raises:
        ValueError: if `power` is none of these.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet import tasks
    >>> metric = tasks.DepthAccuracy(1, crop=False)
    >>> metric.update_state(np.ones((1, 1, 2, 1)), np.array([1.2, 1.3]).reshape(1, 1, 2, 1))
    >>> float(metric.result())
    0.5

    Source: Hu et al., WACV 2019, sec. 4.2.
    """

    def __init__(self, power: int = 1, crop: bool = True, name: str | None = None, **kwargs: Any) -> None:
        self.power = whole_number(power, "DepthAccuracy's power", most=3)
        super().__init__(crop, name or f"delta_{self.power}", **kwargs)

    def errors(self, y_true, y_pred):
        limit = 1.25**self.power
        # Products, so that nothing is divided by a prediction of 0; one below it is wrong by any factor.
        return ops.cast((y_pred < limit * y_true) & (y_true < limit * y_pred), "float32")

    def get_config(self):
        return {**super().get_config(), "power": self.power}
