"""The target of a training sample: everything that losses and metrics need, in one array.

So `model.fit` carries it like any other target.
"""

import cv2
import numpy as np

# What its eight channels are, all in [0, 1].
ALPHA = slice(0, 1)
UNKNOWN = slice(1, 2)
FOREGROUND = slice(2, 5)
BACKGROUND = slice(5, 8)


def matting_target(
    alpha: np.ndarray, unknown: np.ndarray, foreground: np.ndarray, background: np.ndarray
) -> np.ndarray:
    """Build the target of a sample; batches of targets are what losses and metrics take as `y_true`.

    Args:
        alpha: float32 array of shape `(H, W)` in [0, 1].
        unknown: array of shape `(H, W)`, true or 1 in the region over which errors are measured.
        foreground: float32 array of shape `(H, W, 3)` in [0, 1], the foreground's own colours, RGB.
        background: float32 array of shape `(H, W, 3)` in [0, 1].

    Returns:
        float32 array of shape `(H, W, 8)`: alpha, 1 where unknown, foreground RGB, background RGB.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet.data import matting_target
    >>> alpha = np.full((64, 64), 0.5, "float32")
    >>> white, black = np.ones((64, 64, 3), "float32"), np.zeros((64, 64, 3), "float32")
    >>> matting_target(alpha, alpha > 0, foreground=white, background=black)[0, 0].tolist()
    [0.5, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0]
    """
    # In the order of the slices above. OpenCV takes a quarter of NumPy's time.
    return cv2.merge([alpha, unknown.astype(np.float32), foreground, background])
