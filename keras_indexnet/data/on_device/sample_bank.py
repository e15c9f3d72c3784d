from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import cv2
import numpy as np

from keras_indexnet.data.image_source import ImageSource
from keras_indexnet.data.resampling import resized_foreground
from keras_indexnet.data.trimap.from_alpha import distance_to_soft_region
from keras_indexnet.errors import IndexNetError
from keras_indexnet.given_numbers import whole_number

LEVELS = 3  # a square and its halves: 1, 1/2 and 1/4
LEAST_SOFT = 0.002  # of a part of a large foreground: with less there is nothing to learn


class Squares(NamedTuple):
    """Pictures of one size, as a device keeps them.

    A pixel is an int32, red in its lowest byte, alpha in its highest; one picture after the other, each
    followed by its halves.
    """

    pixels: np.ndarray  # int32 `(N, pixels of all levels)`
    frames: np.ndarray  # int32 `(N, 2)`, height and width of what is not mirrored


class SampleBank:
    """The foregrounds and backgrounds of `SampleComposer`, cut into squares that fit a device's memory.

    What is smaller than a square is mirrored at its borders. What is larger gives several: parts of its own
    size, where there is something soft in them, and the whole of it shrunk until the shorter side fits.

    Args:
        foregrounds: list of foreground sources (`ImageFolder`, `ProceduralForegrounds` or anything with a
            length that gives uint8 arrays of shape `(H, W, 4)` by number).
        backgrounds: a source of uint8 arrays of shape `(H, W, 3)`.
        shares: list of floats, how often each source of foregrounds is drawn from; equal if None. In a source
            each foreground is drawn equally often, and its parts by how much of it is soft in them.
        side: int, of a square in pixels, a multiple of 4. The largest crop.
        workers: int, threads that read or draw the pictures.

    Raises:
        ValueError: if there are more squares than 32-bit numbers count pixels of (6,241 of 512 pixels), or a
            foreground has nothing soft.

    Example:

    >>> from keras_indexnet import data
    >>> foregrounds = data.ProceduralForegrounds(count=3, size=128)
    >>> bank = data.SampleBank([foregrounds], data.ProceduralBackgrounds(count=2, size=128), side=128)
    >>> len(bank.foregrounds.frames), len(bank.backgrounds.frames)
    (3, 2)
    """

    def __init__(
        self,
        foregrounds: Sequence[ImageSource],
        backgrounds: ImageSource,
        shares: Sequence[float] | None = None,
        side: int = 512,
        workers: int = 1,
    ) -> None:
        self.side = side = whole_number(side, "The side of a square", multiple=2 ** (LEVELS - 1))
        drawn = np.asarray(shares if shares is not None else [1.0] * len(foregrounds), float)
        pieces, probabilities, distances = [], [], []
        with ThreadPoolExecutor(whole_number(workers, "workers")) as pool:
            for source, share in zip(foregrounds, drawn / drawn.sum(), strict=True):
                cut = partial(_foreground_squares, source, side=side)
                for parts, soft in pool.map(cut, range(len(source) if share else 0)):
                    pieces += [part for part, _ in parts]
                    distances += [distance for _, distance in parts]
                    probabilities += list(share / len(source) * soft)
            cut = partial(_background_squares, backgrounds, side=side)
            photographs = [part for parts in pool.map(cut, range(len(backgrounds))) for part in parts]
        self.foregrounds = _packed(pieces, side)
        self.distances = np.stack([mirrored(distance, side).reshape(-1) for distance in distances])
        # Up to which number in [0, 1) a random number means a square.
        self.upper_bounds = np.cumsum(probabilities).astype(np.float32) / np.float32(np.sum(probabilities))
        self.backgrounds = _packed(photographs, side)

    @property
    def nbytes(self) -> int:
        """Bytes that the bank takes on a device."""
        return self.foregrounds.pixels.nbytes + self.distances.nbytes + self.backgrounds.pixels.nbytes


def mirrored(picture, side):
    """Continue a picture to the right and below until it is a square; borders are mirrored."""
    height, width = picture.shape[:2]
    border = cv2.BORDER_REFLECT_101 if min(height, width) > 1 else cv2.BORDER_REPLICATE
    return cv2.copyMakeBorder(picture, 0, side - height, 0, side - width, border)


def level_sizes(side):
    """The sides of a square's levels."""
    return [side // 2**level for level in range(LEVELS)]


def _background_squares(source, number, side):
    parts = _parts(source[number], side)
    return [np.dstack([part, np.full_like(part[..., 0], 255)]) for part in parts]


def _foreground_squares(source, number, side):
    """Return the pairs of pixels and distances that a foreground is cut into, and how much each counts."""
    rgba = source[number]
    distances = distance_to_soft_region(rgba[..., 3])
    pairs = [(rgba, distances)]
    if max(rgba.shape[:2]) > side:
        factor = side / min(rgba.shape[:2])
        if factor < 1:
            small = _shrunk(rgba, factor)
            pairs = list(
                zip(_parts(small, side), _parts(distance_to_soft_region(small[..., 3]), side), strict=True)
            )
        else:
            pairs = []
        pairs += zip(_parts(rgba, side, whole=False), _parts(distances, side, whole=False), strict=True)
    soft = np.array([np.mean(distance == 0) for _, distance in pairs])
    if not (soft > 0).any():  # a hard cut-out; its edge is found by no distance
        return pairs[:1], np.ones(1)
    kept = soft >= min(LEAST_SOFT, soft.max())
    return [pair for pair, keep in zip(pairs, kept, strict=True) if keep], soft[kept] / soft[kept].sum()


def _parts(picture, side, whole=True):
    """Cut a picture into squares side by side, or less where it is smaller; shrunk first if taken whole."""
    if whole and min(picture.shape[:2]) > side:
        picture = _shrunk(picture, side / min(picture.shape[:2]))
    rows, columns = (_starts(length, side) for length in picture.shape[:2])
    return [picture[top : top + side, left : left + side] for top in rows for left in columns]


def _starts(length, side):
    count = -(-length // side)
    return [round(start) for start in np.linspace(0, max(0, length - side), count)]


def _shrunk(picture, factor):
    size = [max(1, round(length * factor)) for length in picture.shape[1::-1]]
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def _packed(pictures, side):
    sizes = level_sizes(side)
    if len(pictures) * sum(size**2 for size in sizes) >= 2**31:
        raise IndexNetError(
            f"{len(pictures)} squares of {side} pixels are too many for one bank; take fewer pictures, or a "
            "smaller side."
        )
    pixels = np.empty((len(pictures), sum(size**2 for size in sizes)), np.int32)
    for row, picture in zip(pixels, pictures, strict=True):
        levels = [np.ascontiguousarray(mirrored(picture, side))]
        for size in sizes[1:]:
            levels.append(resized_foreground(levels[-1], size, cv2.INTER_AREA))
        row[:] = np.concatenate([np.ascontiguousarray(level).view("<i4").reshape(-1) for level in levels])
    return Squares(pixels, np.array([picture.shape[:2] for picture in pictures], np.int32))
