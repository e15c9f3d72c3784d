"""Trimaps from alpha mattes, true ones and first guesses, and the distances that they are made of."""

import cv2
import numpy as np

from keras_indexnet.data.ranges import unit_alpha, unit_alpha_of
from keras_indexnet.data.trimap.from_mask import width_in_pixels
from keras_indexnet.data.trimap.levels import BACKGROUND, FOREGROUND, UNKNOWN, checked_trimap
from keras_indexnet.given_numbers import number

MUCH_SOFT = 10_000  # pixels, about the edge of a person's hair; who has more has no more to teach
TOLERANCE = 0.01  # around 0 and 1, which are not exact in mattes that were saved as JPEG


def trimap_from_alpha(alpha: np.ndarray, distance: float) -> np.ndarray:
    """Mark as unknown what is soft in an alpha matte, and everything near it.

    Args:
        alpha: array of shape `(H, W)`: uint8, uint16, or float in [0, 1].
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
    alpha, distance = unit_alpha(alpha), number(distance, "distance", least=0)
    trimap = np.where(alpha > 0.5, FOREGROUND, BACKGROUND).astype(np.uint8)
    trimap[_distances(soft_region(alpha)) <= distance] = UNKNOWN
    return trimap


def trimap_by_erosion(alpha: np.ndarray, width: float) -> np.ndarray:
    """Make a trimap from an alpha matte: foreground and background keep a distance from all that is neither.

    Unlike `trimap_from_alpha` it also leaves a band along hard edges, where alpha steps from 0 to 1.

    Args:
        alpha: array of shape `(H, W)`: uint8, uint16, or float in [0, 1].
        width: float, pixels (Euclidean) by which foreground and background are eroded.

    Returns:
        uint8 array of shape `(H, W)` with the values 0, 128 and 255.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet.data.trimap import trimap_by_erosion
    >>> edge = np.tile(np.float32([0, 0, 0, 0, 1, 1, 1, 1]), (3, 1))
    >>> trimap_by_erosion(edge, width=2)[0].tolist()
    [0, 0, 128, 128, 128, 128, 255, 255]
    """
    alpha, width = unit_alpha(alpha), number(width, "width", least=0)
    trimap = np.full(alpha.shape, UNKNOWN, np.uint8)
    for level, certain in ((BACKGROUND, alpha <= TOLERANCE), (FOREGROUND, alpha >= 1 - TOLERANCE)):
        if certain.all():  # nothing to keep a distance from
            return np.full(alpha.shape, level, np.uint8)
        distances = cv2.distanceTransform(certain.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        trimap[distances > width] = level
    return trimap


def grow_unknown_region(
    trimap: np.ndarray, alpha: np.ndarray, width: float | tuple[float, float] = 0.01, tolerance: float = 0.2
) -> np.ndarray:
    """Grow the unknown region where a first matte contradicts the trimap at the region's border.

    An unknown pixel beside the background should have an alpha near 0, and one beside the foreground near 1.
    Where it has not, hair or a soft edge goes on into what the trimap calls known, and that becomes unknown,
    for a second matte. It is not always a better one: `docs/use/trimaps.md` has what was measured.

    Args:
        trimap: uint8 array of shape `(H, W)` with the values 0, 128 and 255.
        alpha: array of shape `(H, W)`: uint8, uint16, or float in [0, 1], predicted with this trimap.
        width: number, or pair of them for foreground and background: how far to grow from such a pixel, in
            pixels from 1 on, as share of the longer side below.
        tolerance: float, how far from 0 or 1 alpha may be.

    Returns:
        uint8 array of shape `(H, W)`: the trimap with a larger unknown region, or an equal one if nothing
        contradicts it.

    Raises:
        ValueError: if trimap or alpha are none of these, or not of one size.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet.data import grow_unknown_region
    >>> trimap = np.uint8([[0, 0, 0, 0, 128, 128, 255, 255]])
    >>> grow_unknown_region(trimap, np.float32([[0, 0, 0, 0, 0.4, 1, 1, 1]]), width=2).tolist()
    [[0, 0, 128, 128, 128, 128, 255, 255]]
    """
    trimap = checked_trimap(trimap)
    alpha, grown = unit_alpha_of(trimap, alpha), trimap.copy()
    tolerance = number(tolerance, "tolerance", least=0, most=1)
    errors = {FOREGROUND: 1.0 - alpha, BACKGROUND: alpha}
    for (level, error), reach in zip(errors.items(), width_in_pixels(width, trimap != BACKGROUND), strict=True):
        known = (trimap == level).astype(np.uint8)
        beside = cv2.dilate(known, np.ones((3, 3), np.uint8)) > 0
        contradicting = (trimap == UNKNOWN) & beside & (error > tolerance)
        if contradicting.any():
            distances = cv2.distanceTransform(
                (~contradicting).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE
            )
            grown[(trimap == level) & (distances <= reach)] = UNKNOWN
    return grown


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


def information(distances):
    """Estimate how much a foreground has to teach, by what is soft in it: from 0.1 to 1 at `MUCH_SOFT` pixels.

    Args:
        distances: uint8 array of shape `(H, W)`, from `distance_to_soft_region`.

    Returns:
        float.
    """
    return float(np.clip(np.count_nonzero(distances == 0) / MUCH_SOFT, 0.1, 1.0))


def soft_region(alpha, opaque=1.0):
    """Mark where an alpha matte is neither 0 nor `opaque`, exactly."""
    return (alpha > 0) & (alpha < opaque)


def _distances(region):
    if not region.any():
        return np.full(region.shape, np.inf, np.float32)
    return cv2.distanceTransform((~region).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
