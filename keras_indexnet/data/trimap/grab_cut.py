"""Segmentation of a part of a photograph by its colours, from several beginnings: GrabCut, as in OpenCV."""

import cv2
import numpy as np

from keras_indexnet.data.trimap.levels import BACKGROUND, FOREGROUND, UNKNOWN

# Pixels of the longer side of what is segmented: 192 finds subjects worse, and 512 takes 2.5 times as long and
# finds them no better (benchmarks/trimaps.py).
WORKING_SIZE = 320
SURROUNDINGS = 0.25  # of the subject's longer side: what its background looks like, and nothing farther away
ITERATIONS = 5
SPECK = 5  # pixels across: of what is smaller, more than half of the surroundings is something else


def with_surroundings(box, shape):
    """Return a box and what lies around it, as slices of rows and columns.

    Args:
        box: four ints, `x, y, width, height`, within the image.
        shape: pair of ints, height and width of the image.

    Returns:
        Pair of slices.
    """
    x, y, width, height = box
    more = round(SURROUNDINGS * max(width, height))
    return slice(max(0, y - more), y + height + more), slice(max(0, x - more), x + width + more)


def working_size(shape):
    """Return width and height, as OpenCV takes them, of what an image of this shape is segmented at."""
    scale = min(1.0, WORKING_SIZE / max(shape))
    return max(1, round(shape[1] * scale)), max(1, round(shape[0] * scale))


def scaled_strokes(strokes, size):
    """Scale strokes down; a thin one covers a part of a pixel only, and still marks it.

    Args:
        strokes: uint8 array of shape `(H, W)`: 255 foreground, 0 background, anything between nothing.
        size: pair of ints, width and height.

    Returns:
        uint8 array of the given size.
    """
    white, black = (
        cv2.resize((strokes == level).astype(np.float32), size, interpolation=cv2.INTER_AREA)
        for level in (FOREGROUND, BACKGROUND)
    )
    return np.select([white > black, black > white], [FOREGROUND, BACKGROUND], UNKNOWN).astype(np.uint8)


def segmented(image, strokes, beginning):
    """Divide an image into foreground and background.

    Args:
        image: uint8 array of shape `(H, W, 3)`, small.
        strokes: uint8 array of shape `(H, W)`: what is 255 stays foreground, what is 0 background.
        beginning: bool array of shape `(H, W)`, what is taken for foreground at first. Where colours do not
            tell, the result depends on it.

    Returns:
        bool array of shape `(H, W)`.
    """
    labels = np.where(beginning, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    labels[strokes == FOREGROUND] = cv2.GC_FGD
    labels[strokes == BACKGROUND] = cv2.GC_BGD
    if _is_foreground(labels).any() and not _is_foreground(labels).all():  # it needs colours of both
        cv2.setRNGSeed(0)  # of the clustering of colours
        cv2.grabCut(image, labels, None, np.empty((0, 0)), np.empty((0, 0)), ITERATIONS, cv2.GC_INIT_WITH_MASK)
    return _is_foreground(labels)


def _is_foreground(labels):
    return (labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)


def agreed(segmentations, shape):
    """Enlarge what segmentations agree about.

    Args:
        segmentations: list of bool arrays of one shape.
        shape: pair of ints, height and width of the result.

    Returns:
        uint8 array of that shape: 255 and 0 where all say so, 128 elsewhere. Not without 255 where they agree
        about any foreground, however small, nor without 0.
    """
    votes = np.mean(segmentations, axis=0)
    small = np.select([votes == 0, votes == 1], [BACKGROUND, FOREGROUND], UNKNOWN).astype(np.uint8)
    smooth = cv2.medianBlur(small, SPECK)  # else each speck would become a spot, as wide as the unknown region
    agreement = np.full(shape, UNKNOWN, np.uint8)
    for level in (BACKGROUND, FOREGROUND):
        unanimous = smooth == level if (smooth == level).any() else small == level
        share = cv2.resize(unanimous.astype(np.float32), shape[::-1], interpolation=cv2.INTER_LINEAR)
        agreement[share >= min(0.5, share.max())] = level if unanimous.any() else UNKNOWN
    return agreement
