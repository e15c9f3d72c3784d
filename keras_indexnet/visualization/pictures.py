"""Sheets of pictures, error maps, and cut-outs over a checkerboard."""

from collections.abc import Sequence

import cv2
import numpy as np

from keras_indexnet.data.image_files import eight_bit_matte
from keras_indexnet.data.ranges import eight_bit_colours, unit_alpha
from keras_indexnet.evaluation.errors import checked_inputs
from keras_indexnet.given_numbers import LARGEST_SIDE, number, whole_number
from keras_indexnet.inference import place_over

WIDEST = 4  # of an image's height, or a strip of one row would become a sheet of gigabytes
KNOWN_GREY = 128  # shows known pixels; no colour of the map is grey


def side_by_side(images: Sequence[np.ndarray], titles: Sequence[str], height: int = 480) -> np.ndarray:
    """Put images next to each other, each with a title above it.

    Args:
        images: list of arrays of one height and width, `(H, W)` or `(H, W, 3)` RGB: uint8, uint16, or float in
            [0, 1].
        titles: list of str, one for each image.
        height: int, of the images in the result, in pixels. Those that are more than four times as wide are
            lower, with white below.

    Returns:
        uint8 array of shape `(H', W', 3)`, RGB.
    """
    height = whole_number(height, "height", most=LARGEST_SIDE)
    panels = [_panel(image, title, height) for image, title in zip(images, titles, strict=True)]
    return np.hstack(panels)


def below_each_other(rows: Sequence[np.ndarray]) -> np.ndarray:
    """Put rows of images below each other, with white to the right of the narrower ones.

    Args:
        rows: list of uint8 arrays of shape `(H, W, 3)`.

    Returns:
        uint8 array of shape `(H', W', 3)`.
    """
    width = max(row.shape[1] for row in rows)
    return np.vstack(
        [np.pad(row, ((0, 0), (0, width - row.shape[1]), (0, 0)), constant_values=255) for row in rows]
    )


def over_checkerboard(image: np.ndarray, alpha: np.ndarray, square: int = 16) -> np.ndarray:
    """Show a cut-out over the grey squares that stand for transparency.

    Args:
        image: array of shape `(H, W, 3)`, foreground colours: uint8, uint16, or float in [0, 1].
        alpha: array of shape `(H, W)`: uint8, uint16, or float in [0, 1].
        square: int, side of a square in pixels.

    Returns:
        uint8 array of shape `(H, W, 3)`.
    """
    rows, columns = np.indices(unit_alpha(alpha).shape) // whole_number(square, "square", most=LARGEST_SIDE)
    board = np.where((rows + columns) % 2, 200, 240).astype(np.uint8)
    return place_over(image, alpha, cv2.cvtColor(board, cv2.COLOR_GRAY2RGB))


def error_map(alpha: np.ndarray, truth: np.ndarray, trimap: np.ndarray, largest: float = 1.0) -> np.ndarray:
    """Colour the absolute error of an alpha matte, pixel by pixel, where the trimap leaves alpha unknown.

    Args:
        alpha: predicted alpha, H x W, float in [0, 1] or uint8.
        truth: true alpha, H x W, float in [0, 1] or uint8.
        trimap: uint8, H x W; 0 is background, 255 foreground, anything between is unknown.
        largest: float, the error that gets the brightest colour; larger ones get it too.

    Returns:
        uint8 array of shape `(H, W, 3)`, RGB: black where alpha is right, then violet, red, orange and pale
        yellow the larger the error (OpenCV's colour map "inferno"); grey where the trimap tells alpha.

    Raises:
        ValueError: if shapes, dtypes or values do not fit, or no pixel is unknown.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet.visualization import error_map
    >>> truth = np.zeros((1, 3), "float32")
    >>> alpha = np.array([[0, 1, 1]], "float32")
    >>> error_map(alpha, truth, np.array([[128, 128, 0]], np.uint8)).tolist()
    [[[0, 0, 4], [252, 255, 164], [128, 128, 128]]]
    """
    alpha, truth, unknown = checked_inputs(alpha, truth, trimap)
    error = np.minimum(np.abs(alpha - truth) / number(largest, "largest", above=0), 1.0)
    colored = cv2.applyColorMap(np.rint(255.0 * error).astype(np.uint8), cv2.COLORMAP_INFERNO)
    return np.where(unknown[..., np.newaxis], cv2.cvtColor(colored, cv2.COLOR_BGR2RGB), np.uint8(KNOWN_GREY))


def _panel(image, title, height):
    if np.ndim(image) == 2:
        image = np.dstack([eight_bit_matte(image)] * 3)
    image = eight_bit_colours(image)
    scale = min(height / image.shape[0], WIDEST * height / image.shape[1])
    filled, width = (max(1, round(side * scale)) for side in image.shape[:2])
    image = cv2.resize(image, (width, filled), interpolation=cv2.INTER_AREA)
    image = np.pad(image, ((0, height - filled), (0, 0), (0, 0)), constant_values=255)
    caption = np.full((32, width, 3), 255, np.uint8)
    cv2.putText(caption, title, (6, 22), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (0, 0, 0), 1, cv2.LINE_AA)
    panel = np.vstack([caption, image])
    return cv2.copyMakeBorder(panel, 0, 4, 4, 4, cv2.BORDER_CONSTANT, value=(255, 255, 255))
