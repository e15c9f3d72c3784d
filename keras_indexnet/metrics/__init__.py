"""Matting errors as Keras metrics for `model.compile`, over the unknown region."""

from keras_indexnet.metrics.mse import MSE
from keras_indexnet.metrics.sad import SAD

__all__ = ["MSE", "SAD"]
