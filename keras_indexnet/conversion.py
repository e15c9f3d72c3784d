"""Reads checkpoints of the paper's PyTorch code into Keras networks."""

from pathlib import Path

import numpy as np
from keras import layers as keras_layers

from keras_indexnet.layers.depthwise_index_block import _GroupedProjection
from keras_indexnet.models.matting_network import DOWNSAMPLED_STAGES, MattingNetwork

# The conventions of the reference code: RGB / 255 less ImageNet's mean over its deviation, in 0..255 here.
REFERENCE_CONVENTIONS = {
    "image_mean": (123.675, 116.28, 103.53),
    "image_std": (58.395, 57.12, 57.375),
    "encoder_epsilon": 1e-5,
    "pads_block_input": True,
}


def load_reference_checkpoint(path):
    """Build the network that a checkpoint of the reference code holds, with its weights.

    The configuration (index function, context, expansion, ...) is recognised from the tensors. Nothing in the
    file is executed.

    Args:
        path: str or path of a `.pth.tar` file, a dict with the key `state_dict`.

    Returns:
        `MattingNetwork` that normalises its input as the reference code does.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if the file is no such checkpoint, with the tensors that are missing, left over or of
            another shape.
        ImportError: if PyTorch is not installed (extra `torch`).

    Example:

    ```python
    network = keras_indexnet.conversion.load_reference_checkpoint("indexnet_matting.pth.tar")
    ```

    Source: the checkpoint layout of Lu et al., ICCV 2019.
    """
    tensors = _read_state_dict(path)
    network = MattingNetwork(**_recognized_config(tensors, path), **REFERENCE_CONVENTIONS)
    variables = reference_variables(network)
    _check_tensors(tensors, variables, path)
    for key, (variable, from_torch) in variables.items():
        variable.assign(from_torch(tensors[key]))
    return network


def reference_variables(network):
    """Map every tensor name of the reference's state_dict to a network's variable.

    Args:
        network: `MattingNetwork`.

    Returns:
        Dict from tensor name (without `module.`) to a pair of the Keras variable and the function that brings
        the tensor into its layout.
    """
    variables = {}
    for name, layer in _reference_layers(network):
        variables.update(_layer_variables(name, layer))
    return variables


def _read_state_dict(path):
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"There is no checkpoint {path}.")
    try:
        import torch
    except ImportError as error:
        raise ImportError(
            "Reading a .pth.tar file needs PyTorch: pip install 'keras_indexnet[torch]'."
        ) from error
    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # whatever the restricted unpickler stumbles over in a foreign file
        raise ValueError(
            f"{path} is not a PyTorch checkpoint that can be read safely (tensors only)."
        ) from error
    state_dict = checkpoint.get("state_dict") if isinstance(checkpoint, dict) else None
    if not isinstance(state_dict, dict):
        raise ValueError(f"{path} is not a checkpoint of the reference code: it has no 'state_dict'.")
    tensors = {}
    for name, tensor in state_dict.items():
        if not isinstance(name, str) or not isinstance(tensor, torch.Tensor):
            raise ValueError(f"{path} holds a 'state_dict' whose entry {name!r} is not a tensor.")
        if not name.endswith("num_batches_tracked"):
            tensors[name.removeprefix("module.")] = tensor.float().numpy()
    return tensors


def _recognized_config(tensors, path):
    config = {"aspp": "dconv_pp.aspp1.atrous_conv.0.weight" in tensors}
    index_names = [name for name in tensors if name.startswith("index0.")]
    if not index_names:
        if "decoder_layer6.dconv.0.weight" not in tensors:
            raise ValueError(
                f"{path} is not a checkpoint of a matting network of the reference code: it has no tensor "
                "'decoder_layer6.dconv.0.weight'."
            )
        return {**config, "index": "max"}
    first = next((tensors[name] for name in index_names if tensors[name].ndim == 4), None)
    if first is None:
        raise ValueError(f"{path} holds an index block without a convolution ('index0.*').")
    filters, group_channels, kernel_size, _ = first.shape
    config["context"] = kernel_size == 4
    if any(name.startswith("index0.indexnet.") for name in index_names):
        return {**config, "index": "hin", "nonlinear": "index0.indexnet.1.weight" in tensors}
    nonlinear = "index0.indexnet1.1.weight" in tensors
    input_layer = tensors.get("layer0.0.weight")
    channels = len(input_layer) if input_layer is not None and input_layer.ndim else filters
    return {
        **config,
        "index": "o2o" if group_channels == 1 else "m2o",
        "nonlinear": nonlinear,
        "expansion": max(filters // channels, 1) if nonlinear else 2,
    }


def _reference_layers(network):
    """Yield the name of every module of the reference that has tensors, and the Keras layer for it."""
    for stage in range(8):
        yield from _encoder_layers(network, stage)
    if network.index != "max":
        for stage in DOWNSAMPLED_STAGES:
            yield from _index_layers(network, stage)
    yield from _context_layers(network)
    for stage in range(7):
        yield f"decoder_layer{stage}.dconv.0", network.get_layer(f"decoder_{stage}_conv")
        yield f"decoder_layer{stage}.dconv.1", network.get_layer(f"decoder_{stage}_bn")
    yield "pred.0.0", network.get_layer("head_conv")
    yield "pred.0.1", network.get_layer("head_bn")
    yield "pred.1", network.get_layer("alpha")


def _encoder_layers(network, stage):
    with_weights = [layer for layer in network.encoder_stages[stage].layers if layer.weights]
    if stage == 0:
        yield from _sequential("layer0", with_weights)
        return
    block = -1
    for layer in with_weights:
        if layer.name.endswith(("expand", "expanded_conv_depthwise")):  # the first layer of a block
            block, within = block + 1, []
        within.append(layer)
        if layer.name.endswith("project_BN"):
            yield from _sequential(f"layer{stage}.{block}.conv", within)


def _index_layers(network, stage):
    block = network.get_layer(f"index_{stage}")
    if network.index == "hin":
        layers = block.index_network.layers
        if network.nonlinear:
            yield from _sequential(f"index{stage}.indexnet", layers)
        else:
            yield f"index{stage}.indexnet", layers[0]
        return
    for number, column in enumerate(block.columns, start=1):
        yield from _sequential(f"index{stage}.indexnet{number}", column.layers)


def _context_layers(network):
    if not network.aspp:
        yield "dconv_pp.0", network.get_layer("context_conv")
        yield "dconv_pp.1", network.get_layer("context_bn")
        return
    aspp = network.get_layer("aspp")
    for number, branch in enumerate(aspp.branches, start=1):
        yield from _sequential(f"dconv_pp.aspp{number}.atrous_conv", branch.layers)
    # The average pooling has number 0 in the reference's sequence.
    yield from _sequential("dconv_pp.global_avg_pool", aspp.mean_branch.layers, first=1)
    yield from _sequential("dconv_pp.bottleneck_conv", aspp.project.layers)


def _sequential(prefix, layers, first=0):
    """Number layers as the reference does: convolution, batch normalisation and ReLU6 take a number each."""
    number = first
    for layer in layers:
        if isinstance(layer, keras_layers.ReLU):
            continue
        yield f"{prefix}.{number}", layer
        number += 2 if isinstance(layer, keras_layers.BatchNormalization) else 1


def _layer_variables(name, layer):
    if isinstance(layer, keras_layers.BatchNormalization):
        return {
            f"{name}.weight": (layer.gamma, np.asarray),
            f"{name}.bias": (layer.beta, np.asarray),
            f"{name}.running_mean": (layer.moving_mean, np.asarray),
            f"{name}.running_var": (layer.moving_variance, np.asarray),
        }
    if isinstance(layer, keras_layers.DepthwiseConv2D):
        multiplier = layer.depth_multiplier
        return {f"{name}.weight": (layer.kernel, lambda t: _depthwise_kernel(t, multiplier))}
    if isinstance(layer, _GroupedProjection):
        return {f"{name}.weight": (layer.kernel, lambda t: t[:, :, 0, 0].T)}
    return {f"{name}.weight": (layer.kernel, lambda t: t.transpose(2, 3, 1, 0))}


def _depthwise_kernel(tensor, multiplier):
    filters, _, height, width = tensor.shape
    return tensor.reshape(filters // multiplier, multiplier, height, width).transpose(2, 3, 0, 1)


def _check_tensors(tensors, variables, path):
    complaints = []
    missing = sorted(variables.keys() - tensors.keys())
    extra = sorted(tensors.keys() - variables.keys())
    if missing:
        complaints.append(f"missing: {_few(missing)}")
    if extra:
        complaints.append(f"not expected: {_few(extra)}")
    misshapen = []
    for name in variables.keys() & tensors.keys():
        variable, from_torch = variables[name]
        if not _fits(tensors[name], variable, from_torch):
            misshapen.append(f"{name} {tensors[name].shape}")
    if misshapen:
        complaints.append(f"of another shape: {_few(sorted(misshapen))}")
    if complaints:
        raise ValueError(f"{path} does not hold a network of this library; " + "; ".join(complaints) + ".")


def _fits(tensor, variable, from_torch):
    try:
        return from_torch(tensor).shape == tuple(variable.shape)
    except (ValueError, IndexError):  # a tensor of another rank cannot even be brought into the layout
        return False


def _few(names, limit=5):
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more
