"""Large maps in parts, one after the other, so that they are never in memory as a whole."""

import keras
from keras import ops
from keras.layers import Conv2D, DepthwiseConv2D

from keras_indexnet.graphs.convolution import BLOCK, layer_of
from keras_indexnet.graphs.origins import Activated, Concatenated, Convolved, Interleaved, Product
from keras_indexnet.layers.block_layout import interleaved

GROUP = 48  # channels of a group
LARGEST_WIDTH = 32  # channels of the input of a block whose expansion is computed in groups
STRIP = 400_000  # pixels
MOST_JOINED = 5  # tensors that one concatenation of XNNPACK takes


def in_channel_groups(project, origins, features):
    """Apply the last convolution of an inverted residual block, with all before it in groups of channels.

    `P f(D g(E x)) = P1 f(D1 g(E1 x)) + P2 f(D2 g(E2 x)) + ...`, since D is depthwise. The expansions of the
    first blocks, at high resolution, are the largest maps of a network.

    Args:
        project: `Convolution` P.
        origins: `Origins`.
        features: tensor that it is applied to.

    Returns:
        Tensor, or None if this is no such block, or a small one.
    """
    depthwise = origins.of(features, Activated)
    expansion = origins.of(depthwise.features, Activated) if depthwise else None
    if expansion is None or not _is_large_block(expansion.convolution, depthwise.convolution, project):
        return None
    terms = []
    for number, start in enumerate(range(0, features.shape[-1], GROUP)):
        group = slice(start, start + GROUP)
        x = expansion.features
        for convolution, activation in (
            (expansion.convolution.of_channels(group), expansion.activation),
            (depthwise.convolution.of_channels(group), depthwise.activation),
        ):
            x = activation(convolution.named(f"{convolution.options['name']}_{number}")(x))
        share = project.of_inputs(group.start, group.stop)
        if start == 0:
            share = share._replace(bias=project.bias)
        terms.append(share.named(f"{project.options['name']}_{number}")(x))
    return sum(terms[1:], start=terms[0])


def _is_large_block(expansion, depthwise, project):
    pointwise = all(
        convolution.kind is Conv2D
        and convolution.kernel.shape[:2] == (1, 1)
        and convolution.options["strides"] == (1, 1)
        and convolution.options["groups"] == 1
        for convolution in (expansion, project)
    )
    return (
        pointwise
        and depthwise.kind is DepthwiseConv2D
        and depthwise.kernel.shape[3] == 1
        and expansion.kernel.shape[2] <= LARGEST_WIDTH
        and expansion.kernel.shape[3] > GROUP
    )


def in_strips(model, origins):
    """Compute what a model does at the resolution of its output in strips of rows.

    Args:
        model: `keras.Model`.
        origins: `Origins` of its tensors.

    Returns:
        `keras.Model`; the given one if its output is of unknown size, or no larger than a strip.
    """
    output = model.outputs[0]
    if len(model.outputs) > 1 or len(output.shape) != 4 or None in output.shape[1:3]:
        return model
    _, height, width, _ = output.shape
    strips = -(-height * width // STRIP)
    if strips == 1 or height % BLOCK or origins.of(output) is None:
        return model
    rows = -(-height // strips // BLOCK) * BLOCK
    computed = _Rows(origins, height)
    strips = [computed.of(output, start, min(height, start + rows)) for start in range(0, height, rows)]
    outputs = keras.tree.pack_sequence_as(model.output, [_joined(strips)])
    return keras.Model(model.input, outputs, name=model.name)


def _joined(strips):
    while len(strips) > 1:
        groups = [strips[start : start + MOST_JOINED] for start in range(0, len(strips), MOST_JOINED)]
        strips = [ops.concatenate(group, axis=1) for group in groups]
    return strips[0]


class _Rows:
    """Rows of tensors at the output's resolution; tensors at a lower one exist as a whole."""

    def __init__(self, origins, height):
        self.origins, self.height = origins, height
        self.layers = {}  # by the ids of their convolutions: all strips have the same ones

    def of(self, tensor, start, stop):
        """Return the rows from `start` to `stop` of a tensor."""
        origin = self.origins.of(tensor)
        if tensor.shape[1] != self.height and not isinstance(origin, Product):
            return tensor[:, start:stop]
        match origin:
            case Concatenated(parts):
                return ops.concatenate([self.of(part, start, stop) for part in parts], axis=-1)
            case Product(factors):
                first, second = (self.of(factor, start, stop) for factor in factors)
                return first * second
            case Interleaved(parts, size) if start % size == stop % size == 0:
                return interleaved([self.of(part, start // size, stop // size) for part in parts], size)
            case Activated(convolution, features, activation) if _keeps_rows(convolution):
                return activation(self._convolved(convolution, features, start, stop))
            case Convolved(convolution, features) if _keeps_rows(convolution):
                return self._convolved(convolution, features, start, stop)
        return tensor[:, start:stop]

    def _convolved(self, convolution, features, start, stop):
        """Convolve some rows more than are asked for: those at a cut see zeros where the others are."""
        step = BLOCK if convolution.kernel.shape[3] == 1 else 2
        reach = convolution.kernel.shape[0] // 2 * convolution.options["dilation_rate"][0]
        reach = -(-reach // step) * step
        first, last = max(0, start - reach), min(self.height, stop + reach)
        rows = self.of(features, first, last)
        if id(convolution) not in self.layers:
            self.layers[id(convolution)] = layer_of(convolution, rows)
        return self.layers[id(convolution)](rows)[:, start - first : stop - first]


def _keeps_rows(convolution):
    return convolution.options["strides"] == (1, 1) and convolution.options["padding"] == "same"
