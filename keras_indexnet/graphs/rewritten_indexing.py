"""Index blocks, indexed pooling and upsampling that hand on an index position by position."""

import numpy as np
from keras import ops
from keras.layers import DepthwiseConv2D

from keras_indexnet.graphs.convolution import Convolution
from keras_indexnet.graphs.origins import Concatenated, Interleaved, Product
from keras_indexnet.graphs.rewritten_convolutions import rewrite_units
from keras_indexnet.layers.block_layout import interleaved, split_positions, split_regions

BEYOND_FLOAT32 = 1e38  # times the smallest normal float32 it is more than 1


def rewrite_holistic_index_block(block, origins, features):
    """Predict one index for all channels."""
    block.compute_output_shape(features.shape)  # raises if the block cannot divide the features
    logits = rewrite_units(block.index_network, features, block.name)
    return _normalized_indices(split_positions(logits, block.pool_size), origins)


def rewrite_depthwise_index_block(block, origins, features):
    """Predict an index for every channel."""
    block.compute_output_shape(features.shape)
    first = [_first_convolution(column.layers) for column in block.columns]
    projections = [column.layers[-1] for column in block.columns] if block.nonlinear else None
    logits = _one_to_one if block.mode == "o2o" else _many_to_one
    return _normalized_indices(logits(block, first, projections, features), origins)


def _first_convolution(column):
    convolution, *others = column
    first = Convolution.of(convolution)
    return first.followed_by(others[0]) if others else first


def _many_to_one(block, first, projections, features):
    """Return the logits of each position, from one convolution for all.

    `P1 f(W1 x), P2 f(W2 x), ...` where `[W1 x, W2 x, ...] = [W1, W2, ...] x`.
    """
    hidden = Convolution.side_by_side(first).named(f"{block.name}_columns")(features)
    if projections is None:
        return split_positions(hidden, block.pool_size)
    hidden = split_positions(ops.relu6(hidden), block.pool_size)
    return [
        Convolution.of(projection).named(f"{block.name}_project_{position}")(column)
        for position, (projection, column) in enumerate(zip(projections, hidden, strict=True))
    ]


def _one_to_one(block, first, projections, features):
    """Return the logits of each position, from depthwise convolutions with one output for each channel.

    Those with several, e of them, run slowly, and leave their outputs e channels apart. The projection is
    `sum over m of p[m] f(w[m] x)`.
    """
    logits = []
    for position, convolution in enumerate(first):
        name = f"{block.name}_column_{position}"
        if projections is None:
            logits.append(convolution.named(name)(features))
            continue
        kernel = ops.convert_to_numpy(projections[position].kernel)
        terms = []
        for m in range(block.expansion):
            hidden = convolution.of_outputs(m, block.expansion).named(f"{name}_{m}")(features)
            terms.append(_scaled(ops.relu6(hidden), kernel[m], block.dtype_policy, f"{name}_project_{m}"))
        logits.append(sum(terms[1:], start=terms[0]))
    return logits


def _scaled(features, scale, dtype, name):
    """Multiply each channel by a weight."""
    options = {"dtype": dtype, "name": name}
    return Convolution(DepthwiseConv2D, scale[None, None, :, None], np.zeros_like(scale), options)(features)


def _normalized_indices(logits, origins):
    """Do what `IndexBlock.normalized` does, with logits that lie apart by position."""
    dtype = logits[0].dtype
    decoder = [ops.sigmoid(ops.cast(position, "float32")) for position in logits]
    weights = [ops.exp(position) for position in decoder]
    share = ops.cast(1.0 / sum(weights[1:], start=weights[0]), dtype)
    weights = [ops.cast(weight, dtype) for weight in weights]
    encoder = [origins.remember(weight * share, Product((weight, share))) for weight in weights]
    return _index(encoder, origins), _index([ops.cast(position, dtype) for position in decoder], origins)


def _index(positions, origins):
    return origins.remember(ops.concatenate(positions, axis=-1), Concatenated(positions))


def rewrite_max_index_block(block, origins, features):
    """Mark the first maximum of every region of every channel."""
    block.compute_output_shape(features.shape)
    masks = _mark_first_maximum(split_regions(features, block.pool_size))
    index = _index([ops.cast(mask, features.dtype) for mask in masks], origins)
    return index, index


def rewrite_holistic_max_index_block(block, origins, features):
    """Mark the first maximum of every region of all channels."""
    return rewrite_max_index_block(block, origins, ops.max(features, axis=-1, keepdims=True))


def _mark_first_maximum(positions):
    """Do what `max_index_block.mark_first_maximum` does without comparisons, which XNNPACK has no operator for.

    `[x = max] = 1 - min(1, c (max - x))` with a c that makes any difference more than 1.
    """
    positions = [ops.cast(position, "float32") for position in positions]
    maximum = positions[0]
    for position in positions[1:]:
        maximum = ops.maximum(maximum, position)
    masks = []
    free = 1.0  # until a region's maximum has been marked
    for position in positions:
        masks.append(free * (1.0 - ops.minimum((maximum - position) * BEYOND_FLOAT32, 1.0)))
        free = free - masks[-1]
    return masks


def rewrite_indexed_pooling(layer, origins, features, index):
    """Sum the products of positions and weights."""
    layer.compute_output_shape(features.shape, index.shape)  # raises if they do not fit
    weights = _positions(index, layer.pool_size, origins)
    positions = split_regions(features, layer.pool_size)
    indexed = [_product(weight, position, origins) for weight, position in zip(weights, positions, strict=True)]
    pooled = sum(indexed[1:], start=indexed[0])
    return (pooled, _interleaved(indexed, layer.pool_size, origins)) if layer.return_indexed else pooled


def _product(weight, position, origins):
    """Multiply; where a weight is a share of a sum, by the share last, so that weight and position are free."""
    origin = origins.of(weight, Product)
    if origin is None:
        return weight * position
    unnormalized, share = origin.factors
    return unnormalized * position * share


def rewrite_indexed_upsampling(layer, origins, features, index):
    """Multiply the features by the weights of each position."""
    layer.compute_output_shape(features.shape, index.shape)
    weights = _positions(index, layer.size, origins)
    products = [origins.remember(weight * features, Product((weight, features))) for weight in weights]
    return _interleaved(products, layer.size, origins)


def rewrite_nearest_upsampling(layer, origins, features):
    """Enlarge without an axis to repeat along: the value is the same at every position of its block."""
    height, width = layer.size
    if layer.interpolation != "nearest" or layer.data_format != "channels_last" or height != width:
        return layer(features)
    return _interleaved([features] * height**2, height, origins)


def _positions(index, size, origins):
    """Split an index into its positions, unless they are known from before it was put together."""
    origin = origins.of(index, Concatenated)
    return origin.parts if origin else split_positions(index, size)


def _interleaved(positions, size, origins):
    return origins.remember(interleaved(positions, size), Interleaved(positions, size))
