"""Exports a matting network to a file that takes raw pixels and gives alpha, and proves the file equal."""

import importlib.util
from dataclasses import dataclass
from pathlib import Path

import cv2
import keras
import numpy as np

from keras_indexnet.data import drawn_photograph
from keras_indexnet.inference import OUTPUT_STRIDE, network_input

FORMATS = ("tflite",)
TOLERANCE = 1e-4  # of alpha


@dataclass(frozen=True)
class ExportReport:
    """What an exported file was measured to do."""

    path: Path
    size_bytes: int
    largest_difference: float  # of alpha in [0, 1], to the Keras model
    mean_difference: float


def export_model(model, path, format="tflite", quantization=None, input_size=(512, 512), photograph=None):
    """Export a matting network and compare the file, in its own runtime, with the Keras model.

    The file takes a float32 tensor `(1, H, W, 4)`, RGB in 0..255 and a trimap of 0, 128 and 255, and gives
    alpha `(1, H, W, 1)`, clipped to [0, 1]. It is written only if it agrees with the model.

    Args:
        model: a matting network, or any Keras model `(1, H, W, 4) -> (1, H, W, 1)`.
        path: str or path of the file, ending in `.tflite`.
        format: str, `"tflite"` (LiteRT).
        quantization: None: float32, the only one so far.
        input_size: pair of ints, height and width, multiples of the output stride.
        photograph: `data.Photograph` to compare on; a drawn one if None.

    Returns:
        `ExportReport`.

    Raises:
        ValueError: if an argument does not fit, or the exported file disagrees with the model.
        RuntimeError: if the Keras backend is not TensorFlow.
        ImportError: if LiteRT is not installed (extra `litert`).

    Example:

    ```python
    report = export_model(model, "matting.tflite", input_size=(320, 320))
    print(report.largest_difference)
    ```
    """
    path = Path(path)
    _check(path, format, quantization, input_size, getattr(model, "output_stride", OUTPUT_STRIDE))
    if not path.parent.is_dir():
        raise ValueError(f"There is no folder {path.parent} to write {path.name} into.")
    partial = path.with_name(f".{path.stem}.partial{path.suffix}")
    try:
        fixed = _with_fixed_size(model, input_size)
        fixed.export(partial, format="litert", verbose=False)
        report = _compared(fixed, partial, path, input_size, photograph)
        if report.largest_difference > TOLERANCE:
            raise ValueError(
                f"The exported file differs from the Keras model by {report.largest_difference:.2e}, more than "
                f"{TOLERANCE:.0e}; nothing was written."
            )
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return report


def _check(path, format, quantization, input_size, multiple):
    if keras.backend.backend() != "tensorflow":
        raise RuntimeError(
            f"Export needs the TensorFlow backend, not {keras.backend.backend()}: set KERAS_BACKEND=tensorflow."
        )
    if importlib.util.find_spec("ai_edge_litert") is None:
        raise ImportError("Export runs the file in LiteRT: pip install 'keras_indexnet[litert]'.")
    if format not in FORMATS:
        raise ValueError(f"The format is one of {', '.join(FORMATS)}, not {format!r}.")
    if path.suffix != ".tflite":
        raise ValueError(f"The name of a TFLite file ends in .tflite, not in {path.suffix!r}.")
    if quantization is not None:
        raise ValueError(f"The quantization is None (float32), not {quantization!r}.")
    if any(length % multiple or length <= 0 for length in input_size):
        raise ValueError(f"Height and width are multiples of {multiple}, not {tuple(input_size)}.")


def _with_fixed_size(model, input_size):
    inputs = keras.Input(batch_shape=(1, *input_size, 4), name="image_and_trimap")
    alpha = keras.ops.clip(model(inputs, training=False), 0.0, 1.0)
    return keras.Model(inputs, alpha, name=model.name)


def _compared(fixed, exported, path, input_size, photograph):
    photograph = photograph or drawn_photograph()
    height, width = input_size
    image = cv2.resize(photograph.image, (width, height), interpolation=cv2.INTER_AREA)
    trimap = cv2.resize(photograph.trimap, (width, height), interpolation=cv2.INTER_NEAREST)
    inputs = network_input(image, trimap, multiple=1)[np.newaxis]
    expected = keras.ops.convert_to_numpy(fixed(inputs, training=False))
    difference = np.abs(run_tflite(exported, inputs) - expected)
    return ExportReport(path, exported.stat().st_size, float(difference.max()), float(difference.mean()))


def run_tflite(path, inputs, threads=2):
    """Run a TFLite file with LiteRT.

    Args:
        path: str or path of the file.
        inputs: float32 array of the file's input shape.
        threads: int.

    Returns:
        float32 array, the file's output.
    """
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(path), num_threads=threads)
    runner = interpreter.get_signature_runner()
    (name,) = runner.get_input_details()
    (output,) = runner(**{name: inputs}).values()
    return output
