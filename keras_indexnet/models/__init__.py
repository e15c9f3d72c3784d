"""Matting networks and the table of the paper's configurations."""

from keras_indexnet.models.configurations import list_configurations, matting_model
from keras_indexnet.models.matting_network import MattingNetwork
from keras_indexnet.models.mobilenet_v2_encoder import load_imagenet_weights
from keras_indexnet.models.presets import list_presets

__all__ = [
    "MattingNetwork",
    "list_configurations",
    "list_presets",
    "load_imagenet_weights",
    "matting_model",
]
