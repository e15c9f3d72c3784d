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


def standardize_trimap(trimap, shape):
    """Read a trimap as people make them: of another size, saved as JPEG, or with soft edges.

    Args:
        trimap: uint8 array of shape `(H, W)`.
        shape: pair of ints, height and width of its photograph.

    Returns:
        Pair of the trimap, uint8 of the given shape with the values 0, 128 and 255, and a list of sentences
        that say what was changed.

    Raises:
        ValueError: if the trimap has other proportions than the photograph, or no unknown pixels, or is a mask
            of small numbers.
    """
    notes = []
    if trimap.max() < 64:
        raise ValueError(
            f"The trimap's values reach only {trimap.max()}; "
            "it should be 255 in the foreground and 128 where unknown."
        )
    if trimap.shape != tuple(shape):
        trimap = _resized_to(trimap, shape, notes)
    if not np.isin(trimap, (BACKGROUND, UNKNOWN, FOREGROUND)).all():
        notes.append("The trimap holds other values than 0, 128 and 255; those between were read as unknown.")
        trimap = np.select([trimap <= 10, trimap >= 245], [BACKGROUND, FOREGROUND], UNKNOWN).astype(np.uint8)
    if not (trimap == UNKNOWN).any():
        raise ValueError(
            "The trimap has no unknown pixels: paint the hair, fur or soft edges grey (128), "
            "so that there is something to compute."
        )
    return trimap, notes


def _resized_to(trimap, shape, notes):
    height, width = shape
    fitting = trimap.shape[1] * height / width  # its height, had it the photograph's proportions
    if abs(trimap.shape[0] - fitting) > 1.5:
        raise ValueError(
            f"The trimap is {trimap.shape[1]} x {trimap.shape[0]} pixels, but the photograph is "
            f"{width} x {height}; they must show the same picture."
        )
    notes.append(
        f"The trimap was resized from {trimap.shape[1]} x {trimap.shape[0]} to {width} x {height} pixels."
    )
    return cv2.resize(trimap, (width, height), interpolation=cv2.INTER_NEAREST)
