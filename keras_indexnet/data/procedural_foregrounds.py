import numpy as np

from keras_indexnet.data.byte_cache import GIBIBYTE, ByteCache
from keras_indexnet.data.image_source import ImageSource
from keras_indexnet.data.procedural import checked_shares, draw_foreground
from keras_indexnet.given_numbers import LARGEST_SIDE, whole_number


class ProceduralForegrounds:
    """Foregrounds that are drawn: number `i` of a seed is always the same picture.

    Args:
        count: int, how many there are; each is drawn when first asked for.
        seed: int.
        textures: images by number (uint8 RGB, such as an `ImageFolder`) that lend colours and surfaces, or
            None.
        size: int, side of a picture in pixels.
        cache_bytes: int, how many bytes of drawn pictures are kept in memory; 2 GiB unless told otherwise.
        shares: dict from the names of kinds (`data.procedural.KINDS`) to their weights in the random choice,
            such as `{"hair": 2, "fur": 1}`, or None for `data.procedural.SHARES`.

    Raises:
        ValueError: if `shares` names an unknown kind, or its weights cannot be shares.

    Example:

    >>> from keras_indexnet.data import ProceduralForegrounds
    >>> ProceduralForegrounds(count=10, size=128)[3].shape
    (128, 128, 4)
    """

    def __init__(
        self,
        count: int = 1000,
        seed: int = 0,
        textures: ImageSource | None = None,
        size: int = 512,
        cache_bytes: int = 2 * GIBIBYTE,
        shares: dict[str, float] | None = None,
    ) -> None:
        self.count = whole_number(count, "count")
        self.seed = whole_number(seed, "seed", least=0)
        self.textures = textures
        self.size = whole_number(size, "size", most=LARGEST_SIDE)
        self.shares = checked_shares(shares)
        self._pictures = ByteCache(cache_bytes)

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, number: int) -> np.ndarray:
        number = range(self.count)[number]
        return self._pictures.get(number, lambda: self._draw(number))

    def _draw(self, number):
        rng = np.random.default_rng([self.seed, number])
        texture = None
        if self.textures is not None and rng.random() < 0.7:
            texture = self.textures[rng.integers(len(self.textures))]
        return draw_foreground(rng, self.size, texture=texture, shares=self.shares)
