"""The four matting errors by which alpha mattes are compared."""

from keras_indexnet.evaluation.connectivity_error import connectivity_error
from keras_indexnet.evaluation.gradient_error import gradient_error
from keras_indexnet.evaluation.matting_errors import matting_errors
from keras_indexnet.evaluation.pixel_errors import mse_error, sad_error

__all__ = ["connectivity_error", "gradient_error", "matting_errors", "mse_error", "sad_error"]
