"""From a photograph and a trimap to an alpha matte, foreground colours and a composite."""

from keras_indexnet.inference.blurred_background import blurred_background
from keras_indexnet.inference.estimate_foreground import estimate_foreground
from keras_indexnet.inference.network_input import OUTPUT_STRIDE, network_input
from keras_indexnet.inference.open_model import open_model
from keras_indexnet.inference.place_over import cutout, place_over
from keras_indexnet.inference.polish_alpha import UnpolishedWarning, polish_alpha, why_not_to_polish
from keras_indexnet.inference.predict_alpha import MAX_PIXELS, predict_alpha

__all__ = [
    "MAX_PIXELS",
    "OUTPUT_STRIDE",
    "UnpolishedWarning",
    "blurred_background",
    "cutout",
    "estimate_foreground",
    "network_input",
    "open_model",
    "place_over",
    "polish_alpha",
    "predict_alpha",
    "why_not_to_polish",
]
