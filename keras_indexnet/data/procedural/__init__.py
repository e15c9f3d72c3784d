"""Procedural foregrounds: hair, fur, smoke, lace and more, with exactly known alpha and colours.

They let a matting network train at once, without any licensed data. Each kind of foreground is a
function `(rng, size, texture) -> alpha, rgb` in the file of its family.
"""

import numpy as np

from keras_indexnet.data.procedural.feather import feather
from keras_indexnet.data.procedural.glass import glass
from keras_indexnet.data.procedural.hair import fur, hair
from keras_indexnet.data.procedural.lace import lace, net
from keras_indexnet.data.procedural.leaves import grass, leaves, twigs
from keras_indexnet.data.procedural.smoke import smoke
from keras_indexnet.data.procedural.soft import soft
from keras_indexnet.data.procedural.strands import to_bytes

# Each kind with its share of the random draws; hair, the hardest, comes most often.
SHARES = {
    hair: 0.26,
    fur: 0.14,
    lace: 0.1,
    net: 0.08,
    leaves: 0.09,
    twigs: 0.05,
    grass: 0.05,
    feather: 0.05,
    smoke: 0.06,
    glass: 0.06,
    soft: 0.06,
}
DRAWING = {draw.__name__: draw for draw in SHARES}
KINDS = tuple(DRAWING)


def draw_foreground(rng, size=512, kind=None, texture=None):
    """Draws a random foreground with exact alpha.

    Args:
        rng: `numpy.random.Generator`; the same state gives the same picture.
        size: side of the square picture in pixels.
        kind: one of `KINDS`, or None for a random one.
        texture: uint8 RGB photograph (height x width x 3, any size) from which colours and surfaces
            are taken, or None for surfaces of noise.

    Returns:
        `size x size x 4` uint8 array, RGB and alpha, straight (not multiplied). The colours are
        meaningful also where alpha is 0.

    Raises:
        ValueError: if `kind` is not one of `KINDS`.

    Example:
        rng = np.random.default_rng(0)
        rgba = draw_foreground(rng, size=256, kind="hair")
    """
    if kind is None:
        kind = rng.choice(KINDS, p=list(SHARES.values()))
    if kind not in DRAWING:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {kind!r}")
    while True:
        alpha, rgb = DRAWING[kind](rng, size, texture)
        alpha = to_bytes(255 * alpha)
        # A framing that misses the object or fills the picture teaches nothing: draw another.
        if np.mean(alpha == 0) > 0.03 and np.mean(alpha > 0) > 0.1:
            return np.dstack([to_bytes(rgb), alpha])
