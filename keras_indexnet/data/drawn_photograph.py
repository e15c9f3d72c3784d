import cv2
import numpy as np

from keras_indexnet.data.composition import composite
from keras_indexnet.data.photographs import Photograph
from keras_indexnet.data.procedural import draw_foreground
from keras_indexnet.data.trimap import trimap_from_alpha


def drawn_photograph(seed=0, size=512, kind="hair"):
    """Draw a photograph-like picture whose alpha is known, for trying things without any data.

    Args:
        seed: int.
        size: int, side in pixels.
        kind: str, one of `data.procedural.KINDS`.

    Returns:
        `Photograph`.

    Example:

    >>> from keras_indexnet.data import drawn_photograph
    >>> drawn_photograph(size=128).image.shape
    (128, 128, 3)
    """
    rng = np.random.default_rng(seed)
    rgba = draw_foreground(rng, size, kind)
    alpha = rgba[..., 3].astype(np.float32) / 255.0
    coarse = (rng.uniform(60, 190, (5, 5, 1)) + rng.uniform(-40, 40, (5, 5, 3))).astype(np.float32)
    background = cv2.resize(coarse, (size, size), interpolation=cv2.INTER_LINEAR)
    image = composite(alpha, rgba[..., :3].astype(np.float32), background)
    trimap = trimap_from_alpha(alpha, distance=8)
    return Photograph(f"{kind}_{seed}", np.rint(image).astype(np.uint8), trimap, rgba[..., 3])
