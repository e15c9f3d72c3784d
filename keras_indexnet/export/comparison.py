"""Runs an exported file beside the Keras model, and says whether the two are equal enough."""

from collections import Counter
from pathlib import Path

import keras
import numpy as np

from keras_indexnet.data.trimap import UNKNOWN
from keras_indexnet.errors import IndexNetError
from keras_indexnet.evaluation import sad_error
from keras_indexnet.export.export_report import ExportReport
from keras_indexnet.export.runtimes import LiteRT
from keras_indexnet.export.sample_inputs import comparison_samples
from keras_indexnet.export.tflite import HALF_QUANTIZATIONS

# Largest and mean difference of alpha, by quantization.
TOLERANCES = {None: (1e-4, 1e-4), "float16": (2e-2, 2e-3), "dynamic": (2e-2, 2e-3)}
WORSE_SAD = 1.05  # of "int8", and of all that computes in 16 bits, over the Keras model's


def compare(graph, exported, path, format, quantization, photographs):
    """Run a file in its runtime and the Keras model on the same photographs.

    Args:
        graph: `InferenceGraph` that the file was written from, with the model.
        exported: path of the file.
        path: path that it shall get.
        format: `Format` of the file.
        quantization: str or None.
        photographs: iterable of `data.Photograph`, or None: drawn ones.

    Returns:
        `ExportReport`.

    Raises:
        ValueError: if there are no photographs, or one cannot be read.
    """
    runtime = format.open(exported, trust=True)  # it is the model that was given
    half = _in_half(exported, quantization)
    names, differences, half_differences, largest, errors = [], [], [], 0.0, []
    for inputs, photograph in comparison_samples(graph, photographs):
        expected = keras.ops.convert_to_numpy(keras.ops.cast(graph.model(inputs, training=False), "float32"))
        if not np.isfinite(expected).all():
            raise IndexNetError(
                "The model's output is not finite: its weights hold NaN, or numbers that are too large; "
                "nothing was written."
            )
        if graph.is_matting:
            expected = expected.clip(0.0, 1.0)
        output = runtime.run(inputs)
        difference = np.abs(output - expected)
        differences.append((difference.max(), difference.mean()))
        half_outputs = [] if half is None else [half.run(inputs)]
        half_differences += [np.abs(coarse - expected).mean() for coarse in half_outputs]
        largest = max(largest, float(np.abs(expected).max()))
        names.append(photograph.name if photograph else f"sample {len(names)}")
        outputs = [output, expected, *half_outputs]
        if graph.is_matting:
            errors.append([_sad(alpha, photograph) for alpha in outputs])
    if not names:
        raise IndexNetError("There is no photograph to compare on.")
    if not np.isfinite(differences).all():
        raise IndexNetError("The exported file gives NaN or infinity; nothing was written.")
    if not np.isfinite(half_differences).all():
        raise IndexNetError(
            f"In 16-bit arithmetic, as on phones, a {quantization} file of this model gives NaN or infinity: "
            "some of its numbers are above 65,504. Export it without a quantization; nothing was written."
        )
    operators = runtime.operators()
    is_litert = isinstance(runtime, LiteRT)
    return ExportReport(
        path=path,
        format=format.name,
        quantization=quantization,
        size_bytes=_size(exported),
        inputs=runtime.inputs(),
        outputs=runtime.outputs(),
        runtime=f"{type(runtime).__name__} {runtime.version}",
        compared_on=tuple(names),
        largest_difference=float(np.max([worst for worst, _ in differences])),
        mean_difference=float(np.mean([mean for _, mean in differences])),
        half_difference=float(np.mean(half_differences)) if half_differences else None,
        largest_output=largest,
        sad=_mean(errors, 0),
        sad_of_keras=_mean(errors, 1),
        half_sad=_mean(errors, 2),
        operators=dict(Counter(operators - Counter(DELEGATE=operators["DELEGATE"])).most_common()),
        delegate_partitions=operators["DELEGATE"] if is_litert else None,
        flex_operators=sum(name.startswith("Flex") for name in operators.elements()) if is_litert else None,
    )


def _mean(errors, column):
    return float(np.mean([row[column] for row in errors])) if errors and column < len(errors[0]) else None


def _in_half(exported, quantization):
    """Open a file that phones compute in 16 bits as they do; None if it is none, or this chip cannot."""
    if quantization not in HALF_QUANTIZATIONS:
        return None
    half = LiteRT(exported, threads=2, half=True)
    return half if half.can_run() else None


def check_tolerance(report):
    """Raise ValueError if a file differs too much from the Keras model to be kept."""
    if report.quantization == "int8":
        _check_coarse(report, "The", report.sad, report.mean_difference)
        return
    unit = 1.0 if report.sad is not None else max(1.0, report.largest_output)
    largest, mean = (bound * unit for bound in TOLERANCES[report.quantization])
    if report.half_difference is not None:
        _check_coarse(
            report, "In 16-bit arithmetic, as on phones, the", report.half_sad, report.half_difference
        )
    if report.largest_difference > largest or report.mean_difference > mean:
        raise IndexNetError(
            f"The exported file differs from the Keras model by {report.largest_difference:.1e}, in the mean "
            f"by {report.mean_difference:.1e}, more than {largest:.0e} or {mean:.0e}; nothing was written."
        )


def _check_coarse(report, the, sad, mean_difference):
    if report.sad_of_keras is not None:
        if sad > WORSE_SAD * report.sad_of_keras:
            raise IndexNetError(
                f"{the} exported file's SAD is {sad:.3f}, more than 5 % above the Keras model's "
                f"{report.sad_of_keras:.3f}; nothing was written."
            )
    elif mean_difference > (WORSE_SAD - 1) * report.largest_output:
        raise IndexNetError(
            f"{the} exported file differs from the Keras model by {mean_difference:.1e} in the mean, more "
            f"than 5 % of the largest output, {report.largest_output:.1e}; nothing was written."
        )


def _sad(alpha, photograph):
    if not (photograph.trimap == UNKNOWN).any():
        return 0.0
    alpha = np.clip(alpha[0, :, :, 0], 0.0, 1.0)
    return sad_error(alpha, photograph.alpha, photograph.trimap)


def _size(path):
    path = Path(path)
    if path.is_file():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
