"""Trimaps: 0 is background, 255 is foreground, 128 is unknown."""

from keras_indexnet.data.trimap.alpha_with_known_pixels import alpha_with_known_pixels
from keras_indexnet.data.trimap.fit_to_photograph import fit_to_photograph
from keras_indexnet.data.trimap.grow_unknown_region import grow_unknown_region
from keras_indexnet.data.trimap.levels import BACKGROUND, FOREGROUND, UNKNOWN
from keras_indexnet.data.trimap.read_box import read_box
from keras_indexnet.data.trimap.read_mask import read_mask
from keras_indexnet.data.trimap.read_strokes import read_strokes
from keras_indexnet.data.trimap.standardize_trimap import standardize_trimap
from keras_indexnet.data.trimap.trimap_from_alpha import (
    distance_to_soft_region,
    soft_region,
    trimap_from_alpha,
    unknown_region,
)
from keras_indexnet.data.trimap.trimap_from_box import trimap_from_box, trimap_from_strokes
from keras_indexnet.data.trimap.trimap_from_mask import trimap_from_mask

__all__ = [
    "BACKGROUND",
    "FOREGROUND",
    "UNKNOWN",
    "alpha_with_known_pixels",
    "distance_to_soft_region",
    "fit_to_photograph",
    "grow_unknown_region",
    "read_box",
    "read_mask",
    "read_strokes",
    "soft_region",
    "standardize_trimap",
    "trimap_from_alpha",
    "trimap_from_box",
    "trimap_from_mask",
    "trimap_from_strokes",
    "unknown_region",
]
