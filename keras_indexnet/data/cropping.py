"""Where samples are cut from foregrounds and photographs. Pure functions of a generator and arrays."""

from typing import NamedTuple

import numpy as np

from keras_indexnet.data.trimap import unknown_region


class Square(NamedTuple):
    """A square of an image, in pixels."""

    top: int
    left: int
    side: int


def cut(image, square):
    """Return a square of an image, as a view."""
    top, left, side = square
    return image[top : top + side, left : left + side]


def random_unknown_pixel(rng, alpha, distances, limits):
    """Choose a pixel of the unknown region, each as likely as any other.

    Args:
        rng: `numpy.random.Generator`.
        alpha: uint8 array of shape `(H, W)`.
        distances: uint8 array of shape `(H, W)`, from `distance_to_soft_region`.
        limits: pair of ints, as for `unknown_region`.

    Returns:
        Pair of ints, row and column; any pixel where nothing is unknown.
    """
    # The first of some random pixels that is unknown. They nearly always hold one, and marking the whole
    # foreground's unknown region would take longer than all the rest of a sample.
    rows, columns = rng.integers(0, alpha.shape[0], 256), rng.integers(0, alpha.shape[1], 256)
    hits = np.flatnonzero(unknown_region(alpha[rows, columns], distances[rows, columns], limits))
    if hits.size:
        return int(rows[hits[0]]), int(columns[hits[0]])
    unknown = np.flatnonzero(unknown_region(alpha, distances, limits))
    if unknown.size == 0:  # a hard cut-out
        return int(rows[0]), int(columns[0])
    row, column = np.unravel_index(rng.choice(unknown), alpha.shape)
    return int(row), int(column)


def square_around(pixel, side, frame):
    """Centre a square on a pixel, and shift it into the frame where it would stick out.

    Args:
        pixel: pair of ints, row and column.
        side: int. Where the frame is smaller, the square is as large as fits: to enlarge the image until a
            square of `side` fits, and then to cut that, shows the same.
        frame: pair of ints, height and width of the image.

    Returns:
        `Square`.

    Source: Lu et al., ICCV 2019, sec. 5.1.
    """
    side = min(side, *frame)
    top, left = (
        int(np.clip(at - side // 2, 0, length - side)) for at, length in zip(pixel, frame, strict=True)
    )
    return Square(top, left, side)


def square_behind(rng, square, frame, photograph):
    """Find what lies behind a square when a photograph, resized to cover the frame, is the background.

    The photograph keeps its proportions. Where it is larger than the frame, any part of it may lie behind.

    Args:
        rng: `numpy.random.Generator`.
        square: `Square` of the foreground.
        frame: pair of ints, height and width of the foreground.
        photograph: pair of ints, height and width of the photograph.

    Returns:
        `Square` of the photograph.

    Source: Xu et al., CVPR 2017, sec. 3 (backgrounds of Composition-1k).
    """
    scale = max(length / available for length, available in zip(frame, photograph, strict=True))
    side = max(1, min(round(square.side / scale), *photograph))
    start = []
    for at, length, available in zip(square[:2], frame, photograph, strict=True):
        shift = rng.random() * (available - length / scale)
        start.append(min(round(shift + at / scale), available - side))
    return Square(*start, side)


def random_square(rng, least, frame):
    """Choose any square of an image whose side is at least `least`, or the largest if the image is smaller.

    Args:
        rng: `numpy.random.Generator`.
        least: int, pixels.
        frame: pair of ints, height and width of the image.

    Returns:
        `Square`.
    """
    largest = min(frame)
    side = int(rng.integers(min(least, largest), largest, endpoint=True))
    top, left = (int(rng.integers(0, length - side, endpoint=True)) for length in frame)
    return Square(top, left, side)
