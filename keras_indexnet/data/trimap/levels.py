"""What the values of a trimap mean, and what follows from them."""

import numpy as np

from keras_indexnet.data.ranges import unit_alpha
from keras_indexnet.errors import IndexNetError

BACKGROUND, UNKNOWN, FOREGROUND = 0, 128, 255
# Of 255: in masks and strokes that were saved as JPEG, and in rough mattes, black and white are not exact.
DARKEST_SOFT, LIGHTEST_SOFT = 11, 244


def alpha_with_known_pixels(alpha: np.ndarray, trimap: np.ndarray) -> np.ndarray:
    """Clip an alpha matte to [0, 1] and give known pixels the trimap's value.

    Args:
        alpha: float array of shape `(H, W)`.
        trimap: uint8 array of shape `(H, W)`.

    Returns:
        float32 array of shape `(H, W)`.
    """
    alpha = np.clip(alpha, 0.0, 1.0).astype(np.float32)
    alpha[trimap == BACKGROUND] = 0.0
    alpha[trimap == FOREGROUND] = 1.0
    return alpha


def eight_bit_levels(levels, name):
    """Bring a trimap or strokes to the range of uint8.

    Args:
        levels: array of shape `(H, W)`: uint8, of any dtype if it holds 0, 128 and 255 only, else bool, uint16,
            or float in [0, 1].
        name: str, what it is called in errors.

    Returns:
        uint8 array of the same shape.

    Raises:
        ValueError: if its shape or its numbers are none of these.
    """
    levels = np.asarray(levels)
    if levels.ndim == 2 and levels.size and np.isin(levels, (BACKGROUND, UNKNOWN, FOREGROUND)).all():
        return levels.astype(np.uint8)
    return np.rint(unit_alpha(levels, name) * 255.0).astype(np.uint8)


def checked_trimap(trimap):
    """Check that a trimap holds nothing but 0, 128 and 255.

    Args:
        trimap: array of shape `(H, W)` of any dtype and byte order.

    Returns:
        uint8 array of the same shape.

    Raises:
        ValueError: if it has another shape or other values.
    """
    trimap = np.asarray(trimap)
    if trimap.ndim != 2:
        raise IndexNetError(
            f"A trimap is one number for each pixel, of shape (H, W), not of shape {trimap.shape}."
        )
    if not np.isin(trimap, (BACKGROUND, UNKNOWN, FOREGROUND)).all():
        levels = np.unique(trimap)
        shown = ", ".join(str(level) for level in levels[:6]) + (", ..." if levels.size > 6 else "")
        raise IndexNetError(
            f"A trimap holds 0, 128 and 255 only, but this one holds {shown}; data.standardize_trimap reads "
            "others."
        )
    return trimap.astype(np.uint8)


def checked_strokes(strokes, image):
    """Bring strokes to the range of uint8, and check that they are of the size of their photograph.

    Args:
        strokes: array of shape `(H, W)`, as for `eight_bit_levels`.
        image: array of shape `(H, W, 3)`.

    Returns:
        uint8 array of shape `(H, W)`: 255 foreground, 0 background, 128 elsewhere.

    Raises:
        ValueError: if they are of another size, or no strokes.
    """
    strokes = eight_bit_levels(strokes, "strokes")
    height, width = image.shape[:2]
    if strokes.shape != (height, width):
        raise IndexNetError(
            f"The strokes are {strokes.shape[1]} x {strokes.shape[0]} pixels, but the photograph is "
            f"{width} x {height}; they must be of one size."
        )
    levels = [strokes < DARKEST_SOFT, strokes > LIGHTEST_SOFT]
    return np.select(levels, [BACKGROUND, FOREGROUND], UNKNOWN).astype(np.uint8)
