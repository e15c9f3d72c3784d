"""Trimaps, composition and the sequence that a network is trained from."""

from keras_indexnet.data.composition_recipe import (
    COMPOSITION_RECIPES,
    PAPER,
    REAL,
    STRONG,
    ColourRanges,
    CompositionRecipe,
)
from keras_indexnet.data.image_files import (
    ImageFileError,
    eight_bit_matte,
    list_images,
    read_foreground,
    read_gray,
    read_image,
    read_training_foreground,
    write_image,
)
from keras_indexnet.data.image_folder import ImageFolder
from keras_indexnet.data.matting_sequence import MattingSequence
from keras_indexnet.data.on_device import SampleBank, SampleComposer
from keras_indexnet.data.photographs import Photograph, Photographs, drawn_photograph, read_photographs
from keras_indexnet.data.procedural_backgrounds import ProceduralBackgrounds
from keras_indexnet.data.procedural_foregrounds import ProceduralForegrounds
from keras_indexnet.data.readers import ForegroundPairs, read_foregrounds
from keras_indexnet.data.trimap import (
    alpha_with_known_pixels,
    correct_trimap,
    fit_to_photograph,
    grow_unknown_region,
    read_box,
    read_mask,
    read_strokes,
    read_trimap,
    standardize_trimap,
    trimap_from_alpha,
    trimap_from_box,
    trimap_from_mask,
    trimap_from_strokes,
)
from keras_indexnet.matting_target import matting_target

__all__ = [
    "COMPOSITION_RECIPES",
    "PAPER",
    "REAL",
    "STRONG",
    "ColourRanges",
    "CompositionRecipe",
    "ForegroundPairs",
    "ImageFileError",
    "ImageFolder",
    "MattingSequence",
    "Photograph",
    "Photographs",
    "ProceduralBackgrounds",
    "ProceduralForegrounds",
    "SampleBank",
    "SampleComposer",
    "alpha_with_known_pixels",
    "correct_trimap",
    "drawn_photograph",
    "eight_bit_matte",
    "fit_to_photograph",
    "grow_unknown_region",
    "list_images",
    "matting_target",
    "read_box",
    "read_foreground",
    "read_foregrounds",
    "read_gray",
    "read_mask",
    "read_image",
    "read_photographs",
    "read_strokes",
    "read_training_foreground",
    "read_trimap",
    "standardize_trimap",
    "trimap_from_alpha",
    "trimap_from_box",
    "trimap_from_mask",
    "trimap_from_strokes",
    "write_image",
]
