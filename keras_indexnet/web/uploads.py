from typing import NamedTuple

import cv2
import numpy as np

from keras_indexnet import data
from keras_indexnet.data.decoding import UndecodableError, colours, decode, levels
from keras_indexnet.data.image_files import over_black
from keras_indexnet.data.trimap import BACKGROUND, FOREGROUND, UNKNOWN
from keras_indexnet.data.trimap.reading import NO_TRIMAP, is_coloured
from keras_indexnet.errors import IndexNetError
from keras_indexnet.web.border import trimap_within_border
from keras_indexnet.web.marks import UNMARKED

MAX_PHOTOGRAPH_PIXELS = 25_000_000  # a few kilobytes of a file can claim gigabytes of pixels


class Upload(NamedTuple):
    """What the page sent, read."""

    image: np.ndarray  # uint8 (H, W, 3), RGB
    trimap: np.ndarray  # uint8 (H, W): 0, 128 and 255
    notes: list  # sentences that say what was changed


def read_upload(photograph, box=None, marks=None, trimap=None):
    """Read a photograph and what a person marked in it, and make the trimap.

    Args:
        photograph: bytes of an image file.
        box: str or None, `x,y,width,height` in pixels of the photograph.
        marks: bytes or None, of a PNG with a transparent layer: white is foreground, black background and grey
            unknown; where it is transparent, nothing is marked.
        trimap: bytes or None, of an image file. Marks are painted over it. A box and a trimap exclude each
            other.

    Returns:
        `Upload`.

    Raises:
        ValueError: if a file is no image or too large, they do not fit together, or no trimap can be made of
            them; with a sentence for the person at the page.

    Example:

    >>> import cv2
    >>> import numpy as np
    >>> from keras_indexnet.web import read_upload
    >>> image = np.full((100, 100, 3), 30, "uint8")
    >>> image[30:70, 40:80] = 20, 180, 200
    >>> _, photograph = cv2.imencode(".png", image)
    >>> read_upload(photograph.tobytes(), box="35,25,50,50").trimap[50, [10, 39, 60]].tolist()
    [0, 128, 255]
    """
    image = colours(_decoded(photograph, "photograph"))
    marks, notes = _fitting_marks(marks, image.shape[:2])
    if trimap is None:
        box = None if box is None else data.read_box(box, image.shape[:2])
        return Upload(image, trimap_within_border(image, marks, box), notes)
    if box is not None:
        raise IndexNetError("There are a trimap and a box; only one of them can be followed.")
    picture = _decoded(trimap, "trimap")
    if is_coloured(colours(picture)):
        raise IndexNetError(f"The trimap {NO_TRIMAP}")
    values, alpha = levels(picture)
    if alpha is not None and (alpha < 255).any():
        notes.append("The trimap is transparent in places; what nobody painted there was read as black.")
        values = over_black(values, alpha)
    trimap, more_notes = data.standardize_trimap(values, image.shape[:2])
    return Upload(image, np.where(marks == UNMARKED, trimap, marks), notes + more_notes)


def _decoded(encoded, name):
    try:
        return decode(encoded, MAX_PHOTOGRAPH_PIXELS)
    except UndecodableError as error:
        raise IndexNetError(f"The {name} {error}.") from error


def _fitting_marks(encoded, shape):
    if encoded is None:
        return np.full(shape, UNMARKED, np.uint8), []
    values, opacity = levels(_decoded(encoded, "picture of the marks"))
    if opacity is None:
        raise IndexNetError("The marks are painted on a transparent layer: send an RGBA image.")
    marked = np.select([values < 64, values > 191], [BACKGROUND, FOREGROUND], UNKNOWN)
    marks = np.where(opacity > 127, marked, UNMARKED).astype(np.uint8)
    return data.fit_to_photograph(marks, shape, "picture of the marks", cv2.INTER_NEAREST)
