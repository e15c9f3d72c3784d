import cv2
import numpy as np

from keras_indexnet.data.trimap.levels import BACKGROUND, FOREGROUND, UNKNOWN


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
    trimap[_distances(soft_region(alpha)) <= distance] = UNKNOWN
    return trimap


def distance_to_soft_region(alpha):
    """Measure once how far every pixel is from the soft region, for trimaps of any width.

    Args:
        alpha: uint8 array of shape `(H, W)`.

    Returns:
        uint8 array of shape `(H, W)`: the Euclidean distance in pixels, rounded up; 0 in the soft region, 255
        from 255 pixels on and where nothing is soft. For a whole number `d` below 255, `distances <= d` is the
        soft region dilated by `d`, exactly.
    """
    return np.ceil(np.minimum(_distances(soft_region(alpha, opaque=255)), 255)).astype(np.uint8)


def unknown_region(alpha, distances, limits):
    """Mark what is near the soft region, on its two sides.

    Args:
        alpha: uint8 array.
        distances: uint8 array of the same shape, from `distance_to_soft_region`.
        limits: pair of ints below 255, by how many pixels the unknown region reaches into the sure
            foreground and into the sure background.

    Returns:
        Boolean array of the same shape.
    """
    inside, outside = np.uint8(limits)
    return distances <= np.where(alpha > 127, inside, outside)


def soft_region(alpha, opaque=1.0):
    """Mark where an alpha matte is neither 0 nor `opaque`, exactly."""
    return (alpha > 0) & (alpha < opaque)


def _distances(region):
    if not region.any():
        return np.full(region.shape, np.inf, np.float32)
    return cv2.distanceTransform((~region).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
