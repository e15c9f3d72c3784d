"""Atrous spatial pyramid pooling without the repeated mean."""

from keras import ops

from keras_indexnet.models.fusing.convolution import Convolution
from keras_indexnet.models.fusing.rewrite_convolutions import rewrite_units


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
