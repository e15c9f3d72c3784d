"""Convolutions that take in the batch normalisation behind them, those of a single channel, and ASPP."""

from keras import ops
from keras.layers import BatchNormalization, Conv2D, ReLU

from keras_indexnet.graphs.convolution import Convolution, is_linear_convolution
from keras_indexnet.graphs.origins import Convolved

BLOCK = 4  # the 4 x 4 outputs of a block are 16 channels, which fill a vector register


def rewrite_convolution(layer, origins, features):
    """Convolve, and remember it for the batch normalisation that may follow."""
    convolution = Convolution.of(layer).named(f"{layer.name}_in_blocks")
    gains = _gains_from_blocks(convolution, features)
    outputs = _convolved_in_blocks(convolution, features) if gains else layer(features)
    return origins.remember(outputs, Convolved(convolution, features))


def rewrite_batch_normalization(layer, origins, features):
    """Convolve anew what was convolved before, with the normalisation in the kernel and the bias."""
    origin = origins.of(features, Convolved)
    if origin is None or layer.axis not in (-1, 3):
        return layer(features)
    convolution = origin.convolution.followed_by(layer).named(f"{layer.name}_folded")
    gains = _gains_from_blocks(convolution, origin.features)
    return _convolved_in_blocks(convolution, origin.features) if gains else convolution(origin.features)


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


def _gains_from_blocks(convolution, features):
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


def _convolved_in_blocks(convolution, features):
    return ops.depth_to_space(convolution.in_blocks(BLOCK)(features), BLOCK)


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
