"""The four matting errors by which alpha mattes are compared, and what they are measured with."""

from keras_indexnet.data.image_files import eight_bit_matte
from keras_indexnet.evaluation.alphamatting import MethodRanks, rank_methods
from keras_indexnet.evaluation.classical_methods import CLASSICAL_METHODS, classical_method
from keras_indexnet.evaluation.errors import (
    connectivity_error,
    gradient_error,
    matting_errors,
    mse_error,
    sad_error,
)
from keras_indexnet.evaluation.protocol import evaluate_photographs

__all__ = [
    "CLASSICAL_METHODS",
    "MethodRanks",
    "classical_method",
    "connectivity_error",
    "eight_bit_matte",
    "evaluate_photographs",
    "gradient_error",
    "matting_errors",
    "mse_error",
    "rank_methods",
    "sad_error",
]
