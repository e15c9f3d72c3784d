"""What every matting error asks of its inputs."""

import numpy as np


def checked_inputs(alpha, truth, trimap):
    """Check the arguments of a matting error and bring them to one form.

    Args:
        alpha: predicted alpha, H x W, float in [0, 1] or uint8.
        truth: true alpha, H x W, float in [0, 1] or uint8.
        trimap: uint8, H x W; 0 is background, 255 foreground, anything between is unknown.

    Returns:
        `(alpha, truth, unknown)`: two float32 arrays in [0, 1] and a boolean mask, H x W each.

    Raises:
        ValueError: if the shapes differ or are not H x W, a dtype or value is out of its range,
            an alpha holds NaN, or the trimap has no unknown pixel.
    """
    alpha, truth, trimap = np.asarray(alpha), np.asarray(truth), np.asarray(trimap)
    if alpha.ndim != 2 or not alpha.shape == truth.shape == trimap.shape:
        raise ValueError(
            "alpha, truth and trimap must have the same H x W shape, "
            f"but they are {alpha.shape}, {truth.shape} and {trimap.shape}."
        )
    # A trimap scaled to [0, 1] would make its foreground count as unknown.
    if trimap.dtype != np.uint8:
        raise ValueError(f"trimap must be uint8 with values 0 to 255, but it is {trimap.dtype}.")
    unknown = (trimap > 0) & (trimap < 255)
    if not unknown.any():
        raise ValueError("trimap has no unknown pixel (a value between 0 and 255) to evaluate.")
    return _unit_alpha(alpha, "alpha"), _unit_alpha(truth, "truth"), unknown


def _unit_alpha(alpha, name):
    if alpha.dtype == np.uint8:
        return alpha.astype(np.float32) / np.float32(255)
    if not np.issubdtype(alpha.dtype, np.floating):
        raise ValueError(f"{name} must be float in [0, 1] or uint8, but it is {alpha.dtype}.")
    if np.isnan(alpha).any():
        raise ValueError(f"{name} contains NaN.")
    if alpha.min() < 0 or alpha.max() > 1:
        raise ValueError(
            f"{name} must lie in [0, 1] when it is float, "
            f"but its values reach from {alpha.min():g} to {alpha.max():g}."
        )
    return alpha.astype(np.float32)
