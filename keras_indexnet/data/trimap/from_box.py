"""Trimaps from a box or from strokes, by GrabCut."""

import math

import cv2
import numpy as np

from keras_indexnet.data.ranges import eight_bit_colours
from keras_indexnet.data.trimap.from_mask import DARKEST_SOFT, LIGHTEST_SOFT, trimap_from_mask
from keras_indexnet.data.trimap.levels import BACKGROUND, FOREGROUND, UNKNOWN, eight_bit_levels
from keras_indexnet.errors import IndexNetError
from keras_indexnet.given_numbers import whole_numbers

WORKING_SIZE = 192  # pixels of the longer side, for the segmentation: a larger one is slower and not better
ITERATIONS = 5
# What the segmentation begins with: an ellipse in the box, as a share of its sides, or what is nearer to white
# strokes than to black ones, by this share of both distances. Its result depends on the beginning where colours
# do not tell; there the three differ.
ELLIPSES = (0.8, 0.85, 0.9)
SHARES = (0.4, 0.5, 0.6)


def trimap_from_box(
    image: np.ndarray,
    box: tuple[int, int, int, int],
    strokes: np.ndarray | None = None,
    width: float | tuple[float, float] = 0.02,
) -> np.ndarray:
    """Make a trimap from a box around the subject, with GrabCut.

    A scaled-down image is segmented three times, from different beginnings. Unknown is what lies near the
    subject's edge, and all that the three do not agree about.

    Args:
        image: array of shape `(H, W, 3)`, RGB: uint8, uint16, or float in [0, 1].
        box: four ints, `x, y, width, height` in pixels. What lies outside is background. The subject should
            fill the box; the part of a box that lies outside the image is ignored.
        strokes: uint8 array of shape `(H, W)`: 255 where a person marked foreground, 0 background, anything
            between elsewhere; or None.
        width: as for `trimap_from_mask`.

    Returns:
        uint8 array of shape `(H, W)` with the values 0, 128 and 255. The same for the same arguments.

    Raises:
        ValueError: if the box has no area or lies outside the image, the strokes are of another size, or there
            turns out to be nothing but foreground or background.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet.data import trimap_from_box
    >>> image = np.full((100, 100, 3), 30, "uint8")
    >>> image[30:70, 40:80] = 200, 180, 20
    >>> trimap = trimap_from_box(image, (35, 25, 50, 50), width=3)
    >>> trimap[50, [10, 38, 41, 60]].tolist()
    [0, 128, 128, 255]

    Source: Rother et al., "GrabCut: interactive foreground extraction using iterated graph cuts",
    SIGGRAPH 2004, as in OpenCV.
    """
    strokes = np.full(np.shape(image)[:2], UNKNOWN, np.uint8) if strokes is None else strokes
    image, strokes, size = _scaled_down(image, strokes)
    box = _box_within(box, size, image.shape)
    outside = np.ones(strokes.shape, bool)
    outside[box[1] : box[1] + box[3], box[0] : box[0] + box[2]] = False
    strokes[outside & (strokes != FOREGROUND)] = BACKGROUND
    beginnings = [_ellipse(strokes.shape, box, share) for share in ELLIPSES]
    return trimap_from_mask(_agreement(image, strokes, beginnings, size), width)


def trimap_from_strokes(
    image: np.ndarray, strokes: np.ndarray, width: float | tuple[float, float] = 0.02
) -> np.ndarray:
    """Make a trimap from strokes that a person painted over the foreground and the background, with GrabCut.

    Args:
        image: array of shape `(H, W, 3)`, RGB: uint8, uint16, or float in [0, 1].
        strokes: uint8 array of shape `(H, W)`: 255 marks foreground, 0 background, anything between nothing.
        width: as for `trimap_from_mask`.

    Returns:
        uint8 array of shape `(H, W)` with the values 0, 128 and 255.

    Raises:
        ValueError: if the strokes are of another size or do not mark both.
    """
    image, strokes, size = _scaled_down(image, strokes)
    for level, name, colour in ((FOREGROUND, "foreground", "white"), (BACKGROUND, "background", "black")):
        if not (strokes == level).any():
            raise IndexNetError(f"The strokes mark no {name}: paint some {colour}, or give a box.")
    to_foreground, to_background = (
        cv2.distanceTransform((strokes != level).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        for level in (FOREGROUND, BACKGROUND)
    )
    nearness = to_background / (to_foreground + to_background)
    beginnings = [nearness > share for share in SHARES]
    return trimap_from_mask(_agreement(image, strokes, beginnings, size), width)


def _scaled_down(image, strokes):
    """Image and strokes at the working size, and the size that the trimap shall have."""
    image, strokes = eight_bit_colours(image), eight_bit_levels(strokes, "strokes")
    height, width = image.shape[:2]
    if strokes.shape != (height, width):
        raise IndexNetError(
            f"The strokes are {strokes.shape[1]} x {strokes.shape[0]} pixels, but the photograph is "
            f"{width} x {height}; they must be of one size."
        )
    scale = min(1.0, WORKING_SIZE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    white, black = (
        cv2.resize(marked.astype(np.float32), size, interpolation=cv2.INTER_AREA)
        for marked in (strokes > LIGHTEST_SOFT, strokes < DARKEST_SOFT)
    )  # a thin stroke covers a part of a pixel only, and still marks it
    strokes = np.select([white > black, black > white], [FOREGROUND, BACKGROUND], UNKNOWN)
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA), strokes, (width, height)


def _box_within(box, size, working_shape):
    """The box in pixels of the working size, without what lies outside the image."""
    numbers = whole_numbers(box, "the numbers of a box", least=-math.inf)
    if len(numbers) != 4:
        raise IndexNetError(f"A box is four numbers, x, y, width and height, not {len(numbers)}.")
    x, y, box_width, box_height = numbers
    if box_width <= 0 or box_height <= 0:
        raise IndexNetError(f"A box is wider and higher than 0 pixels, not {box_width} x {box_height}.")
    width, height = size
    if x >= width or y >= height or x + box_width <= 0 or y + box_height <= 0:
        raise IndexNetError(
            f"The box begins at {x}, {y} and is {box_width} x {box_height} pixels: "
            f"it lies outside the photograph, which is {width} x {height}."
        )
    scale = working_shape[1] / width, working_shape[0] / height
    left, top = (int(np.floor(max(0, start) * factor)) for start, factor in zip((x, y), scale, strict=True))
    right = int(np.ceil(min(width, x + box_width) * scale[0]))
    bottom = int(np.ceil(min(height, y + box_height) * scale[1]))
    return left, top, right - left, bottom - top


def _ellipse(shape, box, share):
    x, y, width, height = box
    rows, columns = np.indices(shape)
    across = (columns + 0.5 - x - width / 2) / (share * width / 2)
    down = (rows + 0.5 - y - height / 2) / (share * height / 2)
    return across**2 + down**2 <= 1


def _agreement(image, strokes, beginnings, size):
    """The share of the segmentations that call each pixel foreground, enlarged to the given size."""
    votes = np.mean([_segmented(image, strokes, beginning) for beginning in beginnings], axis=0)
    for level, name, colour in ((1, "foreground", "white"), (0, "background", "black")):
        if not (votes == level).any():
            raise IndexNetError(
                f"No {name} was found by its colours: draw a closer box, or mark {name} with {colour} strokes."
            )
    return cv2.resize(votes.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)


def _segmented(image, strokes, beginning):
    labels = np.where(beginning, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    labels[strokes == FOREGROUND] = cv2.GC_FGD
    labels[strokes == BACKGROUND] = cv2.GC_BGD
    if _is_foreground(labels).all() or not _is_foreground(labels).any():  # GrabCut wants colours of both
        return _is_foreground(labels)
    cv2.setRNGSeed(0)  # of the clustering of colours
    cv2.grabCut(image, labels, None, np.empty((0, 0)), np.empty((0, 0)), ITERATIONS, cv2.GC_INIT_WITH_MASK)
    return _is_foreground(labels)


def _is_foreground(labels):
    return (labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)
