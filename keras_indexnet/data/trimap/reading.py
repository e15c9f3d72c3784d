"""Trimaps, masks, boxes and strokes as people give them."""

import cv2
import numpy as np

from keras_indexnet.data.decoding import colours, levels
from keras_indexnet.data.image_files import ImageFileError, decoded, gray_values, named, over_black
from keras_indexnet.data.trimap.levels import BACKGROUND, FOREGROUND, UNKNOWN, eight_bit_levels
from keras_indexnet.errors import IndexNetError
from keras_indexnet.given_numbers import height_and_width
from keras_indexnet.paths import Picture

COLOURFUL = 24  # levels between the channels of a pixel: more than JPEG makes of grey
NO_TRIMAP = (
    "is a picture in colour, not a trimap; a trimap is grey: 255 in the foreground, 0 in the background, 128 "
    "where unknown."
)
FEW = 9  # values: what somebody paints with
NEAR = 12  # of a trimap's three levels: what JPEG leaves of them


def read_trimap(path: Picture) -> np.ndarray:
    """Read a trimap as its file has it; `standardize_trimap` brings it to size and to three values.

    Args:
        path: str or path of an image file, an opened one, or what Pillow has opened.

    Returns:
        uint8 array of shape `(H, W)`. What is transparent is black, with a warning.

    Raises:
        ImageFileError: if there is no such file, it is no image, or it is a picture in colour.
    """
    picture = decoded(path)
    if is_coloured(colours(picture)):
        raise ImageFileError(f"{named(path)} {NO_TRIMAP}")
    return gray_values(picture, path)


def is_coloured(rgb):
    """Whether more of a picture has colours than errors of grey would have."""
    return (rgb.max(axis=2).astype(int) - rgb.min(axis=2) > COLOURFUL).mean() > 0.01


def standardize_trimap(trimap: np.ndarray, shape: tuple[int, int]) -> tuple[np.ndarray, list[str]]:
    """Read a trimap as people make them: of another size, saved as JPEG, or with soft edges.

    Args:
        trimap: array of shape `(H, W)`: uint8, uint16, or float in [0, 1].
        shape: pair of ints, height and width of its photograph.

    Returns:
        Pair of the trimap, uint8 of the given shape with the values 0, 128 and 255, and a list of sentences
        that say what was changed.

    Raises:
        ValueError: if the trimap has other proportions than the photograph, or no unknown pixels, or its values
            are those of a mask of small numbers or of a photograph.
    """
    trimap = eight_bit_levels(trimap, "trimap")
    if trimap.max() < 64:
        raise IndexNetError(
            f"The trimap's values reach only {trimap.max()}; "
            "it should be 255 in the foreground and 128 where unknown."
        )
    given = trimap
    trimap, notes = fit_to_photograph(trimap, shape, "trimap", cv2.INTER_NEAREST)
    if not np.isin(trimap, (BACKGROUND, UNKNOWN, FOREGROUND)).all():
        if _is_picture(trimap):
            raise IndexNetError(
                f"The trimap has {np.unique(trimap).size} values, and most of its pixels are far from 0, 128 "
                "and 255: it is a picture in grey, not a trimap."
            )
        notes.append("The trimap holds other values than 0, 128 and 255; those between were read as unknown.")
        trimap = np.select([trimap <= 10, trimap >= 245], [BACKGROUND, FOREGROUND], UNKNOWN).astype(np.uint8)
    if not (trimap == UNKNOWN).any():
        raise IndexNetError(
            "The trimap has no unknown pixels: paint the hair, fur or soft edges grey (128), "
            "so that there is something to compute."
        )
    levels_before = ", ".join(str(level) for level in np.unique(given)[:6])
    for level, name in ((FOREGROUND, "foreground"), (BACKGROUND, "background")):
        if not (trimap == level).any():
            notes.append(f"The trimap has no sure {name} ({level}): it holds {levels_before}. Is that meant?")
    return trimap, notes


def _is_picture(trimap):
    """Whether less than half of the pixels, of many values, are near one of a trimap's three."""
    if np.unique(trimap).size < FEW:
        return False
    near = [np.abs(trimap.astype(int) - level) <= NEAR for level in (BACKGROUND, UNKNOWN, FOREGROUND)]
    return np.any(near, axis=0).mean() < 0.5


def fit_to_photograph(
    picture: np.ndarray, shape: tuple[int, int], name: str, interpolation: int = cv2.INTER_LINEAR
) -> tuple[np.ndarray, list[str]]:
    """Resize a trimap, mask or drawing of strokes to the size of its photograph.

    Args:
        picture: uint8 array of shape `(H, W)`.
        shape: pair of ints, height and width of the photograph.
        name: str, what the picture is, for the sentences.
        interpolation: of OpenCV.

    Returns:
        Pair of the picture, of the given shape, and a list with a sentence if it was resized.

    Raises:
        ValueError: if it has other proportions than the photograph.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet.data.trimap import fit_to_photograph
    >>> fit_to_photograph(np.zeros((30, 45), "uint8"), (60, 90), "mask")[1]
    ['The mask was resized from 45 x 30 to 90 x 60 pixels.']
    """
    height, width = height_and_width(shape, most=2**31)
    if picture.shape == (height, width):
        return picture, []
    fitting = picture.shape[1] * height / width  # its height, had it the photograph's proportions
    if abs(picture.shape[0] - fitting) > 1.5:
        raise IndexNetError(
            f"The {name} is {picture.shape[1]} x {picture.shape[0]} pixels, but the photograph is "
            f"{width} x {height}; they must show the same picture."
        )
    note = f"The {name} was resized from {picture.shape[1]} x {picture.shape[0]} to {width} x {height} pixels."
    return cv2.resize(picture, (width, height), interpolation=interpolation), [note]


def read_mask(path: Picture) -> np.ndarray:
    """Read a mask: the transparency of a cut-out, or a grey picture that is white in the foreground.

    On a transparent layer that was painted white, or black and white, what nobody painted is background.

    Args:
        path: str or path of an image file, an opened one, or what Pillow has opened.

    Returns:
        uint8 array of shape `(H, W)`.

    Raises:
        ImageFileError: if there is no such file, it is no image, or it is a picture in colour.
    """
    picture = decoded(path)
    values, alpha = levels(picture)
    transparent = alpha is not None and (alpha < 255).any()
    if transparent and not _is_painted(values[alpha > 127]):
        return alpha
    if is_coloured(colours(picture)):
        raise ImageFileError(
            f"{named(path)} is a picture in colour, not a mask; a mask is white in the foreground and black "
            "elsewhere."
        )
    return over_black(values, alpha) if transparent else values


def _is_painted(values):
    """Whether grey values are the white, or black and white, of somebody who painted a mask on a layer.

    What is black only is a shape, and so is what has any other colours: their transparency tells.
    """
    return bool(values.size) and np.isin(values >> 4, (0, 15)).mean() > 0.99 and values.max() > 239


def read_strokes(path: Picture) -> np.ndarray:
    """Read strokes that were painted black and white, on grey or on a transparent layer.

    Args:
        path: str or path of an image file, an opened one, or what Pillow has opened.

    Returns:
        uint8 array of shape `(H, W)`: white is foreground, black is background; 128 where the layer is
        transparent.

    Raises:
        ImageFileError: if there is no such file or it is no image.
    """
    strokes, opacity = levels(decoded(path))
    if opacity is None:
        return strokes
    return np.where(opacity > 127, strokes, UNKNOWN).astype(np.uint8)


def read_box(text: str, shape: tuple[int, int]) -> tuple[int, int, int, int]:
    """Read a box as a person writes it.

    Args:
        text: str, `x,y,width,height`; each in pixels, or with % a share of the photograph's width or height.
        shape: pair of ints, height and width of the photograph.

    Returns:
        Tuple of four int, as `trimap_from_box` takes it.

    Raises:
        ValueError: if these are not four numbers, whole ones where they are pixels.

    Example:

    >>> from keras_indexnet import data
    >>> data.read_box("40,25,300,420", shape=(480, 640))
    (40, 25, 300, 420)
    >>> data.read_box("10%,5%,80%,90%", shape=(480, 640))
    (64, 24, 512, 432)
    """
    height, width = height_and_width(shape, most=2**31)
    try:
        x, y, box_width, box_height = (
            round(float(part.strip()[:-1]) / 100 * side) if part.strip().endswith("%") else int(part)
            for part, side in zip(text.split(","), (width, height) * 2, strict=True)
        )
    except (ValueError, OverflowError):  # of a number that is endless
        raise IndexNetError(
            "A box is x,y,width,height in whole pixels such as 40,25,300,420, or in per cents such as "
            f"10%,5%,80%,90%, not {text[:40]!r}."
        ) from None
    return x, y, box_width, box_height
