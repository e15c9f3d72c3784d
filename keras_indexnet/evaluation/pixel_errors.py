"""The two errors that compare alphas pixel by pixel: SAD and MSE."""

import numpy as np

from keras_indexnet.evaluation.inputs import checked_inputs


def sad_error(alpha, truth, trimap):
    """Sum of absolute differences over the unknown region, in thousands.

    Args:
        alpha: predicted alpha, H x W, float in [0, 1] or uint8.
        truth: true alpha, H x W, float in [0, 1] or uint8.
        trimap: uint8, H x W; 0 is background, 255 foreground, anything between is unknown.

    Returns:
        The error as a float; 0 is perfect.

    Raises:
        ValueError: if shapes, dtypes or values do not fit, or no pixel is unknown.

    Example:

    >>> import numpy as np
    >>> truth = np.zeros((10, 10))
    >>> trimap = np.full((10, 10), 128, np.uint8)
    >>> sad_error(truth + 0.5, truth, trimap)
    0.05

    Source: Lu et al., ICCV 2019, sec. 5.1.
    """
    alpha, truth, unknown = checked_inputs(alpha, truth, trimap)
    return float(np.abs(alpha - truth)[unknown].sum(dtype=np.float64) / 1000)


def mse_error(alpha, truth, trimap):
    """Mean squared error over the unknown region.

    Args:
        alpha: predicted alpha, H x W, float in [0, 1] or uint8.
        truth: true alpha, H x W, float in [0, 1] or uint8.
        trimap: uint8, H x W; 0 is background, 255 foreground, anything between is unknown.

    Returns:
        The error as a float; 0 is perfect.

    Raises:
        ValueError: if shapes, dtypes or values do not fit, or no pixel is unknown.

    Example:

    >>> import numpy as np
    >>> truth = np.zeros((10, 10))
    >>> trimap = np.full((10, 10), 128, np.uint8)
    >>> mse_error(truth + 0.5, truth, trimap)
    0.25

    Source: Lu et al., ICCV 2019, sec. 5.1.
    """
    alpha, truth, unknown = checked_inputs(alpha, truth, trimap)
    return float(np.square(alpha - truth)[unknown].mean(dtype=np.float64))
