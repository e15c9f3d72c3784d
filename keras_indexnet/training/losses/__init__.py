"""Losses of alpha over the unknown region, as Keras losses: the paper's two, and two of later work."""

from keras_indexnet.training.losses.alpha_prediction_loss import AlphaPredictionLoss
from keras_indexnet.training.losses.composition_loss import CompositionLoss
from keras_indexnet.training.losses.gradient_loss import GradientLoss
from keras_indexnet.training.losses.laplacian_loss import LaplacianLoss
from keras_indexnet.training.losses.matting_loss import MattingLoss

__all__ = ["AlphaPredictionLoss", "CompositionLoss", "GradientLoss", "LaplacianLoss", "MattingLoss"]
