"""The connectivity error of alpha mattes."""

from itertools import pairwise

import cv2
import numpy as np

from keras_indexnet.evaluation.inputs import checked_inputs

# float32 like the alphas: in float64 a pixel of 153 / 255 would miss the threshold 0.6.
THRESHOLDS = np.linspace(0, 1, 11, dtype=np.float32)
# Differences from the connected level below this do not count as disconnected.
THETA = np.float32(0.15)


def connectivity_error(alpha, truth, trimap):
    """Sum of differences in connectedness over the unknown region, in thousands.

    A pixel's connected level is the highest threshold up to which it belongs to the largest region
    that is opaque in both alphas; how far an alpha rises above that level is how disconnected it
    is. Regions run through known pixels too.

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
