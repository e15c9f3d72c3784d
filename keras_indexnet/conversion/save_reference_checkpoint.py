import os
from pathlib import Path

import numpy as np
from keras import ops

from keras_indexnet.conversion.reference_tensors import reference_tensors


def save_reference_checkpoint(network, path):
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

    path = Path(path)
    partial = path.with_name(f".{path.name}.partial")
    try:
        torch.save({"state_dict": state_dict, "epoch": 0}, partial)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def reference_state_dict(network):
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
    try:
        import torch
    except ImportError as error:
        raise ImportError(
            "Writing a .pth.tar file needs PyTorch: pip install 'keras_indexnet[torch]'."
        ) from error
    state_dict = {}
    for name, tensor in tensors.items():
        values = tensor.to_torch(ops.convert_to_numpy(tensor.variable))
        state_dict[name] = torch.from_numpy(np.array(values, "float32", order="C"))
        if name.endswith("running_var"):
            state_dict[name.replace("running_var", "num_batches_tracked")] = torch.tensor(0)
    return state_dict
