from importlib.metadata import version
from pathlib import Path

import click
from click.core import ParameterSource

from keras_indexnet.cli.choices import CLASSICAL_METHODS, DATA_SETS, IMAGE_SUFFIXES, TRAINING_DATA_SETS
from keras_indexnet.cli.options import (
    check_weights,
    configuration_option,
    existing_folder,
    flip_option,
    overwrite_option,
    scales_option,
    weights_option,
)
from keras_indexnet.cli.outputs import check_outputs
from keras_indexnet.cli.start import start_keras


@click.command()
@click.argument("folder", callback=existing_folder)
@click.option(
    "--dataset",
    type=click.Choice([name for name in DATA_SETS if name not in TRAINING_DATA_SETS]),
    default="alphamatting",
    help="How FOLDER is laid out; datasets/ has a page on each.",
)
@click.option("--trimaps", help="Another subfolder of trimaps than the data set's own.")
@click.option(
    "--method",
    type=click.Choice(["network", *CLASSICAL_METHODS]),
    default="network",
    help="The network, or a classical method of PyMatting to compare with.",
)
@configuration_option
@weights_option
@flip_option
@scales_option
@click.option("--polish", is_flag=True, help="Give the photograph's colours the last word; needs PyMatting.")
@click.option("--csv", "csv_file", metavar="FILE", help="Also write the errors of every image as CSV.")
@click.option("--json", "json_file", metavar="FILE", help="Also write errors and settings as JSON.")
@overwrite_option
def evaluate(
    folder,
    dataset,
    trimaps,
    method,
    configuration,
    weights,
    flip,
    scales,
    polish,
    csv_file,
    json_file,
    overwrite,
):
    """Print the four matting errors over a data set.

    FOLDER holds its photographs and true alpha mattes. The protocol is the paper's: mattes of the
    photograph's own size, the trimap's value where it is known, rounded to 8 bits, measured where the trimap is
    unknown. SAD, Grad and Conn are in thousands.
    """
    written = [path for path in (csv_file, json_file) if path is not None]
    for path in written:
        _check_writable(path)
    if written:
        read = (path for path in Path(folder).rglob("*") if path.suffix.lower() in IMAGE_SUFFIXES)
        check_outputs(written, weights, *read, overwrite=overwrite)
    if method == "network":
        check_weights(weights)
    else:
        _refuse_options_of_the_network(method)
    start_keras()

    from keras_indexnet import data, evaluation, inference, models
    from keras_indexnet.cli.error_table import as_csv, as_json, print_errors, trimaps_used
    from keras_indexnet.inference.polishing import check_pymatting
    from keras_indexnet.whole_file import whole_file

    if polish:
        check_pymatting()
    photographs = data.read_photographs(folder, trimaps, dataset)
    settings = {"folder": str(folder), "dataset": dataset, "trimaps": trimaps_used(dataset, trimaps)}
    settings |= {"method": method, "keras_indexnet": version("keras_indexnet")}
    if method == "network":
        model = models.network_of(weights, configuration)
        settings |= {"configuration": model.name, "weights": weights}
        settings |= {"flip": flip, "scales": scales, "polish": polish}
        if polish:
            settings |= {"pymatting": version("pymatting")}

        def matte(image, trimap):
            return inference.predict_alpha(model, image, trimap, flip=flip, scales=scales, polish=polish)
    else:
        matte = evaluation.classical_method(method)
        settings |= {"pymatting": version("pymatting")}

    rows = print_errors(matte, photographs)
    if csv_file is not None:
        with whole_file(csv_file) as partial:
            partial.write_text(as_csv(rows), encoding="utf-8")
    if json_file is not None:
        with whole_file(json_file) as partial:
            partial.write_text(as_json(settings, rows), encoding="utf-8")


def _refuse_options_of_the_network(method):
    source = click.get_current_context().get_parameter_source
    options = ("configuration", "weights", "flip", "scales", "polish")
    given = [f"--{option}" for option in options if source(option) is not ParameterSource.DEFAULT]
    if given:
        raise click.UsageError(f"--method {method} has no network: leave {' and '.join(given)} out.")


def _check_writable(path):
    """Before hours of work: there is a folder for the file."""
    if not Path(path).absolute().parent.is_dir():
        raise click.UsageError(f"There is no folder {Path(path).parent} to write {path} into.")
