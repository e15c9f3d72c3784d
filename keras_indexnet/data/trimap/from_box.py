"""Trimaps from a box around the subject, by GrabCut."""

import math

import cv2
import numpy as np

from keras_indexnet.data.ranges import eight_bit_colours
from keras_indexnet.data.trimap.correction import corrected
from keras_indexnet.data.trimap.from_mask import trimap_from_mask
from keras_indexnet.data.trimap.grab_cut import agreed, segmented, with_surroundings, working_size
from keras_indexnet.data.trimap.levels import BACKGROUND, FOREGROUND, UNKNOWN, checked_strokes
from keras_indexnet.errors import IndexNetError
from keras_indexnet.given_numbers import whole_numbers

# The segmentation begins with an ellipse in the box, of these shares of its sides.
ELLIPSES = (0.8, 0.85, 0.9)
FULL = 0.9  # of the box: what begins with all of it and keeps so much has found no background in it
# Where colours tell nothing, this ellipse is taken for foreground, and all else in the box for unknown.
CORE = 0.4


def trimap_from_box(
    image: np.ndarray,
    box: tuple[int, int, int, int],
    strokes: np.ndarray | None = None,
    width: float | tuple[float, float] = 0.02,
) -> np.ndarray:
    """Make a trimap from a box around the subject, with GrabCut.

    The box and its surroundings are scaled down and segmented four times, from different beginnings. Unknown is
    what lies near the subject's edge, and all that the four do not agree about. Where they find nothing,
    the middle of the box is taken for the subject, and all the rest of it for unknown.

    Args:
        image: array of shape `(H, W, 3)`, RGB: uint8, uint16, or float in [0, 1].
        box: four ints, `x, y, width, height` in pixels. What lies outside is background. The subject should
            fill the box; the part of a box that lies outside the image is ignored.
        strokes: uint8 array of shape `(H, W)`: 255 where a person marked foreground, 0 background, anything
            between elsewhere; or None. They correct the trimap as in `correct_trimap`.
        width: as for `trimap_from_mask`.

    Returns:
        uint8 array of shape `(H, W)` with the values 0, 128 and 255. The same for the same arguments.

    Raises:
        ValueError: if the box has no area or lies outside the image, the strokes are of another size, or there
            is no background, or no foreground beside the unknown region.

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
    image = eight_bit_colours(image)
    left, top, box_width, box_height = _box_within(box, image.shape)
    near = with_surroundings((left, top, box_width, box_height), image.shape)
    subject = image[near]
    size = working_size(subject.shape[:2])
    scale = size[0] / subject.shape[1], size[1] / subject.shape[0]
    rows, columns = np.ogrid[: size[1], : size[0]]
    # 0 in the middle of the box, 1 at its border
    down = np.abs(((rows + 0.5) / scale[1] + near[0].start - top) / box_height * 2 - 1)
    across = np.abs(((columns + 0.5) / scale[0] + near[1].start - left) / box_width * 2 - 1)
    outside = np.where(np.maximum(down, across) > 1, BACKGROUND, UNKNOWN).astype(np.uint8)
    small = cv2.resize(subject, size, interpolation=cv2.INTER_AREA)
    beginnings = [down**2 + across**2 <= share**2 for share in ELLIPSES]
    found = [segmented(small, outside, beginning) for beginning in beginnings]
    # Legs, beaks and tails have other colours than the rest, but not those of the surroundings: what begins
    # with all of the box keeps them.
    inside = outside == UNKNOWN
    whole = segmented(small, outside, inside)
    if whole.sum() < FULL * inside.sum():
        found.append(whole)
    agreement = np.full(image.shape[:2], BACKGROUND, np.uint8)
    agreement[near] = agreed(found, subject.shape[:2])
    if not (agreement == FOREGROUND).any():
        core = np.where(down**2 + across**2 <= CORE**2, FOREGROUND, outside).astype(np.uint8)
        agreement[near] = cv2.resize(core, subject.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    if not (agreement == BACKGROUND).any():
        raise IndexNetError(
            "No background was found by its colours: draw a closer box, or mark background with black strokes."
        )
    trimap = trimap_from_mask(agreement, width)
    if not (trimap == FOREGROUND).any():
        raise IndexNetError(
            "No foreground was found by its colours that is wider than the unknown region: draw a larger box, "
            "or choose a smaller width."
        )
    if strokes is None:
        return trimap
    without = agreed(found, small.shape[:2])
    return corrected(image, trimap, checked_strokes(strokes, image), width, near, without, beginnings, outside)


def _box_within(box, shape):
    """The box without what lies outside the image."""
    numbers = whole_numbers(box, "the numbers of a box", least=-math.inf)
    if len(numbers) != 4:
        raise IndexNetError(f"A box is four numbers, x, y, width and height, not {len(numbers)}.")
    x, y, box_width, box_height = numbers
    if box_width <= 0 or box_height <= 0:
        raise IndexNetError(f"A box is wider and higher than 0 pixels, not {box_width} x {box_height}.")
    height, width = shape[:2]
    if x >= width or y >= height or x + box_width <= 0 or y + box_height <= 0:
        raise IndexNetError(
            f"The box begins at {x}, {y} and is {box_width} x {box_height} pixels: "
            f"it lies outside the photograph, which is {width} x {height}."
        )
    left, top = max(0, x), max(0, y)
    return left, top, min(width, x + box_width) - left, min(height, y + box_height) - top
