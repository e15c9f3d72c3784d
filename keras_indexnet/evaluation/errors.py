"""The four errors of matting papers: SAD, MSE, gradient and connectivity."""

import math
from itertools import pairwise

import cv2
import numpy as np

from keras_indexnet.data.ranges import unit_alpha
from keras_indexnet.data.trimap import BACKGROUND, FOREGROUND
from keras_indexnet.errors import IndexNetError

# Of the gradient error: the Gaussian that is derived.
SIGMA = 1.4
KERNEL_EPSILON = 1e-2  # the kernel ends where the density falls below this
# Of the connectivity error; float32 like the alphas: in float64 a pixel of 153 / 255 would miss 0.6.
THRESHOLDS = np.linspace(0, 1, 11, dtype=np.float32)
THETA = np.float32(0.15)  # lesser differences from the connected level do not count as disconnected


def matting_errors(alpha: np.ndarray, truth: np.ndarray, trimap: np.ndarray) -> dict[str, float]:
    """Measure a predicted alpha by SAD, MSE, gradient and connectivity error.

    Every error covers the unknown region only. Gradient and connectivity of an unknown pixel also
    depend on the known pixels around it, so give those the trimap's value before evaluating. The published
    code counts pixels of exactly 128 as unknown; on trimaps that hold other greys the figures differ from its.

    Args:
        alpha: predicted alpha, H x W, uint8, uint16, or float in [0, 1].
        truth: true alpha, H x W, uint8, uint16, or float in [0, 1].
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


def sad_error(alpha: np.ndarray, truth: np.ndarray, trimap: np.ndarray) -> float:
    """Sum of absolute differences over the unknown region, in thousands.

    Args:
        alpha: predicted alpha, H x W, uint8, uint16, or float in [0, 1].
        truth: true alpha, H x W, uint8, uint16, or float in [0, 1].
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


def mse_error(alpha: np.ndarray, truth: np.ndarray, trimap: np.ndarray) -> float:
    """Mean squared error over the unknown region.

    Args:
        alpha: predicted alpha, H x W, uint8, uint16, or float in [0, 1].
        truth: true alpha, H x W, uint8, uint16, or float in [0, 1].
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


def gradient_error(alpha: np.ndarray, truth: np.ndarray, trimap: np.ndarray) -> float:
    """Sum of squared differences of gradient magnitudes over the unknown region, in thousands.

    Each alpha is first stretched to [0, 1] by its own minimum and maximum, known pixels included.

    Args:
        alpha: predicted alpha, H x W, uint8, uint16, or float in [0, 1].
        truth: true alpha, H x W, uint8, uint16, or float in [0, 1].
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


def connectivity_error(alpha: np.ndarray, truth: np.ndarray, trimap: np.ndarray) -> float:
    """Sum of differences in connectedness over the unknown region, in thousands.

    A pixel's connected level is the highest threshold up to which it belongs to the largest region
    that is opaque in both alphas; how far an alpha rises above that level is how disconnected it
    is. Regions run through known pixels too.

    Args:
        alpha: predicted alpha, H x W, uint8, uint16, or float in [0, 1].
        truth: true alpha, H x W, uint8, uint16, or float in [0, 1].
        trimap: uint8, H x W; 0 is background, 255 foreground, anything between is unknown.

    Returns:
        The error as a float; 0 is perfect.

    Raises:
        ValueError: if shapes, dtypes or values do not fit, or no pixel is unknown.

    Example:

    >>> import numpy as np
    >>> truth = np.zeros((10, 10))
    >>> truth[:, :4] = 1
    >>> alpha = truth.copy()
    >>> alpha[:5, 8] = 1  # five opaque pixels apart from the object
    >>> connectivity_error(alpha, truth, np.full((10, 10), 128, np.uint8))
    0.005

    Source: Rhemann et al., CVPR 2009, as evaluated in Lu et al., ICCV 2019, sec. 5.1.
    """
    alpha, truth, unknown = checked_inputs(alpha, truth, trimap)
    level = _connected_level(alpha, truth)
    difference = _disconnectedness(alpha, level) - _disconnectedness(truth, level)
    return float(np.abs(difference)[unknown].sum(dtype=np.float64) / 1000)


def checked_inputs(alpha, truth, trimap):
    """Check the arguments of a matting error and bring them to one form.

    Args:
        alpha: predicted alpha, H x W, uint8, uint16, or float in [0, 1].
        truth: true alpha, H x W, uint8, uint16, or float in [0, 1].
        trimap: uint8, H x W; 0 is background, 255 foreground, anything between is unknown.

    Returns:
        `(alpha, truth, unknown)`: two float32 arrays in [0, 1] and a boolean mask, H x W each.

    Raises:
        ValueError: if the shapes differ or are not H x W, a dtype or value is out of its range,
            an alpha holds NaN, or the trimap has no unknown pixel.
    """
    alpha, truth, trimap = np.asarray(alpha), np.asarray(truth), np.asarray(trimap)
    if alpha.ndim != 2 or not alpha.shape == truth.shape == trimap.shape:
        raise IndexNetError(
            "alpha, truth and trimap must have the same H x W shape, "
            f"but they are {alpha.shape}, {truth.shape} and {trimap.shape}."
        )
    # A trimap scaled to [0, 1] would make its foreground count as unknown.
    if trimap.dtype != np.uint8:
        raise IndexNetError(f"trimap must be uint8 with values 0 to 255, but it is {trimap.dtype}.")
    unknown = (trimap > BACKGROUND) & (trimap < FOREGROUND)
    if not unknown.any():
        raise IndexNetError("trimap has no unknown pixel (a value between 0 and 255) to evaluate.")
    return unit_alpha(alpha, "alpha"), unit_alpha(truth, "truth"), unknown


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


def _connected_level(alpha, truth):
    # Transposed, as OpenCV numbers components row by row and the published evaluation column by column.
    opacity = np.ascontiguousarray(np.minimum(alpha, truth).T)
    level = np.ones_like(opacity)
    connected = np.ones(opacity.shape, bool)
    for reached, threshold in pairwise(THRESHOLDS):
        opaque = opacity >= threshold
        # Higher thresholds are empty too; pixels connected so far keep level 1.
        if not opaque.any():
            break
        still_connected = connected & _largest_component(opaque)
        level[connected & ~still_connected] = reached
        connected = still_connected
    return level.T


def _largest_component(mask):
    """The largest 4-connected component; of equally large ones, the first row by row."""
    _, labels, statistics, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=4)
    areas = statistics[1:, cv2.CC_STAT_AREA]
    return labels == 1 + np.argmax(areas)


def _disconnectedness(alpha, level):
    excess = alpha - level
    return np.where(excess >= THETA, excess, np.float32(0))
