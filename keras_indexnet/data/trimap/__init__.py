"""Trimaps: 0 is background, 255 is foreground, 128 is unknown."""

from keras_indexnet.data.trimap.correction import correct_trimap
from keras_indexnet.data.trimap.from_alpha import (
    distance_to_soft_region,
    grow_unknown_region,
    information,
    soft_region,
    trimap_by_erosion,
    trimap_from_alpha,
    unknown_region,
)
from keras_indexnet.data.trimap.from_box import trimap_from_box
from keras_indexnet.data.trimap.from_mask import trimap_from_mask
from keras_indexnet.data.trimap.from_strokes import trimap_from_strokes
from keras_indexnet.data.trimap.levels import (
    BACKGROUND,
    FOREGROUND,
    UNKNOWN,
    alpha_with_known_pixels,
    checked_trimap,
)
from keras_indexnet.data.trimap.reading import (
    fit_to_photograph,
    read_box,
    read_mask,
    read_strokes,
    read_trimap,
    standardize_trimap,
)

__all__ = [
    "BACKGROUND",
    "FOREGROUND",
    "UNKNOWN",
    "alpha_with_known_pixels",
    "checked_trimap",
    "correct_trimap",
    "distance_to_soft_region",
    "fit_to_photograph",
    "grow_unknown_region",
    "information",
    "read_box",
    "read_mask",
    "read_strokes",
    "read_trimap",
    "soft_region",
    "standardize_trimap",
    "trimap_by_erosion",
    "trimap_from_alpha",
    "trimap_from_box",
    "trimap_from_mask",
    "trimap_from_strokes",
    "unknown_region",
]
