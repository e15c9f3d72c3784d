import cv2
import numpy as np

from keras_indexnet.data.trimap import BACKGROUND, FOREGROUND, UNKNOWN
from keras_indexnet.errors import IndexNetError
from keras_indexnet.web.marks import UNMARKED, trimap_from_marks

# Shares of the photograph's longer side. The first one is wider than the unknown region about a subject, so
# that one that reaches the border is not cut off there.
MARGIN = 0.05
RIM = 0.01
OPEN_BELOW = 1 / 3  # of the height: people and animals reach the lower border more often than not


def trimap_within_border(image, marks, box=None):
    """Make a trimap from marks, where a click on the subject may be all that there is.

    As `trimap_from_marks`. But where what to keep is marked, and neither a box nor a soft edge separates it,
    what lies beyond the photograph's border counts as background, except in its lower third.

    Args:
        image, marks, box: as for `trimap_from_marks`.

    Returns:
        uint8 array of shape `(H, W)` with the values 0, 128 and 255.

    Raises:
        ValueError: as `trimap_from_marks`.
    """
    if box is not None or not (marks == FOREGROUND).any() or _soft_edge_separates(image, marks):
        return trimap_from_marks(image, marks, box)
    height, width = marks.shape
    margin = max(2, round(MARGIN * max(height, width)))
    rim = max(1, round(RIM * max(height, width)))
    image = cv2.copyMakeBorder(image, *[margin] * 4, cv2.BORDER_REPLICATE)
    marks = cv2.copyMakeBorder(marks, *[margin] * 4, cv2.BORDER_CONSTANT, value=UNMARKED)
    closed = margin + round(height * (1 - OPEN_BELOW))
    marks[:rim] = marks[:closed, :rim] = marks[:closed, -rim:] = BACKGROUND
    return trimap_from_marks(image, marks)[margin:-margin, margin:-margin]


def _soft_edge_separates(image, marks):
    try:
        trimap_from_marks(image, np.where(marks == UNKNOWN, UNKNOWN, UNMARKED).astype(np.uint8))
    except IndexNetError:
        return False
    return True
