"""The four matting errors by which alpha mattes are compared, and what they are measured with."""

from keras_indexnet.evaluation.classical_method import CLASSICAL_METHODS, classical_method
from keras_indexnet.evaluation.connectivity_error import connectivity_error
from keras_indexnet.evaluation.eight_bit_matte import eight_bit_matte
from keras_indexnet.evaluation.evaluate_photographs import evaluate_photographs
from keras_indexnet.evaluation.gradient_error import gradient_error
from keras_indexnet.evaluation.matting_errors import matting_errors
from keras_indexnet.evaluation.pixel_errors import mse_error, sad_error

__all__ = [
    "CLASSICAL_METHODS",
    "classical_method",
    "connectivity_error",
    "eight_bit_matte",
    "evaluate_photographs",
    "gradient_error",
    "matting_errors",
    "mse_error",
    "sad_error",
]
