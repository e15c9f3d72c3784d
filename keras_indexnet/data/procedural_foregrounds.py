from functools import lru_cache

import numpy as np

from keras_indexnet.data.procedural import draw_foreground


class ProceduralForegrounds:
    """Foregrounds that are drawn: number `i` of a seed is always the same picture.

    Args:
        count: int, how many there are; each is drawn when first asked for and kept in memory.
        seed: int.
        textures: images by number (uint8 RGB, such as an `ImageFolder`) that lend colours and surfaces, or
            None.
        size: int, side of a picture in pixels.

    Example:

    >>> from keras_indexnet.data import ProceduralForegrounds
    >>> ProceduralForegrounds(count=10, size=128)[3].shape
    (128, 128, 4)
    """

    def __init__(self, count=1000, seed=0, textures=None, size=512):
        self.count = count
        self.seed = seed
        self.textures = textures
        self.size = size
        self._draw = lru_cache(maxsize=count)(self._draw_number)

    def __len__(self):
        return self.count

    def __getitem__(self, number):
        return self._draw(int(number))

    def _draw_number(self, number):
        rng = np.random.default_rng([self.seed, number])
        texture = None
        if self.textures is not None and rng.random() < 0.7:
            texture = self.textures[rng.integers(len(self.textures))]
        return draw_foreground(rng, self.size, texture=texture)
