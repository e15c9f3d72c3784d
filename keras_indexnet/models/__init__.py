"""Matting networks and the table of the paper's configurations."""

from keras_indexnet.graphs import fuse_for_inference, with_indexed_pooling
from keras_indexnet.models.configurations import list_configurations, matting_model, network_of
from keras_indexnet.models.deep_matting import DeepMatting
from keras_indexnet.models.deeplab_v3_plus import DeepLabV3Plus
from keras_indexnet.models.image_matting import ImageMatting
from keras_indexnet.models.imagenet_weights import load_imagenet_weights
from keras_indexnet.models.matting_network import MattingNetwork
from keras_indexnet.models.presets import list_presets
from keras_indexnet.models.refine_net import RefineNet

__all__ = [
    "DeepLabV3Plus",
    "DeepMatting",
    "ImageMatting",
    "MattingNetwork",
    "RefineNet",
    "fuse_for_inference",
    "list_configurations",
    "list_presets",
    "load_imagenet_weights",
    "matting_model",
    "network_of",
    "with_indexed_pooling",
]
