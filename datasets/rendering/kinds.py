"""The kinds of foreground: which there are, how often each comes, and how several stand together."""

import numpy as np

from rendering.cloth import knit, net, veil, wicker
from rendering.feathers import feathers
from rendering.fur import fur
from rendering.hair import hair, thin_hair
from rendering.plants import grass, plant, twigs

SHARES = {
    hair: 0.4,
    fur: 0.15,
    plant: 0.15,
    twigs: 0.06,
    grass: 0.04,
    feathers: 0.06,
    net: 0.04,
    wicker: 0.04,
    knit: 0.04,
    veil: 0.02,
    thin_hair: 0.0,  # on demand: with a share, the numbers of all other pictures would mean new ones
}


def kind_of(number):
    """The kind of a picture: the first pictures of any count hold the kinds in their shares."""
    position = (0.5 + number * 0.6180339887) % 1
    return list(SHARES)[int(np.searchsorted(np.cumsum(list(SHARES.values())), position))]


def composed(rng, kind):
    """One model of a kind, or a few side by side."""
    model = kind(rng)
    if model.framed is None:
        model.framed = model.points()
    width = np.ptp(model.framed[:, 0])
    for number in range(rng.choice([0, 1, 2], p=[0.72, 0.2, 0.08])):
        offset = np.array(
            [(-1) ** number * width * rng.uniform(0.45, 0.9), rng.uniform(-0.5, 0.8), rng.normal(0, 0.1)]
        )
        model.add(kind(rng), rng.uniform(0.6, 1.0), rng.normal(0, 0.4), offset)
    return model
