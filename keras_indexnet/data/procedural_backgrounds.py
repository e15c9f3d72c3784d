import numpy as np

from keras_indexnet.data.byte_cache import GIBIBYTE, ByteCache
from keras_indexnet.data.procedural.strands import to_bytes
from keras_indexnet.data.procedural.textures import lighting, noise_surface
from keras_indexnet.given_numbers import LARGEST_SIDE, whole_number


class ProceduralBackgrounds:
    """Backgrounds that are drawn, for those who have no photographs: noise, prints and gradients.

    Photographs make better backgrounds; these let training start without a single file.

    Args:
        count: int, how many there are; each is drawn when first asked for.
        seed: int.
        size: int, side of a picture in pixels.
        cache_bytes: int, how many bytes of drawn pictures are kept in memory; 2 GiB unless told otherwise.

    Example:

    >>> from keras_indexnet.data import ProceduralBackgrounds
    >>> ProceduralBackgrounds(count=10, size=128)[3].shape
    (128, 128, 3)
    """

    def __init__(
        self, count: int = 200, seed: int = 0, size: int = 512, cache_bytes: int = 2 * GIBIBYTE
    ) -> None:
        self.count = whole_number(count, "count")
        self.seed = whole_number(seed, "seed", least=0)
        self.size = whole_number(size, "size", most=LARGEST_SIDE)
        self._pictures = ByteCache(cache_bytes)

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, number: int) -> np.ndarray:
        number = range(self.count)[number]
        return self._pictures.get(number, lambda: self._draw(number))

    def _draw(self, number):
        rng = np.random.default_rng([self.seed, number])
        return to_bytes(noise_surface(rng, self.size) * lighting(rng, self.size))
