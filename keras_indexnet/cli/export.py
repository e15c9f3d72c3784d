from pathlib import Path

import click

from keras_indexnet.cli.choices import EXPORT_FORMATS, EXPORT_SUFFIXES, QUANTIZATIONS
from keras_indexnet.cli.options import (
    check_weights,
    configuration_option,
    existing_folder,
    overwrite_option,
    read_size,
    weights_option,
)
from keras_indexnet.cli.outputs import check_outputs, make_folder, output_file
from keras_indexnet.cli.start import start_keras
from keras_indexnet.errors import IndexNetError


@click.command()
@click.option(
    "-o", "--output", help="File to write, or folder; a SavedModel is one.  [default: indexnet.tflite, ...]"
)
@click.option("--format", type=click.Choice(EXPORT_FORMATS), default="tflite", help="File format.")
@click.option(
    "--quantization",
    type=click.Choice(QUANTIZATIONS),
    help="Of TFLite: fewer bits for weights, or for all values (int8). Without it, float32.",
)
@click.option("--size", default="512", help="Side in pixels, HEIGHTxWIDTH (multiples of 32), or free.")
@click.option("--batch", default="1", help="Photographs at a time: a number, or free.")
@click.option(
    "--validation",
    metavar="FOLDER",
    callback=existing_folder,
    help="Photographs to compare on, laid out as alphamatting.com's.",
)
@click.option(
    "--calibration",
    metavar="FOLDER",
    callback=existing_folder,
    help="The same, to learn the value ranges of int8 from.",
)
@click.option(
    "--check",
    type=click.Choice(["gpu"]),
    help="Of TFLite: list the operators that LiteRT's GPU delegates refuse; exit code 1 if there are any.",
)
@configuration_option
@weights_option
@overwrite_option
def export(
    output, format, quantization, size, batch, validation, calibration, check, configuration, weights, overwrite
):
    """Export a network to TFLite, ONNX or a SavedModel.

    The file is run in its own runtime, and kept only if it agrees with Keras. What was measured is printed and
    written beside it, as OUTPUT.report.json. Without folders of photographs, drawn ones are used.
    """
    input_size = read_size(size, or_free=True)
    batch_size = _read_batch(batch)
    if check and format != "tflite":
        raise click.UsageError(f"--check {check} is for --format tflite, not for {format}.")
    check_weights(weights)
    name = f"indexnet{EXPORT_SUFFIXES[format]}"
    output = output or name
    is_folder = format == "savedmodel"
    path = Path(output) if is_folder else output_file(output, (EXPORT_SUFFIXES[format],), name)
    folder = path if is_folder else None  # export_model looks at what else lies in it
    check_outputs([path, f"{path}.report.json"], weights, overwrite=overwrite, folder=folder)
    start_keras()

    from keras_indexnet import data, models
    from keras_indexnet.export import export_model, refused_by_gpu
    from keras_indexnet.export.exporting import check_arguments

    # Before the network is built, which takes seconds.
    validation, calibration = (
        folder if folder is None else data.read_photographs(folder) for folder in (validation, calibration)
    )
    make_folder(output, path)
    check_arguments(path, format, quantization, input_size, batch_size, calibration)
    model = models.network_of(weights, configuration)
    report = export_model(
        model,
        path,
        format,
        quantization,
        input_size=input_size,
        batch_size=batch_size,
        photographs=validation,
        calibration=calibration,
    )
    click.echo(report)
    if check:
        print_refused(refused_by_gpu(path), sum(report.operators.values()))


def print_refused(refused, count):
    """Print what GPU delegates refuse of so many operators, and raise IndexNetError if it is any."""
    for operator in refused:
        click.echo(f"refused by GPU delegates: {operator}")
    if refused:
        raise IndexNetError(
            f"GPU delegates refuse {len(refused)} of {count} operators, which run on the CPU; the file is kept."
        )
    click.echo(f"GPU delegates: none of {count} operators is refused")


def _read_batch(text):
    if text == "free":
        return None
    if not text.isdecimal() or int(text) == 0:
        raise click.UsageError(f"--batch is a number or free, at least 1, not {text!r}.")
    return int(text)
