"""Squares of a `SampleBank`, turned, magnified and cut, for batches on a device."""

from typing import Any, NamedTuple

import numpy as np
from keras import ops

from keras_indexnet.data.on_device.pieces import level_sizes


class Places(NamedTuple):
    """Where the pixels of samples lie in their squares; all of float32."""

    rows: Any  # tensor `(B, S, S)`
    columns: Any  # likewise
    step: Any  # tensor `(B,)`, pixels of the square from one pixel of the sample to the next


def places_of_squares(top, left, side, size):
    """Find the pixels of samples that show a square each, as resizing it does.

    Args:
        top: float32 tensor of shape `(B,)`, pixels.
        left: likewise.
        side: likewise.
        size: int, side of a sample.

    Returns:
        `Places`.
    """
    step = side / size
    along = (ops.arange(size, dtype="float32") + 0.5) * step[:, None] - 0.5
    zeros = ops.zeros_like(along)
    rows = (top[:, None] + along)[:, :, None] + zeros[:, None, :]
    columns = (left[:, None] + along)[:, None, :] + zeros[:, :, None]
    return Places(rows, columns, step)


def moved(places, linear):
    """Move samples about their centres by linear maps: a pixel shows what was at its place before.

    Args:
        places: `Places`.
        linear: float32 tensor of shape `(B, 2, 2)`, takes (column, row) from the centre to where it comes
            to lie.

    Returns:
        `Places`.
    """
    a, b, c, d = (linear[:, i, j][:, None, None] for i in range(2) for j in range(2))
    determinant = a * d - b * c
    middle_row, middle_column = (
        ops.mean(values, axis=(1, 2), keepdims=True) for values in (places.rows, places.columns)
    )
    rows, columns = places.rows - middle_row, places.columns - middle_column
    return Places(
        middle_row + (a * rows - c * columns) / determinant,
        middle_column + (d * columns - b * rows) / determinant,
        places.step / ops.sqrt(ops.abs(determinant[:, 0, 0])),
    )


def interpolated(pixels, square, places, side, levels_less=0.0):
    """Look at squares between their pixels, colours as much as they are seen.

    Where a sample shrinks a square to 5/8 or less, its half or quarter is looked at; so bilinear interpolation
    is enough.

    Args:
        pixels: int32 tensor of shape `(P,)`, `Squares.pixels` one after the other.
        square: int32 tensor of shape `(B,)`, which one.
        places: `Places`.
        side: int, of a square.
        levels_less: float32 tensor of shape `(B,)`, by how many halvings less a square is looked at: sharper,
            with steps in thin lines, as interpolation without a mean shrinks it.

    Returns:
        Pair of alpha, float32 of shape `(B, S, S)`, and colours of shape `(B, S, S, 3)`, both in [0, 1].
    """
    sizes = level_sizes(side)
    starts = np.cumsum([0, *(size**2 for size in sizes)])
    # From 1.6 pixels a step on the next level is nearer to the mean of all pixels than the neighbours' mean is.
    level = ops.cast(
        ops.clip(ops.floor(ops.log2(places.step) + 0.3) - levels_less, 0.0, len(sizes) - 1.0), "int32"
    )
    size = ops.take(np.int32(sizes), level)[:, None, None]
    first = (square * int(starts[-1]) + ops.take(np.int32(starts), level))[:, None, None]
    last = size - 1
    shrinking = ops.cast(size, "float32") / side
    row, next_row, row_share = _neighbours((places.rows + 0.5) * shrinking - 0.5, last)
    column, next_column, column_share = _neighbours((places.columns + 0.5) * shrinking - 0.5, last)
    weight = seen = plain = 0.0
    for y, y_share in ((row, 1.0 - row_share), (next_row, row_share)):
        for x, x_share in ((column, 1.0 - column_share), (next_column, column_share)):
            alpha, colours = _unpacked(ops.take(pixels, first + y * size + x))
            share = y_share * x_share
            weight += share * alpha
            seen += (share * alpha)[..., None] * colours
            plain += share[..., None] * colours
    visible = (weight > 0.0)[..., None]
    colours = ops.where(visible, seen / ops.where(visible, weight[..., None], 1.0), plain)
    return weight / 255.0, ops.clip(colours / 255.0, 0.0, 1.0)


def nearest(values, square, places, side):
    """Look at the nearest pixels of squares.

    Args:
        values: tensor of shape `(P,)`, one value for each pixel of the squares, one square after the other.
        square: int32 tensor of shape `(B,)`, which one.
        places: `Places`.
        side: int, of a square.

    Returns:
        int32 tensor of shape `(B, S, S)`.
    """
    rows, columns = (
        ops.cast(ops.floor(_reflected(at, side - 1.0) + 0.5), "int32") for at in (places.rows, places.columns)
    )
    index = (
        (square * side**2)[:, None, None] + ops.clip(rows, 0, side - 1) * side + ops.clip(columns, 0, side - 1)
    )
    return ops.cast(ops.take(values, index), "int32")


def _neighbours(at, last):
    """Return the pixels on both sides of places along an axis, and how much the second one counts."""
    at = _reflected(at, ops.cast(last, "float32"))
    before = ops.floor(at)
    index = ops.cast(before, "int32")
    return index, ops.minimum(index + 1, last), at - before


def _reflected(at, last):
    """Mirror places outside of `[0, last]` at the nearer end, as often as it takes."""
    return last - ops.abs(ops.mod(at, 2.0 * last) - last)


def _unpacked(pixels):
    """Return alpha and colours in 0..255 of packed pixels."""
    red, green, blue, alpha = (
        ops.cast(ops.bitwise_and(ops.right_shift(pixels, shift), 255), "float32") for shift in (0, 8, 16, 24)
    )
    return alpha, ops.stack([red, green, blue], axis=-1)
