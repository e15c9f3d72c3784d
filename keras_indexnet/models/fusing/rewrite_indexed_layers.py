"""Indexed pooling and upsampling that take the index position by position, as the index block made it."""

from keras import ops

from keras_indexnet.layers.block_layout import split_positions, split_regions
from keras_indexnet.models.fusing.origins import Concatenated


def rewrite_indexed_pooling(layer, origins, features, index):
    """Sum the products of positions and weights."""
    layer.compute_output_shape(features.shape, index.shape)  # raises if they do not fit
    weights = _positions(index, layer.pool_size, origins)
    positions = split_regions(features, layer.pool_size)
    indexed = [weight * position for weight, position in zip(weights, positions, strict=True)]
    pooled = sum(indexed[1:], start=indexed[0])
    return (pooled, _interleaved(indexed, layer.pool_size)) if layer.return_indexed else pooled


def rewrite_indexed_upsampling(layer, origins, features, index):
    """Multiply the features by the weights of each position."""
    layer.compute_output_shape(features.shape, index.shape)
    weights = _positions(index, layer.size, origins)
    return _interleaved([weight * features for weight in weights], layer.size)


def rewrite_nearest_upsampling(layer, origins, features):
    """Enlarge without an axis to repeat along: the value is the same at every position of its block."""
    height, width = layer.size
    if layer.interpolation != "nearest" or layer.data_format != "channels_last" or height != width:
        return layer(features)
    return _interleaved([features] * height**2, height)


def _positions(index, size, origins):
    """Split an index into its positions, unless they are known from before it was put together."""
    origin = origins.of(index, Concatenated)
    return origin.parts if origin else split_positions(index, size)


def _interleaved(positions, size):
    return ops.depth_to_space(ops.concatenate(positions, axis=-1), size)
