"""Pictures for people: results side by side."""

import cv2
import numpy as np

from keras_indexnet.inference import place_over


def side_by_side(images, titles, height=480):
    """Put images next to each other, each with a title above it.

    Args:
        images: list of uint8 arrays of one height and width, `(H, W)` or `(H, W, 3)` RGB.
        titles: list of str, one for each image.
        height: int, of the images in the result, in pixels.

    Returns:
        uint8 array of shape `(H', W', 3)`, RGB.
    """
    panels = [_panel(image, title, height) for image, title in zip(images, titles, strict=True)]
    return np.hstack(panels)


def over_checkerboard(image, alpha, square=16):
    """Show a cut-out over the grey squares that stand for transparency.

    Args:
        image: uint8 array of shape `(H, W, 3)`, foreground colours.
        alpha: float array of shape `(H, W)` in [0, 1].
        square: int, side of a square in pixels.

    Returns:
        uint8 array of shape `(H, W, 3)`.
    """
    rows, columns = np.indices(alpha.shape) // square
    board = np.where((rows + columns) % 2, 200, 240).astype(np.uint8)
    return place_over(image, alpha, cv2.cvtColor(board, cv2.COLOR_GRAY2RGB))


def _panel(image, title, height):
    if image.ndim == 2:
        image = cv2.cvtColor(image, cv2.COLOR_GRAY2RGB)
    width = round(image.shape[1] * height / image.shape[0])
    image = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    caption = np.full((32, width, 3), 255, np.uint8)
    cv2.putText(caption, title, (6, 22), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (0, 0, 0), 1, cv2.LINE_AA)
    panel = np.vstack([caption, image])
    return cv2.copyMakeBorder(panel, 0, 4, 4, 4, cv2.BORDER_CONSTANT, value=(255, 255, 255))
