"""Procedural foregrounds: hair, foliage, lace, smoke, water and more, with exactly known alpha and colours.

They let a matting network train at once, without any licensed data. Each kind of foreground is a
function `(rng, size, texture) -> alpha, rgb` in the file of its family.
"""

import numpy as np

from keras_indexnet.data.procedural import (
    blur,
    feather,
    flames,
    foliage,
    glass,
    hair,
    lace,
    leaves,
    mane,
    smoke,
    soft,
    specks,
    water,
    weave,
    web,
)
from keras_indexnet.data.procedural.strands import to_bytes
from keras_indexnet.errors import IndexNetError

# Each kind with its share of the random draws; the hardest, hair and foliage, come most often.
SHARE_OF = {
    hair.hair: 0.11,
    mane.mane: 0.11,
    hair.fur: 0.08,
    feather.feather: 0.03,
    leaves.leaves: 0.05,
    foliage.foliage: 0.08,
    foliage.needles: 0.04,
    leaves.twigs: 0.03,
    leaves.grass: 0.04,
    lace.lace: 0.04,
    lace.net: 0.04,
    weave.knit: 0.03,
    weave.wicker: 0.03,
    web.web: 0.04,
    smoke.smoke: 0.04,
    flames.flames: 0.03,
    glass.glass: 0.04,
    water.water: 0.03,
    specks.specks: 0.03,
    soft.soft: 0.02,
    blur.moving: 0.03,
    blur.defocused: 0.03,
}
DRAWING = {draw.__name__: draw for draw in SHARE_OF}
SHARES = {draw.__name__: share for draw, share in SHARE_OF.items()}
KINDS = tuple(SHARES)


def draw_foreground(rng, size=512, kind=None, texture=None, shares=None):
    """Draws a random foreground with exact alpha.

    Args:
        rng: `numpy.random.Generator`; the same state gives the same picture.
        size: side of the square picture in pixels.
        kind: one of `KINDS`, or None for a random one.
        texture: uint8 RGB photograph (height x width x 3, any size) from which colours and surfaces
            are taken, or None for surfaces of noise.
        shares: dict from the names of kinds to their weights in the random choice, such as
            `{"hair": 2, "fur": 1}`, or None for `SHARES`.

    Returns:
        `size x size x 4` uint8 array, RGB and alpha, straight (not multiplied). The colours are
        meaningful also where alpha is 0.

    Raises:
        ValueError: if `kind`, or a name in `shares`, is not one of `KINDS`, or the weights cannot be shares.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet.data.procedural import draw_foreground
    >>> draw_foreground(np.random.default_rng(0), size=128, kind="hair").shape
    (128, 128, 4)
    """
    if kind is None:
        weights = checked_shares(shares)
        kind = rng.choice(list(weights), p=np.array(list(weights.values())) / sum(weights.values()))
    draw = DRAWING[checked_kind(kind)]
    while True:
        alpha, rgb = draw(rng, size, texture)
        alpha = to_bytes(255 * alpha)
        # A framing that misses the object or fills the picture teaches nothing: draw another.
        if np.mean(alpha == 0) > 0.03 and np.mean(alpha > 0) > 0.1:
            return np.dstack([to_bytes(rgb), alpha])


def checked_kind(kind):
    """Returns the name of a kind as it came, if it is one."""
    if kind not in DRAWING:
        raise IndexNetError(f"kind must be one of {', '.join(KINDS)}, not {kind!r}")
    return kind


def checked_shares(shares):
    """Returns the weights of kinds as floats, `SHARES` for None; refuses unknown kinds and negative weights."""
    if shares is None:
        return SHARES
    weights = {checked_kind(kind): float(weight) for kind, weight in shares.items()}
    if not all(weight >= 0 for weight in weights.values()) or not 0 < sum(weights.values()) < np.inf:
        raise IndexNetError(f"shares must be weights of 0 or more whose sum is above 0, not {shares}")
    return weights
