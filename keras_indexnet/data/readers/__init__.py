"""Readers of the data sets of the field: where files lie, whether all are there, and foregrounds from them."""

from keras_indexnet.data.readers.files import ImageFiles, check_image, find_files, read_fitting
from keras_indexnet.data.readers.foreground_pairs import ForegroundPairs, read_foregrounds
from keras_indexnet.data.readers.layouts import LAYOUTS, Layout, find_layout
from keras_indexnet.data.trimap.from_alpha import trimap_by_erosion

__all__ = [
    "LAYOUTS",
    "ForegroundPairs",
    "ImageFiles",
    "Layout",
    "check_image",
    "find_files",
    "find_layout",
    "read_fitting",
    "read_foregrounds",
    "trimap_by_erosion",
]
