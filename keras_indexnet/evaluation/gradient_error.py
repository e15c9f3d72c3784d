"""The gradient error of alpha mattes."""

import math

import cv2
import numpy as np

from keras_indexnet.evaluation.inputs import checked_inputs

SIGMA = 1.4
# The kernel ends where the Gaussian's density falls below this.
KERNEL_EPSILON = 1e-2


def gradient_error(alpha, truth, trimap):
    """Sum of squared differences of gradient magnitudes over the unknown region, in thousands.

    Each alpha is first stretched to [0, 1] by its own minimum and maximum, known pixels included.

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
    >>> truth = np.tile(np.linspace(0, 0.5, 20), (20, 1))
    >>> trimap = np.full((20, 20), 128, np.uint8)
    >>> round(gradient_error(truth + 0.5, truth, trimap), 6)  # an offset has no gradient
    0.0

    Source: Rhemann et al., CVPR 2009, as evaluated in Lu et al., ICCV 2019, sec. 5.1.
    """
    alpha, truth, unknown = checked_inputs(alpha, truth, trimap)
    difference = _gradient_magnitude(_stretched(alpha)) - _gradient_magnitude(_stretched(truth))
    return float(np.square(difference)[unknown].sum(dtype=np.float64) / 1000)


def _stretched(alpha):
    low, high = alpha.min(), alpha.max()
    # A constant alpha has no gradient, whatever its value.
    return (alpha - low) / (high - low) if high > low else alpha


def _gradient_magnitude(alpha):
    smooth, derive = _gaussian_and_derivative()
    along_x = cv2.sepFilter2D(alpha, -1, derive, smooth, borderType=cv2.BORDER_REPLICATE)
    along_y = cv2.sepFilter2D(alpha, -1, smooth, derive, borderType=cv2.BORDER_REPLICATE)
    return cv2.magnitude(along_x, along_y)


def _gaussian_and_derivative():
    """The factors of the separable derivative kernel, each, hence their product, of L2 norm 1."""
    density_at_centre = 1 / (math.sqrt(2 * math.pi) * SIGMA)
    radius = math.ceil(SIGMA * math.sqrt(2 * math.log(density_at_centre / KERNEL_EPSILON)))
    offsets = np.arange(-radius, radius + 1)
    gaussian = np.exp(-(offsets**2) / (2 * SIGMA**2))
    derivative = offsets * gaussian
    return gaussian / np.linalg.norm(gaussian), derivative / np.linalg.norm(derivative)
