"""Models of any layers rewritten: indices in the place of max pooling, and fewer operators for inference."""

from keras_indexnet.graphs.inference_rewriting import fuse_for_inference
from keras_indexnet.graphs.pooling_replacement import with_indexed_pooling

__all__ = ["fuse_for_inference", "with_indexed_pooling"]
