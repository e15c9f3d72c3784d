"""Layers that learn to index: index blocks, indexed pooling and indexed upsampling."""

from keras_indexnet.layers.aspp import ASPP
from keras_indexnet.layers.depthwise_index_block import DepthwiseIndexBlock
from keras_indexnet.layers.holistic_index_block import HolisticIndexBlock
from keras_indexnet.layers.indexed_pooling import IndexedPooling
from keras_indexnet.layers.indexed_upsampling import IndexedUpsampling
from keras_indexnet.layers.max_index_block import MaxIndexBlock

__all__ = [
    "ASPP",
    "DepthwiseIndexBlock",
    "HolisticIndexBlock",
    "IndexedPooling",
    "IndexedUpsampling",
    "MaxIndexBlock",
]
