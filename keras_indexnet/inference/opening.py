from pathlib import Path

import keras

from keras_indexnet.errors import IndexNetError
from keras_indexnet.export.formats import ENDINGS, format_of, open_exported
from keras_indexnet.export.runtimes import Runtime
from keras_indexnet.models import network_of
from keras_indexnet.models.opening import check_exists, check_shapes
from keras_indexnet.models.preset_folder import is_preset_folder
from keras_indexnet.models.presets import PRESETS
from keras_indexnet.paths import StrPath


def open_model(
    name: StrPath, configuration: str | None = None, *, trust: bool = False
) -> keras.Model | Runtime:
    """Open a matting network from whatever file it is in.

    Args:
        name: str or path: a preset's name (see `models.list_presets()`), a `.keras`, `.tflite` or `.onnx` file,
            or the folder of a preset (`save_to_preset`) or of a SavedModel.
        configuration: str, one of `models.list_configurations()` that a preset or a `.keras` file has to belong
            to. None: any.
        trust: bool, whether a SavedModel is opened. It is a program, which can read and write your files, while
            the other files are data.

    Returns:
        `keras.Model`, or for the others an object with `run(inputs)`: all are taken by `predict_alpha`.

    Raises:
        ValueError: if there is nothing of that name, it is damaged, it is no matting network of float32 or not
            of the configuration, or it is a SavedModel that is not trusted.
        ImportError: if the runtime is not installed; the message names the extra.

    Example:

    >>> from keras_indexnet import inference
    >>> model = inference.open_model("indexnet_base")
    >>> model.output_stride
    32
    """
    path = Path(name)
    if configuration is not None and name not in PRESETS and format_of(path) is not None:
        raise IndexNetError(f"{path} brings its network: leave the configuration out.")
    if name in PRESETS or configuration is not None or path.suffix == ".keras" or is_preset_folder(path):
        return network_of(name, configuration)
    check_exists(name)
    if format_of(path) is None:
        raise IndexNetError(f"{path} is no model: it ends in .keras, {ENDINGS}.")
    try:
        model = open_exported(path, trust=trust)
        ends = [[*end.values()] for end in (model.inputs(), model.outputs())]
    except (ImportError, IndexNetError):  # what to install, or that it is not trusted
        raise
    except Exception as error:  # every runtime has its own for a damaged file
        raise IndexNetError(
            f"{path} cannot be opened: it is damaged, not whole, or no model of that kind."
        ) from error
    check_shapes(path, *([entry["shape"] for entry in end] for end in ends))
    types = [end["dtype"] for (end,) in ends]
    if types != ["float32", "float32"]:
        raise IndexNetError(
            f"{path} is no matting network: one takes and gives float32, this one takes {types[0]} and gives "
            f"{types[1]}."
        )
    return model
