from typing import NamedTuple

import keras
import numpy as np
from keras import ops
from keras.layers import Conv2D, DepthwiseConv2D

BLOCK = 4  # the 4 x 4 outputs of a block are 16 channels, which fill a vector register


class Convolution(NamedTuple):
    """A convolution as numbers, which can be rewritten, and applied as a new Keras layer.

    Args:
        kind: `Conv2D` or `DepthwiseConv2D`.
        kernel: float64 array in the layer's layout.
        bias: float64 array, one value for each output channel.
        options: dict of the layer's other arguments.
    """

    kind: type
    kernel: np.ndarray
    bias: np.ndarray
    options: dict

    @classmethod
    def of(cls, layer):
        """Return the convolution of a Keras layer, without its activation."""
        kernel = _array(layer.kernel)
        # The output channels of a depthwise kernel are its last two axes: channel, and which of its outputs.
        channels = np.prod(kernel.shape[2 if isinstance(layer, DepthwiseConv2D) else 3 :])
        bias = _array(layer.bias) if layer.use_bias else np.zeros(channels)
        options = {name: getattr(layer, name) for name in ("name", "strides", "padding", "dilation_rate")}
        options["dtype"] = layer.dtype_policy
        if isinstance(layer, Conv2D):
            options["groups"] = layer.groups
        return cls(type(layer), kernel, bias, options)

    @classmethod
    def side_by_side(cls, convolutions):
        """Return the convolution that computes the concatenation: `[W1 x, W2 x, ...] = [W1, W2, ...] x`."""
        return convolutions[0]._replace(
            kernel=np.concatenate([convolution.kernel for convolution in convolutions], axis=-1),
            bias=np.concatenate([convolution.bias for convolution in convolutions]),
        )

    def followed_by(self, normalization):
        """Return the convolution that is this one and a batch normalisation at inference.

        `gamma (W x + b - mean) / d + beta = (s W) x + s (b - mean) + beta` with
        `d = sqrt(variance + epsilon)` and `s = gamma / d`.
        """
        gamma = _array(normalization.gamma) if normalization.scale else 1.0
        beta = _array(normalization.beta) if normalization.center else 0.0
        scale = gamma / np.sqrt(_array(normalization.moving_variance) + normalization.epsilon)
        bias = scale * (self.bias - _array(normalization.moving_mean)) + beta
        if self.kind is DepthwiseConv2D:
            scale = scale.reshape(self.kernel.shape[2:])
        return self._replace(kernel=self.kernel * scale, bias=bias)

    def of_inputs(self, start, stop):
        """Return the share of some input channels, without the bias: `W [x1, x2] = W1 x1 + W2 x2`."""
        return self._replace(kernel=self.kernel[:, :, start:stop], bias=np.zeros_like(self.bias))

    def of_channels(self, group):
        """Return the convolution to some output channels; of a depthwise one, from the same input channels."""
        kernel = self.kernel[:, :, group] if self.kind is DepthwiseConv2D else self.kernel[..., group]
        return self._replace(kernel=kernel, bias=self.bias[group])

    def of_outputs(self, number, count):
        """Return the depthwise convolution of every `count`-th output channel, from `number` on."""
        return self._replace(kernel=self.kernel[..., number::count], bias=self.bias[number::count])

    def in_blocks(self, size):
        """Return the convolution whose channels are `size x size` neighbouring outputs, in block layout.

        Output `[size u + i, size v + j]` is channel `size i + j` of output `[u, v]` of a convolution of stride
        `size`, whose kernel holds this one i rows and j columns further down and right.
        """
        height, width, channels, filters = self.kernel.shape
        kernel = np.zeros((height + size - 1, width + size - 1, channels, size**2, filters))
        for position, (i, j) in enumerate(np.ndindex(size, size)):
            kernel[i : i + height, j : j + width, :, position] = self.kernel
        return self._replace(
            kernel=kernel.reshape(*kernel.shape[:3], -1),
            bias=np.tile(self.bias, size**2),
            options={**self.options, "strides": size},
        )

    def named(self, name):
        """Return the convolution under another name."""
        return self._replace(options={**self.options, "name": name})

    def __call__(self, features):
        """Apply the convolution as a new layer."""
        return self.layer(features)(features)

    def layer(self, features):
        """Return the convolution as a new layer for such features."""
        size, count = self.kernel.shape[:2], self.kernel.shape[3]
        if self.kind is DepthwiseConv2D:
            layer = DepthwiseConv2D(size, depth_multiplier=count, **self.options)
        else:
            layer = Conv2D(count, size, **self.options)
        layer.build(features.shape)
        layer.set_weights([self.kernel, self.bias])
        return layer


def layer_of(convolution, features):
    """Return a convolution as a function of such features, which computes in blocks where that is faster."""
    if not gains_from_blocks(convolution, features):
        return convolution.layer(features)
    in_blocks = convolution.named(f"{convolution.options['name']}_in_blocks").in_blocks(BLOCK).layer(features)
    return lambda features: ops.depth_to_space(in_blocks(features), BLOCK)


def gains_from_blocks(convolution, features):
    """Whether a vector register would hold one output channel only, and blocks of it fit the features."""
    height, width, _, filters = convolution.kernel.shape
    options = convolution.options
    return (
        convolution.kind is Conv2D
        and filters == 1
        and height * width > 1
        and height % 2 == width % 2 == 1
        and options["padding"] == "same"
        and options["strides"] == options["dilation_rate"] == (1, 1)
        and all(length is not None and length % BLOCK == 0 for length in features.shape[1:3])
    )


def is_linear_convolution(layer):
    """Whether a layer is a channels-last convolution of Keras without activation."""
    return (
        type(layer) in (Conv2D, DepthwiseConv2D)
        and layer.activation is keras.activations.linear
        and layer.data_format == "channels_last"
    )


def _array(variable):
    return ops.convert_to_numpy(variable).astype("float64")
