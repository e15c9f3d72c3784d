from pathlib import Path

import keras

from keras_indexnet.inference.runtimes import open_exported
from keras_indexnet.models.matting_network import MattingNetwork
from keras_indexnet.models.presets import PRESETS

# By suffix, what brings the runtime; a SavedModel has none.
PACKAGES = {
    ".tflite": "keras_indexnet[litert]",
    ".onnx": "keras_indexnet[onnx]",
    "": "keras_indexnet[tensorflow]",
}


def open_model(name):
    """Open a matting network from whatever file it is in.

    Args:
        name: str or path: a preset's name (see `models.list_presets()`), a `.keras`, `.tflite` or `.onnx` file,
            or the folder of a SavedModel.

    Returns:
        `keras.Model`, or for the others an object with `run(inputs)`: all are taken by `predict_alpha`.

    Raises:
        ValueError: if there is nothing of that name, it is damaged, or it is no matting network.
        ImportError: if the runtime is not installed; the message names the extra.

    Example:

    >>> from keras_indexnet import inference
    >>> model = inference.open_model("indexnet_base")
    >>> model.output_stride
    32
    """
    if name in PRESETS:
        return MattingNetwork.from_preset(name)
    path = Path(name)
    if not path.exists():
        raise ValueError(
            f"There is no model {str(name)!r}: neither a file nor a folder nor one of the presets "
            f"{', '.join(PRESETS)}."
        )
    if path.suffix not in (".keras", ".tflite", ".onnx") and not path.is_dir():
        raise ValueError(
            f"{path} is no model: it ends in .keras, .tflite or .onnx, or is the folder of a SavedModel."
        )
    try:
        model = _opened(path)
        inputs, outputs = _shapes(model)
    except ImportError as error:
        package = PACKAGES.get(path.suffix, PACKAGES[""])
        raise ImportError(f"{path} cannot be opened ({error}): pip install '{package}'.") from error
    except Exception as error:  # every runtime has its own for a damaged file
        raise ValueError(
            f"{path} cannot be opened: it is damaged, not whole, or no model of that kind."
        ) from error
    one_each = len(inputs) == len(outputs) == 1
    if not one_each or not _fits(inputs[0], channels=4) or not _fits(outputs[0], channels=1):
        raise ValueError(
            f"{path} is no matting network: one takes (1, height, width, 4) and gives (1, height, width, 1), "
            f"this one takes {_listed(inputs)} and gives {_listed(outputs)}."
        )
    return model


def _opened(path):
    if path.suffix == ".keras":
        return keras.saving.load_model(path, compile=False)
    return open_exported(path)


def _shapes(model):
    """Return the shapes of the inputs and of the outputs."""
    if isinstance(model, keras.Model):
        tensors = model.inputs, model.outputs
        return [[tuple(tensor.shape) for tensor in entries] for entries in tensors]
    described = model.inputs(), model.outputs()
    return [[tuple(entry["shape"]) for entry in entries.values()] for entries in described]


def _fits(shape, channels):
    return len(shape) == 4 and shape[0] in (None, 1) and shape[3] == channels


def _listed(shapes):
    return " and ".join(map(str, shapes))
