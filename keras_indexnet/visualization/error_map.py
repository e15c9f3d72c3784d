import cv2
import numpy as np

from keras_indexnet.evaluation.inputs import checked_inputs

KNOWN = 128  # the grey of known pixels, which no colour of the map is


def error_map(alpha, truth, trimap, largest=1.0):
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
    error = np.minimum(np.abs(alpha - truth) / largest, 1.0)
    colored = cv2.applyColorMap(np.rint(255.0 * error).astype(np.uint8), cv2.COLORMAP_INFERNO)
    return np.where(unknown[..., np.newaxis], cv2.cvtColor(colored, cv2.COLOR_BGR2RGB), np.uint8(KNOWN))
