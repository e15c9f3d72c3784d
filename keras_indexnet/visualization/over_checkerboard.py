import cv2
import numpy as np

from keras_indexnet.inference import place_over


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
