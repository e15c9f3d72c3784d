import warnings

import cv2
import numpy as np

from keras_indexnet.data.ranges import checked_colours, eight_bit_range
from keras_indexnet.data.trimap import BACKGROUND, FOREGROUND, UNKNOWN, standardize_trimap
from keras_indexnet.errors import IndexNetError
from keras_indexnet.given_numbers import LARGEST_SIDE, whole_number

OUTPUT_STRIDE = 32  # of a model that does not tell


class StandardizedTrimapWarning(UserWarning):
    """A trimap held other values than 0, 128 and 255, or lacks one of them."""


def network_input(image: np.ndarray, trimap: np.ndarray, multiple: int = OUTPUT_STRIDE) -> np.ndarray:
    """Stack a photograph and a trimap, enlarged to a multiple of the network's output stride.

    Args:
        image: array of shape `(H, W, 3)`, RGB: uint8, uint16, or float in [0, 1].
        trimap: array of shape `(H, W)`: 0 background, 128 unknown, 255 foreground. Others are standardized.
        multiple: int, of which height and width become multiples.

    Returns:
        float32 array of shape `(H', W', 4)` in 0..255.

    Raises:
        ValueError: if image or trimap are none of these, or not of one size.
    """
    multiple = whole_number(multiple, "multiple", most=LARGEST_SIDE)
    image, trimap = checked_pair(image, trimap)
    return stacked(*enlarged(image, trimap, multiple))


def checked_pair(image, trimap):
    """Check a photograph and its trimap, and that they fit.

    Args:
        image: array, by the rule of `checked_colours`.
        trimap: array of shape `(H, W)`. One of other values than 0, 128 and 255, such as soft edges or JPEG
            leave, is read as `standardize_trimap` reads it, with a warning.

    Returns:
        Pair of the image, and the trimap as uint8 with the values 0, 128 and 255.
    """
    image, trimap = checked_colours(image), np.asarray(trimap)
    if trimap.shape != image.shape[:2]:
        raise IndexNetError(
            f"The trimap has the shape {trimap.shape}, but the image has {image.shape[:2]}; "
            "they must be of one size."
        )
    if np.isin(trimap, (BACKGROUND, UNKNOWN, FOREGROUND)).all():
        return image, trimap.astype(np.uint8)
    trimap, notes = standardize_trimap(trimap, trimap.shape)
    for note in notes:
        warnings.warn(StandardizedTrimapWarning(note), stacklevel=3)
    return image, trimap


def enlarged(image: np.ndarray, trimap: np.ndarray, multiple: int) -> tuple[np.ndarray, np.ndarray]:
    """Enlarge a photograph and a trimap to a multiple of the network's output stride, each in its own dtype.

    Args:
        image: array of shape `(H, W, 3)`.
        trimap: uint8 array of shape `(H, W)`.
        multiple: int.

    Returns:
        Pair of arrays of shape `(H', W', 3)` and `(H', W')`; a float image is float32.
    """
    return _resized(image, trimap, [-(-length // multiple) * multiple for length in trimap.shape])


def magnified(image: np.ndarray, trimap: np.ndarray, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """Magnify a photograph and a trimap, each in its own dtype.

    Args:
        image: array of shape `(H, W, 3)`.
        trimap: uint8 array of shape `(H, W)`.
        scale: float, at least 1, the new height over the old one.

    Returns:
        Pair of arrays of shape `(H', W', 3)` and `(H', W')`; a float image is float32.
    """
    return _resized(image, trimap, [round(scale * length) for length in trimap.shape])


def _resized(image, trimap, shape):
    if np.issubdtype(image.dtype, np.floating):
        image = image.astype(np.float32, copy=False)  # OpenCV has no float16
    height, width = shape
    if trimap.shape == (height, width):
        return image, trimap
    image = cv2.resize(image, (width, height), interpolation=cv2.INTER_CUBIC)
    return image, cv2.resize(trimap, (width, height), interpolation=cv2.INTER_NEAREST)


def stacked(image, trimap):
    """Stack a photograph and a trimap of one size to a float32 array of shape `(H, W, 4)` in 0..255."""
    return np.dstack([eight_bit_range(image), trimap.astype(np.float32)])
