"""Strokes that correct a trimap."""

import cv2
import numpy as np

from keras_indexnet.data.ranges import eight_bit_colours
from keras_indexnet.data.trimap.from_mask import trimap_from_mask, width_in_pixels
from keras_indexnet.data.trimap.from_strokes import distance_to, enclosing
from keras_indexnet.data.trimap.grab_cut import (
    agreed,
    scaled_strokes,
    segmented,
    with_surroundings,
    working_size,
)
from keras_indexnet.data.trimap.levels import (
    BACKGROUND,
    FOREGROUND,
    UNKNOWN,
    checked_strokes,
    checked_trimap,
)
from keras_indexnet.errors import IndexNetError

SEEDS = 40  # pixels of the strokes of a colour, from which what is alike is looked for
ALIKE = 6  # levels of each channel; with more the helmet of the astronaut is like the table behind it
FILLED = 2
FLOOD = cv2.FLOODFILL_FIXED_RANGE | cv2.FLOODFILL_MASK_ONLY | FILLED << 8


def correct_trimap(
    image: np.ndarray,
    trimap: np.ndarray,
    strokes: np.ndarray,
    width: float | tuple[float, float] = 0.02,
) -> np.ndarray:
    """Correct a trimap where strokes are painted, and leave it as it is elsewhere.

    GrabCut segments the photograph with the strokes and without them, beginning with the trimap. Of what
    differs, a white stroke adds what is connected with it, and a black one removes that; neither has an effect
    on what lies apart from it. Strokes enclose, as in `trimap_from_strokes`.

    Args:
        image: array of shape `(H, W, 3)`, RGB: uint8, uint16, or float in [0, 1].
        trimap: uint8 array of shape `(H, W)` with the values 0, 128 and 255.
        strokes: uint8 array of shape `(H, W)`: 255 marks foreground, 0 background, anything between nothing.
        width: of the unknown region at new edges, as for `trimap_from_mask`.

    Returns:
        uint8 array of shape `(H, W)` with the values 0, 128 and 255. What is painted is as it was painted.

    Raises:
        ValueError: if the three are not of one size, or nothing but foreground or background is left.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet.data import correct_trimap, trimap_from_box
    >>> image = np.full((100, 200, 3), 30, "uint8")
    >>> image[30:70, 20:60], image[30:70, 120:160] = (200, 180, 20), (220, 60, 20)
    >>> trimap = trimap_from_box(image, (10, 20, 160, 60), width=3)
    >>> strokes = np.full((100, 200), 128, "uint8")
    >>> strokes[50, 130:150] = 0  # the red square is none of the subject
    >>> trimap[50, [40, 125]].tolist(), correct_trimap(image, trimap, strokes, width=3)[50, [40, 125]].tolist()
    ([255, 255], [255, 0])
    """
    image = eight_bit_colours(image)
    strokes, trimap = checked_strokes(strokes, image), checked_trimap(trimap)
    if trimap.shape != strokes.shape:
        raise IndexNetError(
            f"The trimap is {trimap.shape[1]} x {trimap.shape[0]} pixels, but the photograph is "
            f"{strokes.shape[1]} x {strokes.shape[0]}; they must be of one size."
        )
    involved = (trimap != BACKGROUND) | (strokes != UNKNOWN)
    near = with_surroundings(cv2.boundingRect(involved.astype(np.uint8)), trimap.shape)
    size = working_size(trimap[near].shape)
    beginnings = [
        cv2.resize(region[near].astype(np.float32), size, interpolation=cv2.INTER_AREA) >= 0.5
        for region in (trimap == FOREGROUND, _nearer_to_foreground(trimap), trimap != BACKGROUND)
    ]
    certain = np.full(size[::-1], UNKNOWN, np.uint8)
    small = cv2.resize(image[near], size, interpolation=cv2.INTER_AREA)
    without = agreed([segmented(small, certain, beginning) for beginning in beginnings], certain.shape)
    return corrected(image, trimap, strokes, width, near, without, beginnings, certain)


def corrected(image, trimap, strokes, width, near, without, beginnings, certain):
    """Correct a trimap by what a segmentation finds with strokes, and does not find without them.

    Args:
        image: uint8 array of shape `(H, W, 3)`.
        trimap: uint8 array of shape `(H, W)`.
        strokes: uint8 array of shape `(H, W)`: 255, 0, and 128 where there are none.
        width: as for `trimap_from_mask`.
        near: pair of slices, the part of the photograph that is segmented.
        without: uint8 array of that part's working size: 255, 0 and 128, what is found without strokes.
        beginnings: list of bool arrays of that size, as for `segmented`.
        certain: uint8 array of that size: 255 and 0 where that is known without strokes.

    Returns:
        uint8 array of shape `(H, W)`.

    Raises:
        ValueError: if nothing but foreground or background is left.
    """
    strokes = enclosing(strokes)
    marked = strokes != UNKNOWN
    if not marked.any():
        return trimap
    mask = np.where(_nearer_to_foreground(trimap), FOREGROUND, BACKGROUND).astype(np.uint8)
    found, reached = _what_strokes_change(image[near], strokes[near], without, beginnings, certain)
    mask[near][reached] = found[reached]
    mask[marked] = strokes[marked]
    for level, name in ((BACKGROUND, "background"), (FOREGROUND, "foreground")):
        if not (mask == level).any():
            raise IndexNetError(f"The strokes leave no {name}.")
    changed = marked.copy()
    changed[near] |= reached
    away = cv2.distanceTransform((~changed).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    beside = away <= max(width_in_pixels(width, mask != BACKGROUND))
    return np.where(marked, strokes, np.where(beside, trimap_from_mask(mask, width), trimap))


def _nearer_to_foreground(trimap):
    """Divide the unknown region between foreground and background, by distance."""
    return distance_to(trimap, FOREGROUND) < distance_to(trimap, BACKGROUND)


def _what_strokes_change(image, strokes, without, beginnings, certain):
    """Return what is found with the strokes, and where that is to be followed.

    Of what differs from what is found without them, that is all that is connected with a stroke, unless it goes
    the other way: a white stroke takes nothing away, and a black one adds nothing.
    """
    small = cv2.resize(image, certain.shape[::-1], interpolation=cv2.INTER_AREA)
    marks = scaled_strokes(strokes, certain.shape[::-1])
    known = np.where(marks == UNKNOWN, certain, marks)
    found = agreed([segmented(small, known, beginning) for beginning in beginnings], certain.shape)
    alike = _connected_and_alike(small, marks)
    found[alike != UNKNOWN] = alike[alike != UNKNOWN]
    reached = np.zeros(certain.shape, np.float32)
    decided = (without == UNKNOWN) & (found != UNKNOWN)
    for level, turned in ((FOREGROUND, found > without), (BACKGROUND, found < without)):
        changing = decided | turned
        changing = cv2.morphologyEx(changing.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3)))  # no bridges
        _, parts = cv2.connectedComponents(changing | (marks == level))
        touched = np.isin(parts, np.setdiff1d(parts[marks == level], 0)).astype(np.uint8)
        # Between two surfaces lie pixels of both, which would stay behind as a line.
        rim = (cv2.dilate(touched, np.ones((3, 3))) > touched) & (certain == UNKNOWN) & (marks == UNKNOWN)
        found[rim] = level
        reached[rim | (touched == 1)] = 1
    found = cv2.resize(found, strokes.shape[::-1], interpolation=cv2.INTER_NEAREST)
    return found, cv2.resize(reached, strokes.shape[::-1], interpolation=cv2.INTER_LINEAR) >= 0.5


def _connected_and_alike(image, strokes):
    """Extend strokes over what is connected with them and has nearly their colours.

    GrabCut learns colours by the number of pixels, and a stroke has too few to change its mind about a surface.
    """
    extended = strokes.copy()
    for level in (FOREGROUND, BACKGROUND):
        points = np.argwhere(strokes == level)
        filled = np.pad((strokes == BACKGROUND + FOREGROUND - level).astype(np.uint8), 1)  # stops there
        for row, column in points[:: max(1, len(points) // SEEDS)].tolist():
            cv2.floodFill(image, filled, (column, row), 0, (ALIKE,) * 3, (ALIKE,) * 3, FLOOD)
        extended[(filled[1:-1, 1:-1] == FILLED) & (strokes == UNKNOWN)] = level
    return extended
