"""Trimaps: 0 is background, 255 is foreground, 128 is unknown."""

import cv2
import numpy as np

BACKGROUND, UNKNOWN, FOREGROUND = 0, 128, 255


def trimap_from_alpha(alpha, distance):
    """Mark as unknown what is soft in an alpha matte, and everything near it.

    Args:
        alpha: float array of shape `(H, W)` in [0, 1].
        distance: float, pixels (Euclidean) by which the soft region is dilated.

    Returns:
        uint8 array of shape `(H, W)` with the values 0, 128 and 255.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet.data import trimap_from_alpha
    >>> alpha = np.zeros((9, 9), "float32")
    >>> alpha[4, 4] = 0.5
    >>> int((trimap_from_alpha(alpha, distance=2) == 128).sum())
    13

    Source: Lu et al., ICCV 2019, sec. 5.1.
    """
    trimap = np.where(alpha > 0.5, FOREGROUND, BACKGROUND).astype(np.uint8)
    certain = ~soft_region(alpha)
    if not certain.all():
        distances = cv2.distanceTransform(
            certain.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE
        )
        trimap[distances <= distance] = UNKNOWN
    return trimap


def soft_region(alpha):
    """Mark where an alpha matte in [0, 1] is neither background nor foreground by more than one level in 100."""
    return (alpha > 0.01) & (alpha < 0.99)


def alpha_with_known_pixels(alpha, trimap):
    """Clip an alpha matte to [0, 1] and give known pixels the trimap's value.

    Args:
        alpha: float array of shape `(H, W)`.
        trimap: uint8 array of shape `(H, W)`.

    Returns:
        float32 array of shape `(H, W)`.
    """
    alpha = np.clip(alpha, 0.0, 1.0).astype(np.float32)
    alpha[trimap == BACKGROUND] = 0.0
    alpha[trimap == FOREGROUND] = 1.0
    return alpha
