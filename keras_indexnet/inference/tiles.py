"""Where a photograph is cut into tiles that overlap, and how much each tile counts at each of its pixels.

A network sees the edge of a tile as the border of a photograph, so the outer quarter of an overlap does not
count. In its middle half one tile fades out linearly while its neighbour fades in.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from keras_indexnet.data.trimap import UNKNOWN

# What a network is given, in pixels.
SIDE = 768  # of a tile
OVERLAP = 256  # of neighbours
CONTEXT = 128  # around unknown pixels, where nothing unknown follows
REACH = 5  # pixels, the width of what is unknown or mixed with it when alpha is resized (cubic)


@dataclass(frozen=True)
class Tile:
    """A rectangle of a photograph, and the weights of its rows and columns, whose products are its pixels'."""

    rows: slice
    columns: slice
    row_weights: np.ndarray
    column_weights: np.ndarray

    @property
    def area(self):
        """Pair of slices that cut the tile out of an array of the photograph's size."""
        return self.rows, self.columns

    @property
    def weights(self):
        """float32 array of the tile's shape."""
        return np.outer(self.row_weights, self.column_weights)


def tiles_of(trimap, max_pixels, multiple, size=(None, None)):
    """Cut a photograph into tiles, and leave out those without unknown pixels.

    Up to `max_pixels` it is one tile. A larger one is first cropped to its unknown region and the context of
    that, and only cut if that is still larger; then each tile is cropped in the same way.

    Args:
        trimap: uint8 array of shape `(H, W)`, multiples of `multiple`, with unknown pixels.
        max_pixels: int, of a tile.
        multiple: int; tiles start at multiples of it, so that they are downsampled as the whole would be.
        size: pair of ints or None, the height and width of all tiles where the network takes no other.

    Returns:
        List of `Tile`.
    """
    whole = _whole(trimap)
    free = size == (None, None)
    if free and trimap.size <= max_pixels:
        return [Tile(*whole, *(np.ones(length, np.float32) for length in trimap.shape))]
    unknown = cv2.dilate((trimap == UNKNOWN).astype(np.uint8), np.ones((REACH, REACH), np.uint8)).astype(bool)
    region = _with_context(unknown, whole, multiple, size)
    sides = [piece.stop - piece.start for piece in region]
    if not free or sides[0] * sides[1] > max_pixels:
        side = max(multiple, min(SIDE, math.isqrt(max_pixels)) // multiple * multiple)
        sides = [fixed or side for fixed in size]
    # A small tile overlaps by half; one of the smallest not at all, since a step is a multiple, too.
    spans = [
        _spans(piece, side, max(multiple, (side - min(OVERLAP, side // 2)) // multiple * multiple))
        for piece, side in zip(region, sides, strict=True)
    ]
    return _tiles(spans, unknown, multiple, size)


def even_tiles(trimap, side, overlap, context, multiple):
    """Cut the unknown region of a photograph into tiles of about equal size, and leave out the rest.

    Args:
        trimap: uint8 array of shape `(H, W)`, with unknown pixels.
        side: int, of a tile at most, in pixels; tiles are cropped further to their unknown pixels.
        overlap: int, of neighbours, in pixels.
        context: int, pixels around the unknown ones that a tile keeps.
        multiple: int, at multiples of which tiles start, and end where the photograph does not. Side and
            overlap are multiples of it.

    Returns:
        List of `Tile`.
    """
    unknown = trimap == UNKNOWN
    spans = []
    for piece in _with_context(unknown, _whole(trimap), multiple, context=context):
        length = max(1, piece.stop - piece.start - overlap)
        step = -(-length // -(-length // (side - overlap)))
        step = -(-step // multiple) * multiple
        spans.append(_spans(piece, step + overlap, step))
    return _tiles(spans, unknown, multiple, context=context)


def _whole(trimap):
    return tuple(slice(0, length) for length in trimap.shape)


def _tiles(spans, unknown, multiple, size=(None, None), context=CONTEXT):
    rows, columns = spans
    tiles = (
        _trimmed(Tile(row, column, row_weights, column_weights), unknown, multiple, size, context)
        for row, row_weights in rows
        for column, column_weights in columns
    )
    return [tile for tile in tiles if tile is not None]


def _trimmed(tile, unknown, multiple, size, context):
    """Return a tile without borders that its unknown pixels do not need; None if it has no such pixels."""
    counted = unknown[tile.area] & (tile.weights > 0)
    if not counted.any():
        return None
    rows, columns = _with_context(counted, tile.area, multiple, size, context)
    kept_rows, kept_columns = (
        slice(kept.start - side.start, kept.stop - side.start)
        for kept, side in zip((rows, columns), tile.area, strict=True)
    )
    return Tile(rows, columns, tile.row_weights[kept_rows], tile.column_weights[kept_columns])


def _with_context(unknown, area, multiple, size=(None, None), context=CONTEXT):
    """Return the part of an area that holds its unknown pixels and their context, of no less than a size."""
    part = []
    for axis, (side, least) in enumerate(zip(area, size, strict=True)):
        places = np.flatnonzero(unknown.any(axis=1 - axis))
        length, least = side.stop - side.start, least or 0
        start = max(0, int(places[0]) - context) // multiple * multiple
        stop = -(-(int(places[-1]) + 1 + context) // multiple) * multiple
        stop = min(max(stop, start + least), length)
        start = max(0, min(start, stop - least))
        part.append(slice(side.start + start, side.start + stop))
    return tuple(part)


def _spans(region, side, step):
    """Cut a side into spans, as pairs of a slice and the weights of its pixels."""
    last = max(region.start, region.stop - side)
    spans = []
    for start in (*range(region.start, last, step), last):
        stop = min(start + side, region.stop)
        whole = np.ones(stop - start, np.float32)
        before = _fading_in(stop - start, side - step) if start > region.start else whole
        after = _fading_in(stop - start, side - step)[::-1] if stop < region.stop else whole
        spans.append((slice(start, stop), before * after))
    return spans


def _fading_in(length, overlap):
    if overlap == 0:
        return np.ones(length, np.float32)
    depth = np.arange(length, dtype=np.float32) + 0.5
    return np.clip((depth - overlap / 4) / (overlap / 2), 0.0, 1.0)
