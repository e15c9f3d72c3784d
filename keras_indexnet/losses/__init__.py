"""Losses of alpha over the unknown region, as Keras losses: the paper's two, and two of later work."""

from keras_indexnet.losses.alpha_prediction_loss import AlphaPredictionLoss
from keras_indexnet.losses.composition_loss import CompositionLoss
from keras_indexnet.losses.gradient_loss import GradientLoss
from keras_indexnet.losses.laplacian_loss import LaplacianLoss
from keras_indexnet.losses.matting_loss import MattingLoss

__all__ = ["AlphaPredictionLoss", "CompositionLoss", "GradientLoss", "LaplacianLoss", "MattingLoss"]
