"""What pictures are cut into, to fill the squares of a `SampleBank`."""

from typing import NamedTuple

import cv2
import numpy as np

from keras_indexnet.data.resampling import resized_foreground
from keras_indexnet.data.trimap.from_alpha import distance_to_soft_region, information

LEVELS = 3  # a square and its halves: 1, 1/2 and 1/4
LEAST_SOFT = 0.002  # of a part of a large foreground: with less there is nothing to learn


class Piece(NamedTuple):
    """What fills a square: a picture, or a part of one.

    A pixel is an int32, red in its lowest byte, alpha in its highest; the square is followed by its halves.
    """

    pixels: np.ndarray  # int32 `(pixels of all levels,)`
    frame: np.ndarray  # int32 `(2,)`, height and width of what is not mirrored
    distances: np.ndarray | None  # uint8 `(side^2,)`, of a foreground
    probability: float  # of this part, where its picture is drawn
    information: float  # of its picture


def mirrored(picture, side):
    """Continue a picture to the right and below until it is a square; borders are mirrored."""
    height, width = picture.shape[:2]
    border = cv2.BORDER_REFLECT_101 if min(height, width) > 1 else cv2.BORDER_REPLICATE
    return cv2.copyMakeBorder(picture, 0, side - height, 0, side - width, border)


def level_sizes(side):
    """The sides of a square's levels."""
    return [side // 2**level for level in range(LEVELS)]


def background_pieces(source, number, side):
    """Return what a background is cut into."""
    parts = _parts(source[number], side)
    opaque = (np.dstack([part, np.full_like(part[..., 0], 255)]) for part in parts)
    return [_piece(part, None, 1.0 / len(parts), 1.0, side) for part in opaque]


def foreground_pieces(source, number, side):
    """Return what a foreground is cut into."""
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
        pairs, soft = pairs[:1], np.ones(1)
    soft[soft < min(LEAST_SOFT, soft.max())] = 0.0
    return [
        _piece(pixels, distance, share, information(distances), side)
        for (pixels, distance), share in zip(pairs, soft / soft.sum(), strict=True)
        if share
    ]


def _piece(rgba, distances, probability, information, side):
    frame = np.array(rgba.shape[:2], np.int32)
    if distances is not None:
        distances = mirrored(distances, side).reshape(-1)
    return Piece(_packed(rgba, side), frame, distances, float(probability), information)


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


def _packed(rgba, side):
    levels = [np.ascontiguousarray(mirrored(rgba, side))]
    for size in level_sizes(side)[1:]:
        levels.append(resized_foreground(levels[-1], size, cv2.INTER_AREA))
    return np.concatenate([np.ascontiguousarray(level).view("<i4").reshape(-1) for level in levels])
