import cv2
import numpy as np

from keras_indexnet import data
from keras_indexnet.data.trimap import BACKGROUND, FOREGROUND, UNKNOWN
from keras_indexnet.errors import IndexNetError

UNMARKED = 1
SMALLEST_PART = 0.001  # of the picture; less is a gap between two strokes


def trimap_from_marks(image, marks, box=None):
    """Make a trimap from what a person painted over a photograph, and a box around the subject.

    With a box, and from strokes alone, colours decide about what is not painted (GrabCut). Where the painted
    unknown region cuts the picture into parts, it decides itself: the part with most of the picture's border is
    background, what is cut off from it is foreground. A stroke in a part overrules that, and where foreground
    is marked, every other part at the border is background. What is painted is in the trimap as it was
    painted, in any case.

    Args:
        image: uint8 array of shape `(H, W, 3)`, RGB.
        marks: uint8 array of shape `(H, W)`: 255 foreground, 0 background, 128 unknown, and `UNMARKED`.
        box: four ints, `x, y, width, height` in pixels, or None.

    Returns:
        uint8 array of shape `(H, W)` with the values 0, 128 and 255.

    Raises:
        ValueError: if the marks say too little, or the box lies outside the image.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet.web import UNMARKED, trimap_from_marks
    >>> marks = np.full((9, 9), UNMARKED, "uint8")
    >>> marks[2, 2:7] = marks[6, 2:7] = marks[2:7, 2] = marks[2:7, 6] = 128
    >>> trimap_from_marks(np.zeros((9, 9, 3), "uint8"), marks)[4].tolist()
    [0, 0, 128, 255, 255, 255, 128, 0, 0]
    """
    if box is None and (marks == UNMARKED).all():
        raise IndexNetError("Nothing is marked: draw a box around the subject, or paint over its edge.")
    strokes = np.where(marks == UNMARKED, UNKNOWN, marks)
    if box is not None:
        trimap = data.trimap_from_box(image, box, strokes)
    elif (trimap := _parts_beside_band(marks)) is None:
        _check_strokes(marks)
        trimap = data.trimap_from_strokes(image, strokes)
    return np.where(marks == UNMARKED, trimap, marks)


def _parts_beside_band(marks):
    """The trimap of an unknown region that separates foreground and background, or None if it does not."""
    parts, labels, statistics, _ = cv2.connectedComponentsWithStats(
        (marks != UNKNOWN).astype(np.uint8), connectivity=4
    )
    border = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    touched = {level: np.unique(labels[marks == level]) for level in (FOREGROUND, BACKGROUND)}
    levels = np.full(parts, FOREGROUND, np.uint8)
    if touched[FOREGROUND].size:
        levels[border] = BACKGROUND
    else:
        levels[np.bincount(border[border > 0], minlength=parts).argmax()] = BACKGROUND
    levels[statistics[:, cv2.CC_STAT_AREA] < SMALLEST_PART * marks.size] = UNKNOWN
    for level, touched_parts in touched.items():
        levels[touched_parts] = level
    levels[0] = UNKNOWN  # the band
    runs_through = np.intersect1d(*touched.values()).size > 0
    if runs_through or not {FOREGROUND, BACKGROUND} <= set(levels.tolist()):
        return None
    return levels[labels]


def _check_strokes(marks):
    painted = set(np.unique(marks).tolist()) - {UNMARKED}
    if painted >= {FOREGROUND, BACKGROUND}:
        return
    if UNKNOWN in painted:
        raise IndexNetError(
            "The painted edge does not separate the subject from its background: paint it all the way round, "
            "or to the picture's border, or mark both what to keep and what to remove."
        )
    kept, removed = ("keep", "remove") if FOREGROUND in painted else ("remove", "keep")
    raise IndexNetError(
        f"Only what to {kept} is marked: mark what to {removed} as well, paint over the edge, or draw a box."
    )
