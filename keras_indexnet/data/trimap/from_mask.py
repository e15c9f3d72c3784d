import cv2
import numpy as np

from keras_indexnet.data.image_files import eight_bit_matte
from keras_indexnet.data.ranges import unit_alpha
from keras_indexnet.data.trimap.levels import (
    BACKGROUND,
    DARKEST_SOFT,
    FOREGROUND,
    LIGHTEST_SOFT,
    UNKNOWN,
)
from keras_indexnet.errors import IndexNetError
from keras_indexnet.given_numbers import number


def trimap_from_mask(mask: np.ndarray, width: float | tuple[float, float] = 0.02) -> np.ndarray:
    """Make a trimap from a mask or a rough alpha matte: unknown near its edges and wherever it is soft.

    Args:
        mask: array of shape `(H, W)`: bool, uint8, uint16, or float in [0, 1]. Above 0.956 is foreground,
            below 0.043 background, all between is soft.
        width: number, or pair of them for inside and outside: how far the unknown region reaches from the edge
            into the foreground and into the background (Euclidean). From 1 on it is in pixels; below 1 a share
            of the longer side of the subject, which is all that is not background, though at least one pixel,
            and inside at most half of the way to the innermost pixel, so that some foreground stays.

    Returns:
        uint8 array of shape `(H, W)` with the values 0, 128 and 255.

    Raises:
        ValueError: if the mask's dtype or range is none of these, it holds no foreground or no background, or a
            width is not above 0.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet.data import trimap_from_mask
    >>> mask = np.tile([False, False, False, False, True, True, True, True], (3, 1))
    >>> trimap_from_mask(mask, width=(1, 2))[0].tolist()
    [0, 0, 128, 128, 128, 255, 255, 255]
    """
    mask = eight_bit_matte(unit_alpha(mask, "mask"))
    background, foreground = mask < DARKEST_SOFT, mask > LIGHTEST_SOFT
    for missing, certain in (("foreground", foreground), ("background", background)):
        if not certain.any():
            raise IndexNetError(
                f"The mask has no {missing}: its values are {mask.min()} to {mask.max()}; "
                "it should be 255 in the foreground and 0 in the background."
            )
    inside, outside = width_in_pixels(width, ~background, foreground)
    trimap = np.full(mask.shape, UNKNOWN, np.uint8)
    trimap[_distance_to_others(foreground) > inside] = FOREGROUND
    trimap[_distance_to_others(background) > outside] = BACKGROUND
    return trimap


def width_in_pixels(width, subject, foreground=None):
    """Convert a width, or a pair of them, into two numbers of pixels.

    Args:
        width: number or pair of numbers, pixels from 1 on, a share of the subject's longer side below.
        subject: bool array of shape `(H, W)`, what is not background.
        foreground: the same, what is foreground. None: `subject`.

    Returns:
        Array of two floats.

    Raises:
        ValueError: if it is neither, or not above 0.
    """
    given = tuple(width) if np.iterable(width) and not isinstance(width, str) else (width, width)
    if len(given) != 2:
        raise IndexNetError(f"The unknown region's width is one number or a pair of them, not {given}.")
    widths = np.array([number(each, "The unknown region's width", above=0) for each in given])
    *_, across, down = cv2.boundingRect(subject.astype(np.uint8))
    depth = _distance_to_others(subject if foreground is None else foreground).max()
    pixels = np.minimum(widths * max(across, down), (max(1, depth / 2), np.inf))
    return np.where(widths < 1, np.maximum(pixels, 1), widths)


def _distance_to_others(region):
    return cv2.distanceTransform(region.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
