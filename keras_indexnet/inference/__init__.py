"""From a photograph and a trimap to an alpha matte, foreground colours and a composite."""

from keras_indexnet.inference.compositing import blurred_background, cutout, estimate_foreground, place_over
from keras_indexnet.inference.inputs import OUTPUT_STRIDE, StandardizedTrimapWarning, network_input
from keras_indexnet.inference.opening import open_model
from keras_indexnet.inference.polishing import UnpolishedWarning, polish_alpha, why_not_to_polish
from keras_indexnet.inference.prediction import MAX_PIXELS, predict_alpha
from keras_indexnet.inference.selecting import select_subject

__all__ = [
    "MAX_PIXELS",
    "OUTPUT_STRIDE",
    "StandardizedTrimapWarning",
    "UnpolishedWarning",
    "blurred_background",
    "cutout",
    "estimate_foreground",
    "network_input",
    "open_model",
    "place_over",
    "polish_alpha",
    "predict_alpha",
    "select_subject",
    "why_not_to_polish",
]
