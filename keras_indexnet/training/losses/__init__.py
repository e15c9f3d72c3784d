"""The losses of the paper, as Keras losses over the unknown region."""

from keras_indexnet.training.losses.alpha_prediction_loss import AlphaPredictionLoss
from keras_indexnet.training.losses.composition_loss import CompositionLoss
from keras_indexnet.training.losses.matting_loss import MattingLoss

__all__ = ["AlphaPredictionLoss", "CompositionLoss", "MattingLoss"]
