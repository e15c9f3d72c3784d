from typing import Any

import keras
import numpy as np
from keras import ops, saving

SIDE, DEVIATION = 11, 1.5  # of the Gaussian window
STABILIZERS = 0.01**2, 0.03**2  # for values in [0, 1]


@saving.register_keras_serializable(package="keras_indexnet")
class SSIM(keras.metrics.Mean):
    """The structural similarity of images in [0, 1], averaged over windows, channels and images.

    A window is a Gaussian of 11 x 11 pixels with standard deviation 1.5, and lies within the image:

        SSIM = (2 m_x m_y + a) (2 cov_xy + b) / ((m_x**2 + m_y**2 + a) (var_x + var_y + b))

    with a = 0.01**2 and b = 0.03**2. Predictions are clipped to [0, 1].

    Args:
        name: str, of the column in logs.
        **kwargs: arguments of `keras.metrics.Mean`.

    Call arguments:
        y_true: float tensor of shape `(B, H, W, C)` in [0, 1]; H and W are 11 or more.
        y_pred: float tensor of shape `(B, H, W, C)`.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet import tasks
    >>> images = np.random.default_rng(0).uniform(size=(1, 16, 16, 1))
    >>> metric = tasks.SSIM()
    >>> metric.update_state(images, images)
    >>> round(float(metric.result()), 6)
    1.0

    Source: Wang et al., IEEE Transactions on Image Processing 2004, eq. 13 and sec. III-C.
    """

    def __init__(self, name: str = "ssim", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)

    def update_state(self, y_true, y_pred, sample_weight=None):
        truth = ops.cast(y_true, "float32")
        predicted = ops.clip(ops.cast(y_pred, "float32"), 0.0, 1.0)
        mean_t, mean_p = _windowed(truth), _windowed(predicted)
        variances = _windowed(truth**2 + predicted**2) - mean_t**2 - mean_p**2
        covariance = _windowed(truth * predicted) - mean_t * mean_p
        of_means, of_variances = STABILIZERS
        luminance = (2 * mean_t * mean_p + of_means) / (mean_t**2 + mean_p**2 + of_means)
        structure = (2 * covariance + of_variances) / (variances + of_variances)
        return super().update_state(ops.mean(luminance * structure, axis=(1, 2, 3)), sample_weight)


def _windowed(images):
    """Return the mean over every window, a kernel for the rows and one for the columns."""
    distances = np.arange(SIDE) - SIDE // 2
    weights = np.exp(-0.5 * (distances / DEVIATION) ** 2)
    row = (weights / weights.sum()).astype("float32").reshape(1, SIDE, 1, 1)
    row = np.tile(row, (1, 1, images.shape[-1], 1))
    for kernel in (row, row.transpose(1, 0, 2, 3)):
        images = ops.depthwise_conv(images, kernel, padding="valid", data_format="channels_last")
    return images
