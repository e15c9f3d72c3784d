import io
from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image

from keras_indexnet import data
from keras_indexnet.data.image_files import decode_image
from keras_indexnet.data.trimap import BACKGROUND, FOREGROUND, UNKNOWN
from keras_indexnet.errors import IndexNetError
from keras_indexnet.web.marks import UNMARKED, trimap_from_marks

FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP")
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
    image = _decoded(photograph, cv2.IMREAD_COLOR_RGB, "photograph")
    marks, notes = _fitting_marks(marks, image.shape[:2])
    if trimap is None:
        box = None if box is None else data.read_box(box)
        return Upload(image, trimap_from_marks(image, marks, box), notes)
    if box is not None:
        raise IndexNetError("There are a trimap and a box; only one of them can be followed.")
    trimap = _decoded(trimap, cv2.IMREAD_GRAYSCALE, "trimap")
    trimap, more_notes = data.standardize_trimap(trimap, image.shape[:2])
    return Upload(image, np.where(marks == UNMARKED, trimap, marks), notes + more_notes)


def _decoded(encoded, flags, name):
    """Decode an image, whose size is looked at first."""
    try:
        with Image.open(io.BytesIO(encoded), formats=FORMATS) as opened:
            width, height = opened.size
    except Image.DecompressionBombError:
        raise IndexNetError(f"The {name} has too many pixels; {_at_most()}.") from None
    except Exception as error:  # every format of Pillow's has its own for a damaged header
        raise IndexNetError(
            f"The {name} is no image that can be read, or it is damaged; send a PNG, JPEG, WebP, TIFF or BMP."
        ) from error
    if width * height > MAX_PHOTOGRAPH_PIXELS:
        raise IndexNetError(f"The {name} is {width} x {height} pixels, too many; {_at_most()}.")
    image = decode_image(np.frombuffer(encoded, np.uint8), flags)
    if image is None:
        raise IndexNetError(f"The {name} is damaged: it cannot be read to its end.")
    return image


def _at_most():
    return f"make it smaller, at most {MAX_PHOTOGRAPH_PIXELS / 1e6:.0f} million"


def _fitting_marks(encoded, shape):
    if encoded is None:
        return np.full(shape, UNMARKED, np.uint8), []
    layer = _decoded(encoded, cv2.IMREAD_UNCHANGED, "picture of the marks")
    if layer.ndim != 3 or layer.shape[2] != 4 or layer.dtype != np.uint8:
        raise IndexNetError("The marks are painted on a transparent layer: send an RGBA image of 8 bits.")
    values, opacity = cv2.cvtColor(layer, cv2.COLOR_BGRA2GRAY), layer[..., 3]
    levels = np.select([values < 64, values > 191], [BACKGROUND, FOREGROUND], UNKNOWN)
    marks = np.where(opacity > 127, levels, UNMARKED).astype(np.uint8)
    return data.fit_to_photograph(marks, shape, "picture of the marks", cv2.INTER_NEAREST)
