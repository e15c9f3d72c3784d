"""Layers that learn to index: index blocks, indexed pooling and indexed upsampling."""

from keras_indexnet.layers.a2u_pooling import A2UPooling
from keras_indexnet.layers.a2u_upsampling import A2UUpsampling
from keras_indexnet.layers.aligned_resizing import AlignedResizing
from keras_indexnet.layers.alpha_refinement import AlphaRefinement
from keras_indexnet.layers.aspp import ASPP
from keras_indexnet.layers.average_index_block import AverageIndexBlock
from keras_indexnet.layers.batch_normalization import BatchNormalization
from keras_indexnet.layers.bilinear_initializer import BilinearInitializer
from keras_indexnet.layers.carafe import CARAFE
from keras_indexnet.layers.crp import CRP
from keras_indexnet.layers.depthwise_index_block import DepthwiseIndexBlock
from keras_indexnet.layers.dynamic_upsampling import DynamicUpsampling
from keras_indexnet.layers.fade import FADE
from keras_indexnet.layers.fade_lite import FADELite
from keras_indexnet.layers.grouped_projection import GroupedProjection
from keras_indexnet.layers.holistic_index_block import HolisticIndexBlock
from keras_indexnet.layers.holistic_max_index_block import HolisticMaxIndexBlock
from keras_indexnet.layers.index_block import IndexBlock
from keras_indexnet.layers.indexed_pooling import IndexedPooling
from keras_indexnet.layers.indexed_upsampling import IndexedUpsampling
from keras_indexnet.layers.kernel_index_block import KernelIndexBlock
from keras_indexnet.layers.matting_postprocessor import MattingPostprocessor
from keras_indexnet.layers.matting_preprocessor import MattingPreprocessor
from keras_indexnet.layers.max_index_block import MaxIndexBlock
from keras_indexnet.layers.max_pooling_with_argmax_2d import MaxPoolingWithArgmax2D
from keras_indexnet.layers.max_unpooling_2d import MaxUnpooling2D
from keras_indexnet.layers.periodic_shuffle_index_block import PeriodicShuffleIndexBlock
from keras_indexnet.layers.sapa import SAPA

__all__ = [
    "A2UPooling",
    "A2UUpsampling",
    "ASPP",
    "AlignedResizing",
    "AlphaRefinement",
    "AverageIndexBlock",
    "BatchNormalization",
    "BilinearInitializer",
    "CARAFE",
    "CRP",
    "DepthwiseIndexBlock",
    "DynamicUpsampling",
    "FADE",
    "FADELite",
    "GroupedProjection",
    "HolisticIndexBlock",
    "HolisticMaxIndexBlock",
    "IndexBlock",
    "IndexedPooling",
    "IndexedUpsampling",
    "KernelIndexBlock",
    "MattingPostprocessor",
    "MattingPreprocessor",
    "MaxIndexBlock",
    "MaxPoolingWithArgmax2D",
    "MaxUnpooling2D",
    "PeriodicShuffleIndexBlock",
    "SAPA",
]
