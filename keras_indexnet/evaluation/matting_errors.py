"""The four errors of matting papers in one call."""

from keras_indexnet.evaluation.connectivity_error import connectivity_error
from keras_indexnet.evaluation.gradient_error import gradient_error
from keras_indexnet.evaluation.pixel_errors import mse_error, sad_error


def matting_errors(alpha, truth, trimap):
    """Measure a predicted alpha by SAD, MSE, gradient and connectivity error.

    Every error covers the unknown region only. Gradient and connectivity of an unknown pixel also
    depend on the known pixels around it, so give those the trimap's value before evaluating. The published
    code counts pixels of exactly 128 as unknown; on trimaps that hold other greys the figures differ from its.

    Args:
        alpha: predicted alpha, H x W, float in [0, 1] or uint8.
        truth: true alpha, H x W, float in [0, 1] or uint8.
        trimap: uint8, H x W; 0 is background, 255 foreground, anything between is unknown.

    Returns:
        A dict of floats: `sad`, `grad` and `conn` in thousands, `mse` a mean; 0 is perfect.

    Raises:
        ValueError: if shapes, dtypes or values do not fit, or no pixel is unknown.

    Example:

    >>> import numpy as np
    >>> truth = np.tile(np.linspace(0, 1, 20), (20, 1))
    >>> trimap = np.full((20, 20), 128, np.uint8)
    >>> matting_errors(truth, truth, trimap)
    {'sad': 0.0, 'mse': 0.0, 'grad': 0.0, 'conn': 0.0}

    Source: Lu et al., ICCV 2019, sec. 5.1; equal to the published MATLAB evaluation.
    """
    return {
        "sad": sad_error(alpha, truth, trimap),
        "mse": mse_error(alpha, truth, trimap),
        "grad": gradient_error(alpha, truth, trimap),
        "conn": connectivity_error(alpha, truth, trimap),
    }
