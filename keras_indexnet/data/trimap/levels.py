"""What the values of a trimap mean, and what follows from them."""

import numpy as np

BACKGROUND, UNKNOWN, FOREGROUND = 0, 128, 255


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
