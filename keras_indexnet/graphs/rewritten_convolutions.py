"""Convolutions that take in the batch normalisation behind them, those of a single channel, and ASPP."""

from keras import ops
from keras.layers import BatchNormalization, ReLU

from keras_indexnet.graphs.convolution import Convolution, gains_from_blocks, is_linear_convolution, layer_of
from keras_indexnet.graphs.origins import Activated, Concatenated, Convolved
from keras_indexnet.graphs.parts import in_channel_groups


def rewrite_convolution(layer, origins, features):
    """Convolve, and remember it for what may follow."""
    return _convolved(Convolution.of(layer), origins, features, layer)


def rewrite_batch_normalization(layer, origins, features):
    """Convolve anew what was convolved before, with the normalisation in the kernel and the bias."""
    origin = origins.of(features, Convolved)
    if origin is None or layer.axis not in (-1, 3):
        return layer(features)
    convolution = origin.convolution.followed_by(layer).named(f"{layer.name}_folded")
    return _convolved(convolution, origins, origin.features)


def rewrite_relu(layer, origins, features):
    """Apply a ReLU, and remember the convolution before it."""
    outputs, origin = layer(features), origins.of(features, Convolved)
    return origins.remember(outputs, Activated(*origin, layer)) if origin else outputs


def rewrite_concatenation(layer, origins, parts):
    """Concatenate, and remember of what."""
    outputs = layer(parts)
    return origins.remember(outputs, Concatenated(list(parts))) if layer.axis in (-1, 3) else outputs


def _convolved(convolution, origins, features, layer=None):
    outputs = in_channel_groups(convolution, origins, features)
    if outputs is None:
        if layer is None or gains_from_blocks(convolution, features):
            layer = layer_of(convolution, features)
        outputs = layer(features)
    return origins.remember(outputs, Convolved(convolution, features))


def rewrite_units(sequential, features, name):
    """Apply units of convolution, batch normalisation and ReLU6 that are parts of a layer."""
    following = [*sequential.layers[1:], None]
    for number, (layer, after) in enumerate(zip(sequential.layers, following, strict=True)):
        if is_linear_convolution(layer):
            convolution = Convolution.of(layer).named(f"{name}_{number}")
            normalized = isinstance(after, BatchNormalization)
            features = (convolution.followed_by(after) if normalized else convolution)(features)
        elif isinstance(layer, ReLU):
            features = ops.relu6(features)
    return features


def rewrite_aspp(aspp, origins, features):
    """Gather context; the mean is projected before it is added to every position.

    `W [maps, mean repeated] + b = W1 maps + (W2 mean + b)`, where the sum repeats its second term.
    """
    maps = [rewrite_units(branch, features, f"{aspp.name}_{branch.name}") for branch in aspp.branches]
    mean = ops.mean(features, axis=(1, 2), keepdims=True)
    mean = rewrite_units(aspp.mean_branch, mean, f"{aspp.name}_mean")
    convolution, normalization, _ = aspp.project.layers
    project = Convolution.of(convolution).followed_by(normalization)
    channels = len(maps) * aspp.branch_filters
    from_maps = project.of_inputs(0, channels).named(f"{aspp.name}_project_maps")
    from_mean = project.of_inputs(channels, None).named(f"{aspp.name}_project_mean")._replace(bias=project.bias)
    return ops.relu6(from_maps(ops.concatenate(maps, axis=-1)) + from_mean(mean))
