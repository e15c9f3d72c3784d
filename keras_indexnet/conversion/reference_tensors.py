"""How a tensor of the reference's state_dict and a Keras variable turn into each other."""

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
from keras import layers as keras_layers

from keras_indexnet.conversion.reference_layers import reference_layers
from keras_indexnet.layers import GroupedProjection


@dataclass(frozen=True)
class ReferenceTensor:
    """A tensor of the reference code: the Keras variable for it, and the way there and back as arrays."""

    variable: keras.Variable
    from_torch: Callable = np.asarray
    to_torch: Callable = np.asarray


def reference_tensors(network):
    """Return a dict from every tensor name of the reference's state_dict to its `ReferenceTensor`.

    Args:
        network: a matting network that the reference code has too (see `reference_layers`).

    Returns:
        Dict; the names lack the prefix `module.` of parallel training, and the counters of batches.
    """
    tensors = {}
    for name, layer in reference_layers(network):
        if isinstance(layer, keras_layers.BatchNormalization):
            tensors[f"{name}.weight"] = ReferenceTensor(layer.gamma)
            tensors[f"{name}.bias"] = ReferenceTensor(layer.beta)
            tensors[f"{name}.running_mean"] = ReferenceTensor(layer.moving_mean)
            tensors[f"{name}.running_var"] = ReferenceTensor(layer.moving_variance)
        else:
            tensors[f"{name}.weight"] = _kernel(layer)
    return tensors


def _kernel(layer):
    if isinstance(layer, keras_layers.DepthwiseConv2D):
        multiplier = layer.depth_multiplier
        return ReferenceTensor(
            layer.kernel, lambda tensor: _depthwise_from_torch(tensor, multiplier), _depthwise_to_torch
        )
    if isinstance(layer, GroupedProjection):
        return ReferenceTensor(
            layer.kernel, lambda tensor: tensor[:, :, 0, 0].T, lambda kernel: kernel.T[:, :, None, None]
        )
    return ReferenceTensor(
        layer.kernel,
        lambda tensor: tensor.transpose(2, 3, 1, 0),
        lambda kernel: kernel.transpose(3, 2, 0, 1),
    )


def _depthwise_from_torch(tensor, multiplier):
    filters, _, height, width = tensor.shape
    return tensor.reshape(filters // multiplier, multiplier, height, width).transpose(2, 3, 0, 1)


def _depthwise_to_torch(kernel):
    height, width, channels, multiplier = kernel.shape
    return kernel.transpose(2, 3, 0, 1).reshape(channels * multiplier, 1, height, width)
