import sys
from collections.abc import Callable
from contextlib import redirect_stdout

import numpy as np

from keras_indexnet.data.trimap import BACKGROUND, FOREGROUND, alpha_with_known_pixels
from keras_indexnet.errors import IndexNetError
from keras_indexnet.optional import required

# The functions of PyMatting, with the papers that they follow.
CLASSICAL_METHODS = {
    "closed-form": "estimate_alpha_cf",  # Levin et al., 2008
    "knn": "estimate_alpha_knn",  # Chen et al., 2013
    "lbdm": "estimate_alpha_lbdm",  # learning-based digital matting: Zheng and Kambhamettu, 2009
    "rw": "estimate_alpha_rw",  # random walks: Grady et al., 2005
}


def classical_method(name: str) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Find a matting method without a network, PyMatting's with its own settings, to compare with.

    Args:
        name: str, a key of `CLASSICAL_METHODS`.

    Returns:
        Function from an image, uint8 of shape `(H, W, 3)`, and a trimap, uint8 of shape `(H, W)`, to alpha,
        float32 of shape `(H, W)` in [0, 1]; known pixels have the trimap's value.

    Raises:
        ImportError: if PyMatting is not installed (extra `foreground`).
        IndexNetError: from the function, if the trimap has no foreground or no background.

    Example:

    >>> from keras_indexnet.data import drawn_photograph
    >>> drawn = drawn_photograph(size=64)
    >>> classical_method("closed-form")(drawn.image, drawn.trimap).shape
    (64, 64)
    """
    pymatting = required("pymatting", f"{name} matting", "keras_indexnet[foreground]")
    estimate = getattr(pymatting, CLASSICAL_METHODS[name])

    def matte(image, trimap):
        for level, known in ((FOREGROUND, "foreground"), (BACKGROUND, "background")):
            if not (trimap == level).any():
                raise IndexNetError(f"{name} matting begins with known {known}, of which the trimap has none.")
        levels = np.select([trimap == BACKGROUND, trimap == FOREGROUND], [0.0, 1.0], 0.5)
        with redirect_stdout(sys.stderr):  # PyMatting prints remarks about its solver
            alpha = estimate(image / 255.0, levels)
        return alpha_with_known_pixels(alpha, trimap)

    return matte
