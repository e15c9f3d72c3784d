import importlib.util
import os
from collections.abc import Iterable
from pathlib import Path

import keras

from keras_indexnet.data import Photograph, read_photographs
from keras_indexnet.errors import BackendError, IndexNetError
from keras_indexnet.export.comparison import check_tolerance, compare
from keras_indexnet.export.export_report import ExportReport
from keras_indexnet.export.formats import BY_SUFFIX, FORMATS, QUANTIZATIONS
from keras_indexnet.export.inference_graph import InferenceGraph
from keras_indexnet.export.sample_inputs import calibration_inputs
from keras_indexnet.export.savedmodel import check_savedmodel_replaceable
from keras_indexnet.optional import required
from keras_indexnet.paths import StrPath
from keras_indexnet.whole_file import whole_file, whole_folder

OTHER_SUFFIXES = (".keras", ".h5", ".pb")  # of models that are not exported


def export_model(
    model: keras.Model,
    path: StrPath,
    format: str = "tflite",
    quantization: str | None = None,
    input_size: tuple[int, int] | None = (512, 512),
    batch_size: int | None = 1,
    photographs: Iterable[Photograph] | StrPath | None = None,
    calibration: Iterable[Photograph] | StrPath | None = None,
) -> ExportReport:
    """Export a model, reopen the file in its own runtime, and keep it only if it computes what Keras does.

    A matting network's file takes a float32 tensor `image_and_trimap` of shape `(B, H, W, 4)`, RGB in 0..255
    and a trimap of 0, 128 and 255, and gives `alpha` of shape `(B, H, W, 1)`, clipped to [0, 1]. What was
    measured is also written as JSON, to a file of the same name with `.report.json` behind it.

    The bounds: 1e-4 for the largest difference in float32; 2e-2, and 2e-3 in the mean, for `"float16"` and
    `"dynamic"`; for `"int8"` the SAD against the true alpha may be 5 % above the Keras model's.

    Args:
        model: functional or sequential `keras.Model` of one input and one output, `(B, H, W, C) -> (B, ...)`.
            With four channels in and one out it counts as a matting network. Of others the outputs are not
            clipped, and the bounds are relative to the largest output where that is above 1.
        path: str or path of the file, ending in `.tflite` or `.onnx`, or of the folder of a SavedModel.
        format: str, `"tflite"` (LiteRT), `"onnx"` or `"savedmodel"`.
        quantization: None, or for TFLite `"float16"` (weights), `"dynamic"` (weights in 8 bits where there are
            many, in 16 elsewhere) or `"int8"` (weights and activations; input and output stay float32).
        input_size: pair of ints, height and width, multiples of the output stride. None: free. In LiteRT, who
            runs a file of free size calls `resize_tensor_input` before; `"int8"` needs a fixed size.
        batch_size: int, or None: free.
        photographs: iterable of `data.Photograph` to compare on, or a folder for `data.read_photographs`.
            None: drawn ones.
        calibration: the same, from which `"int8"` learns the range of each activation.

    Returns:
        `ExportReport`.

    Raises:
        ValueError: if an argument does not fit, a photograph cannot be read, the model cannot be expressed in
            the format, or the file disagrees with the model. An earlier file at `path` is kept then.
        OSError: if the file cannot be written.
        RuntimeError: if the Keras backend is not TensorFlow.
        ImportError: if a package is missing; the message names the extra.

    Example:

    ```python
    report = export_model(model, "matting.tflite", quantization="float16", input_size=(320, 320))
    print(report.largest_difference, report.size_bytes)
    ```
    """
    path = Path(path)
    check_arguments(path, format, quantization, input_size, batch_size, calibration)
    file_format = FORMATS[format]
    graph = InferenceGraph(model, input_size, batch_size)
    photographs, calibration = _read(photographs), _read(calibration)
    if not graph.is_matting and (photographs is not None or calibration is not None):
        raise IndexNetError("Photographs are for matting networks, of four channels in and one out.")

    quantized = (quantization, calibration_inputs(graph, calibration)) if quantization else ()
    with (whole_folder if file_format.is_folder else whole_file)(path) as partial:
        file_format.write(graph, partial, *quantized)
        report = compare(graph, partial, path, file_format, quantization, photographs)
        check_tolerance(report)
        _check_path(path, file_format)  # again: exporting took its time
    with whole_file(path.with_name(f"{path.name}.report.json")) as partial:
        partial.write_text(report.as_json(), encoding="utf-8")
    return report


def check_arguments(path, format, quantization, input_size, batch_size, calibration):
    """Raise what `export_model` raises for arguments that cannot fit, whatever the model."""
    if keras.backend.backend() != "tensorflow" and importlib.util.find_spec("tensorflow") is not None:
        raise BackendError(
            f"Export needs the TensorFlow backend, not {keras.backend.backend()}: set KERAS_BACKEND=tensorflow."
        )
    required("tensorflow", "Export", "keras_indexnet[tensorflow]")
    if format not in FORMATS:
        raise IndexNetError(f"The format is one of {', '.join(FORMATS)}, not {format!r}.")
    if quantization not in QUANTIZATIONS:
        *names, last = map(str, QUANTIZATIONS)
        raise IndexNetError(f"The quantization is {', '.join(names)} or {last}, not {quantization!r}.")
    file_format = FORMATS[format]
    if quantization and quantization not in file_format.quantizations:
        able = " or ".join(other.name for other in FORMATS.values() if quantization in other.quantizations)
        raise IndexNetError(f"The quantization {quantization!r} is for the format {able}, not for {format}.")
    if quantization == "int8" and (input_size is None or batch_size is None):
        raise IndexNetError("The quantization 'int8' needs a fixed size and a fixed batch.")
    if calibration is not None and quantization != "int8":
        raise IndexNetError("Calibration is for the quantization 'int8' only; leave it out.")
    for module in (*file_format.modules, *(file_format.quantizing_modules if quantization else ())):
        required(module, f"Export to {format}", file_format.requirement)
    _check_path(path, file_format)


def _check_path(path, format):
    if not format.is_folder and path.suffix != format.suffix:
        raise IndexNetError(
            f"The name of a file of the format {format.name} ends in {format.suffix}, not in {path.suffix!r}."
        )
    if format.is_folder and path.suffix in (*OTHER_SUFFIXES, *BY_SUFFIX):
        raise IndexNetError(f"A {format.title} is a folder, whose name has no suffix, not {path.suffix!r}.")
    if not path.absolute().parent.is_dir():
        raise IndexNetError(f"There is no folder {path.parent} to write {path.name} into.")
    if format.is_folder:
        check_savedmodel_replaceable(path)
    elif path.is_dir():
        raise IndexNetError(f"{path} is a folder; name a file in it.")
    elif path.exists() and not path.is_file():
        raise IndexNetError(f"{path} is a device or a pipe; name a file.")


def _read(photographs):
    if isinstance(photographs, str | os.PathLike):
        return read_photographs(photographs)
    return photographs
