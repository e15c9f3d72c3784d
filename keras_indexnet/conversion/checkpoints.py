"""Checkpoints of the paper's PyTorch code: read into Keras networks, and written from them."""

import warnings
from pathlib import Path

import numpy as np
from keras import ops

from keras_indexnet.conversion.reference_tensors import reference_tensors
from keras_indexnet.errors import IndexNetError
from keras_indexnet.models import DeepLabV3Plus, MattingNetwork, RefineNet
from keras_indexnet.models.encoder_decoder import EncoderDecoder
from keras_indexnet.optional import required
from keras_indexnet.paths import StrPath
from keras_indexnet.whole_file import whole_file

# Arguments of networks that checkpoints of the reference code fit.
REFERENCE_CONVENTIONS = {"conventions": "reference"}


def load_reference_checkpoint(path: StrPath, output_stride: int | None = None) -> EncoderDecoder:
    """Build the network that a checkpoint of the reference code holds, with its weights.

    The configuration (index function, context, expansion, ...) is recognised from the tensors. Nothing in the
    file is executed.

    Args:
        path: str or path of a `.pth.tar` file, a dict with the key `state_dict`.
        output_stride: int, 32 or 16, of the network that the weights were trained in. None: 32, or 16 where
            the tensors tell so (learned indices) and for DeepLabv3+.

    Returns:
        `MattingNetwork`, `DeepLabV3Plus` or `RefineNet` that normalises its input as the reference code does.

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
    network_class, config = _recognized(tensors, path)
    if output_stride is not None:
        config["output_stride"] = output_stride
    network = network_class(**config, **REFERENCE_CONVENTIONS)
    expected = reference_tensors(network)
    _check_tensors(tensors, expected, path)
    for name, tensor in expected.items():
        tensor.variable.assign(tensor.from_torch(tensors[name]))
    return network


def save_reference_checkpoint(network: EncoderDecoder, path: StrPath) -> None:
    """Write a network's weights as a checkpoint of the reference code, to be compared or used in PyTorch.

    The reference code's network loads it with `load_state_dict`. It only computes the same as the Keras network
    if that one has the reference's conventions (`REFERENCE_CONVENTIONS`), as converted checkpoints do.

    Args:
        network: a matting network that the reference code has too: B1, B2, B10, B11 or one of learned indices.
        path: str or path of the `.pth.tar` file.

    Raises:
        ValueError: if the reference code has no such network.
        ImportError: if PyTorch is not installed (extra `torch`).

    Example:

    ```python
    network = keras_indexnet.models.matting_model("b11", **keras_indexnet.conversion.REFERENCE_CONVENTIONS)
    keras_indexnet.conversion.save_reference_checkpoint(network, "b11.pth.tar")
    ```

    Source: the checkpoint layout of Lu et al., ICCV 2019.
    """
    state_dict = {f"module.{name}": tensor for name, tensor in reference_state_dict(network).items()}
    import torch

    with whole_file(path) as partial:
        torch.save({"state_dict": state_dict, "epoch": 0}, partial)


def reference_state_dict(network: EncoderDecoder) -> dict:
    """Return a network's weights as a state_dict of the reference code's network.

    Args:
        network: as for `save_reference_checkpoint`.

    Returns:
        Dict from name to `torch.Tensor`, float32, in PyTorch's layout. Batch normalisation's counters of
        batches, which Keras does not keep, are 0.

    Raises:
        ValueError: if the reference code has no such network.
        ImportError: if PyTorch is not installed (extra `torch`).
    """
    tensors = reference_tensors(network)
    torch = required("torch", "Writing a .pth.tar file", "keras_indexnet[torch]")
    state_dict = {}
    for name, tensor in tensors.items():
        values = tensor.to_torch(ops.convert_to_numpy(tensor.variable))
        state_dict[name] = torch.from_numpy(np.array(values, "float32", order="C"))
        if name.endswith("running_var"):
            state_dict[name.replace("running_var", "num_batches_tracked")] = torch.tensor(0)
    return state_dict


def _read_state_dict(path):
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"There is no checkpoint {path}.")
    torch = required("torch", "Reading a .pth.tar file", "keras_indexnet[torch]")
    try:
        with warnings.catch_warnings(action="ignore"):  # of unusual pickles, which are refused below
            checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # whatever the restricted unpickler stumbles over in a foreign file
        raise IndexNetError(
            f"{path} is not a PyTorch checkpoint that can be read safely (tensors only)."
        ) from error
    state_dict = checkpoint.get("state_dict") if isinstance(checkpoint, dict) else None
    if not isinstance(state_dict, dict):
        raise IndexNetError(f"{path} is not a checkpoint of the reference code: it has no 'state_dict'.")
    tensors = {}
    for name, tensor in state_dict.items():
        if not isinstance(name, str) or not isinstance(tensor, torch.Tensor):
            raise IndexNetError(f"{path} holds a 'state_dict' whose entry {name!r} is not a tensor.")
        if not name.endswith("num_batches_tracked"):
            tensors[name.removeprefix("module.")] = _values(tensor, name, path)
    return tensors


def _values(tensor, name, path):
    """Return a tensor as a float32 array, if it is one of real numbers that are all in the file."""
    numbers = tensor.numel() * tensor.element_size()
    try:
        if not tensor.is_complex() and numbers <= tensor.untyped_storage().nbytes():  # or few stand for many
            return tensor.detach().float().numpy()
    except (NotImplementedError, RuntimeError, TypeError):  # sparse, quantized, nested, without data
        pass
    raise IndexNetError(f"{path} holds a 'state_dict' whose entry {name!r} is not a plain tensor of numbers.")


def _recognized(tensors, path):
    """Return the network's class and its arguments."""
    if "decoder.first_dconv.0.weight" in tensors:
        return DeepLabV3Plus, {}
    if "dconv_crp4.0.1_outvar_dimred.0.weight" in tensors:
        return RefineNet, {}
    return MattingNetwork, {
        "aspp": "dconv_pp.aspp1.atrous_conv.0.weight" in tensors,
        **_recognized_index(tensors, path),
    }


def _recognized_index(tensors, path):
    index_names = sorted(name for name in tensors if name.startswith("index0."))
    if not index_names:
        if "decoder_layer6.dconv.0.weight" not in tensors:
            raise IndexNetError(
                f"{path} is not a checkpoint of a matting network of the reference code: it has no tensor "
                "'decoder_layer6.dconv.0.weight'."
            )
        return {"index": "max"}
    first = next((tensors[name] for name in index_names if tensors[name].ndim == 4), None)
    if first is None:
        raise IndexNetError(f"{path} holds an index block without a convolution ('index0.*').")
    filters, group_channels, kernel_size, _ = first.shape
    deepest = any(name.startswith("index6.") for name in tensors)
    config = {"context": kernel_size == 4, "output_stride": 32 if deepest else 16}
    if any(name.startswith("index0.indexnet.") for name in index_names):
        return {**config, "index": "hin", "nonlinear": "index0.indexnet.1.weight" in tensors}
    nonlinear = "index0.indexnet1.1.weight" in tensors
    input_layer = tensors.get("layer0.0.weight")
    channels = len(input_layer) if input_layer is not None and input_layer.ndim else filters
    return {
        **config,
        "index": "o2o" if group_channels == 1 else "m2o",
        "nonlinear": nonlinear,
        "expansion": max(filters // max(channels, 1), 1) if nonlinear else 2,
    }


def _check_tensors(tensors, expected, path):
    missing = expected.keys() - tensors.keys()
    extra = tensors.keys() - expected.keys()
    misshapen = [
        f"{name} {tensors[name].shape}"
        for name in expected.keys() & tensors.keys()
        if not _fits(tensors[name], expected[name])
    ]
    complaints = [
        f"{problem}: {_few(sorted(names))}"
        for problem, names in (("missing", missing), ("not expected", extra), ("of another shape", misshapen))
        if names
    ]
    if complaints:
        raise IndexNetError(f"{path} does not hold a network of this library; " + "; ".join(complaints) + ".")


def _fits(tensor, expected):
    try:
        return expected.from_torch(tensor).shape == tuple(expected.variable.shape)
    except (ValueError, IndexError):  # a tensor of another rank cannot even be brought into the layout
        return False


def _few(names, limit=5):
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more
