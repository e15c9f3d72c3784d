"""Sources of foregrounds. A source has a length and gives uint8 RGBA arrays by number."""

from functools import lru_cache

import numpy as np

from keras_indexnet.data.image_files import list_images, read_foreground, read_photograph
from keras_indexnet.data.procedural import draw_foreground


class FolderForegrounds:
    """The RGBA cut-outs of a folder and its subfolders, decoded once.

    Args:
        folder: str or path.

    Raises:
        ImageFileError: if the folder does not exist or holds no image.
    """

    def __init__(self, folder):
        self.paths = list_images(folder)
        self._read = lru_cache(maxsize=512)(read_foreground)

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, number):
        return self._read(self.paths[number])


class ProceduralForegrounds:
    """Foregrounds that are drawn: foreground `i` of a seed is always the same picture.

    Args:
        count: int, how many there are.
        seed: int.
        textures: sequence of uint8 RGB arrays that lend colours and surfaces, or None.
        size: int, side of a picture in pixels.
    """

    def __init__(self, count=1000, seed=0, textures=None, size=512):
        self.count = count
        self.seed = seed
        self.textures = textures
        self.size = size
        self._draw = lru_cache(maxsize=1024)(self._draw_number)

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


class FolderBackgrounds:
    """The photographs of a folder and its subfolders, decoded once.

    Args:
        folder: str or path.

    Raises:
        ImageFileError: if the folder does not exist or holds no image.
    """

    def __init__(self, folder):
        self.paths = list_images(folder)
        self._read = lru_cache(maxsize=1024)(read_photograph)

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, number):
        return self._read(self.paths[number])
