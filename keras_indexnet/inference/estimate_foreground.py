import numpy as np

from keras_indexnet.inference.network_input import eight_bit_range

# What somebody is told whose cut-out has to do without.
NOT_ESTIMATED = (
    "The cut-out keeps the photograph's colours, which hold some background; "
    "pip install 'keras_indexnet[foreground]' estimates the foreground's."
)


def estimate_foreground(image, alpha):
    """Estimate the colours that the foreground has where it is mixed with the background.

    Args:
        image: array of shape `(H, W, 3)`, RGB: uint8, uint16, or float in [0, 1].
        alpha: float array of shape `(H, W)` in [0, 1].

    Returns:
        uint8 array of shape `(H, W, 3)`.

    Raises:
        ImportError: if PyMatting is not installed (extra `foreground`).

    Source: Germer et al., "Fast multi-level foreground estimation", ICPR 2020, as in PyMatting.
    """
    from pymatting import estimate_foreground_ml

    foreground = eight_bit_range(image) / np.float32(255)
    if alpha.size > 1:  # PyMatting starts from one pixel, and cannot stay there
        foreground = estimate_foreground_ml(foreground, alpha)
    return np.rint(np.clip(foreground, 0.0, 1.0) * 255.0).astype(np.uint8)
