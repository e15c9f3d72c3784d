"""Trimaps from strokes over the foreground and the background, by GrabCut."""

import cv2
import numpy as np

from keras_indexnet.data.ranges import eight_bit_colours
from keras_indexnet.data.trimap.from_mask import trimap_from_mask
from keras_indexnet.data.trimap.grab_cut import (
    agreed,
    scaled_strokes,
    segmented,
    with_surroundings,
    working_size,
)
from keras_indexnet.data.trimap.levels import BACKGROUND, FOREGROUND, checked_strokes
from keras_indexnet.errors import IndexNetError

# The segmentation begins with what is nearer to white strokes than to black ones, by these shares of both
# distances.
SHARES = (0.4, 0.5, 0.6)
GAP = 0.06  # of the photograph's longer side: over so much a black line closes


def trimap_from_strokes(
    image: np.ndarray, strokes: np.ndarray, width: float | tuple[float, float] = 0.02
) -> np.ndarray:
    """Make a trimap from strokes that a person painted over the foreground and the background, with GrabCut.

    Strokes enclose: what no white stroke reaches without crossing a black one, or a small gap in it, is
    background, and what a closed white stroke surrounds is foreground, unless black is in it. Colours decide
    about the rest.

    Args:
        image: array of shape `(H, W, 3)`, RGB: uint8, uint16, or float in [0, 1].
        strokes: uint8 array of shape `(H, W)`: 255 marks foreground, 0 background, anything between nothing.
        width: as for `trimap_from_mask`.

    Returns:
        uint8 array of shape `(H, W)` with the values 0, 128 and 255.

    Raises:
        ValueError: if the strokes are of another size or do not mark both, or colours tell nothing.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet.data import trimap_from_strokes
    >>> image = np.full((80, 80, 3), 30, "uint8")
    >>> image[20:60, 20:60] = image[5:15, 70:] = 200, 180, 20
    >>> strokes = np.full((80, 80), 128, "uint8")
    >>> strokes[12:68, [12, 67]] = strokes[[12, 67], 12:68] = 0  # a ring around the one, not the other
    >>> strokes[35:45, 40] = 255
    >>> trimap_from_strokes(image, strokes, width=2)[[40, 10], [50, 75]].tolist()
    [255, 0]
    """
    image = eight_bit_colours(image)
    strokes = enclosing(checked_strokes(strokes, image))
    for level, name, colour in ((FOREGROUND, "foreground", "white"), (BACKGROUND, "background", "black")):
        if not (strokes == level).any():
            raise IndexNetError(f"The strokes mark no {name}: paint some {colour}, or give a box.")
    near = with_surroundings(cv2.boundingRect((strokes != BACKGROUND).astype(np.uint8)), strokes.shape)
    size = working_size(strokes[near].shape)
    small = cv2.resize(image[near], size, interpolation=cv2.INTER_AREA)
    marks = scaled_strokes(strokes[near], size)
    to_white, to_black = distance_to(marks, FOREGROUND), distance_to(marks, BACKGROUND)
    found = [segmented(small, marks, to_black > share * (to_white + to_black)) for share in SHARES]
    agreement = np.full(strokes.shape, BACKGROUND, np.uint8)
    agreement[near] = agreed(found, strokes[near].shape)
    agreement[strokes == FOREGROUND] = FOREGROUND
    agreement[strokes == BACKGROUND] = BACKGROUND
    return trimap_from_mask(agreement, width)


def enclosing(strokes):
    """Give what strokes enclose the value of the strokes.

    Args:
        strokes: uint8 array of shape `(H, W)`: 255 marks foreground, 0 background, anything between nothing.

    Returns:
        uint8 array of the same shape. Without white or without black it is as it was.
    """
    white, black = strokes == FOREGROUND, strokes == BACKGROUND
    if not (white.any() and black.any()):
        return strokes
    filled = strokes.copy()
    # Not what white strokes close off with the help of the picture's border: one from top to bottom, along
    # somebody who stands there, would make foreground of all that is to one side.
    within_white = _parts_without(black, between=white)
    filled[(within_white > 0) & ~_at_border(within_white)] = FOREGROUND
    filled[_parts_without(white, between=black) > 0] = BACKGROUND
    # A line that somebody draws around a subject seldom ends where it began. Its outside has the picture's
    # border; what has not may be a hand, whose arm comes in through the gap.
    to_black, to_white = distance_to(strokes, BACKGROUND), distance_to(strokes, FOREGROUND)
    bridged = (to_black <= GAP / 2 * max(strokes.shape)) & (to_black < to_white)
    filled[_at_border(_parts_without(white, between=bridged))] = BACKGROUND
    return filled


def _parts_without(marked, between):
    """Number the parts of a picture between strokes, 0 being the strokes and the parts that hold a mark."""
    _, parts = cv2.connectedComponents((~between).astype(np.uint8), connectivity=4)
    parts[np.isin(parts, parts[marked])] = 0
    return parts


def _at_border(parts):
    """Find the parts that touch the picture's border; 0 is none."""
    border = np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]])
    return np.isin(parts, border[border > 0])


def distance_to(picture, level):
    """How far each pixel is from the nearest one of a level (Euclidean)."""
    return cv2.distanceTransform((picture != level).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
