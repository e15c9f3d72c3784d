from functools import lru_cache

import numpy as np

from keras_indexnet.data.procedural.strands import to_bytes
from keras_indexnet.data.procedural.textures import lighting, noise_surface


class ProceduralBackgrounds:
    """Backgrounds that are drawn, for those who have no photographs: noise, prints and gradients.

    Photographs make better backgrounds; these let training start without a single file.

    Args:
        count: int, how many there are; each is drawn when first asked for and kept in memory.
        seed: int.
        size: int, side of a picture in pixels.

    Example:

    >>> from keras_indexnet.data import ProceduralBackgrounds
    >>> ProceduralBackgrounds(count=10, size=128)[3].shape
    (128, 128, 3)
    """

    def __init__(self, count=200, seed=0, size=512):
        self.count = count
        self.seed = seed
        self.size = size
        self._draw = lru_cache(maxsize=count)(self._draw_number)

    def __len__(self):
        return self.count

    def __getitem__(self, number):
        return self._draw(int(number))

    def _draw_number(self, number):
        rng = np.random.default_rng([self.seed, number])
        return to_bytes(noise_surface(rng, self.size) * lighting(rng, self.size))
