"""Losses, metrics, the optimizer and the recipe for training matting networks."""

from keras_indexnet.training import losses, metrics
from keras_indexnet.training.layerwise_adam import LayerwiseAdam
from keras_indexnet.training.recipe import TrainingSettings, train
from keras_indexnet.training.validate_on_photographs import ValidateOnPhotographs

__all__ = [
    "LayerwiseAdam",
    "TrainingSettings",
    "ValidateOnPhotographs",
    "losses",
    "metrics",
    "train",
]
