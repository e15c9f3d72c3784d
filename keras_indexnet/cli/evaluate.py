import csv
import io
import json
import sys
from importlib.metadata import version
from pathlib import Path

import click
import numpy as np
from click.core import ParameterSource

from keras_indexnet import data, evaluation, inference
from keras_indexnet.cli.options import (
    configuration_option,
    flip_option,
    keras_network,
    scales_option,
    weights_option,
)
from keras_indexnet.data.readers import LAYOUTS
from keras_indexnet.inference.polishing import check_pymatting
from keras_indexnet.whole_file import whole_file

ERRORS = ("sad", "mse", "grad", "conn")


@click.command()
@click.argument("folder")
@click.option(
    "--dataset",
    type=click.Choice([name for name, layout in LAYOUTS.items() if not layout.training]),
    default="alphamatting",
    help="How FOLDER is laid out; datasets/ has a page on each.",
)
@click.option("--trimaps", help="Another subfolder of trimaps than the data set's own.")
@click.option(
    "--method",
    type=click.Choice(["network", *evaluation.CLASSICAL_METHODS]),
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
def evaluate(
    folder, dataset, trimaps, method, configuration, weights, flip, scales, polish, csv_file, json_file
):
    """Print the four errors over the photographs of FOLDER, a data set with true alpha mattes.

    The protocol is the paper's: mattes of the photograph's own size, the trimap's value where it is known,
    rounded to 8 bits, measured where the trimap is unknown. SAD, Grad and Conn are in thousands.
    """
    for path in filter(None, (csv_file, json_file)):
        _check_writable(path)
    if csv_file is not None and csv_file == json_file:
        raise click.ClickException(f"--csv and --json both name {csv_file}; name two files.")
    if polish:
        check_pymatting()
    photographs = data.read_photographs(folder, trimaps, dataset)
    settings = {"folder": str(folder), "dataset": dataset, "trimaps": _trimaps_used(dataset, trimaps)}
    settings |= {"method": method, "keras_indexnet": version("keras_indexnet")}
    if method == "network":
        model = keras_network(configuration, weights)
        settings |= {"configuration": model.name, "weights": weights}
        settings |= {"flip": flip, "scales": scales, "polish": polish}
        if polish:
            settings |= {"pymatting": version("pymatting")}

        def matte(image, trimap):
            return inference.predict_alpha(model, image, trimap, flip=flip, scales=scales, polish=polish)
    else:
        _refuse_options_of_the_network(method)
        matte = evaluation.classical_method(method)
        settings |= {"pymatting": version("pymatting")}

    width = max(12, *(len(name) + 2 for name in photographs.names))
    click.echo(f"{'':{width}}{'SAD':>10}{'MSE':>10}{'Grad':>10}{'Conn':>10}")
    rows = _measured_rows(matte, photographs, width)
    mean = {error: float(np.mean([errors[error] for errors in rows.values()])) for error in ERRORS}
    click.echo(_row("mean", mean, width))
    if csv_file is not None:
        with whole_file(csv_file) as partial:
            partial.write_text(_as_csv({**rows, "mean": mean}), encoding="utf-8")
    if json_file is not None:
        with whole_file(json_file) as partial:
            partial.write_text(_as_json(settings, mean, rows), encoding="utf-8")


def _refuse_options_of_the_network(method):
    source = click.get_current_context().get_parameter_source
    options = ("configuration", "weights", "flip", "scales", "polish")
    given = [f"--{option}" for option in options if source(option) is not ParameterSource.DEFAULT]
    if given:
        raise click.ClickException(f"--method {method} has no network: leave {' and '.join(given)} away.")


def _check_writable(path):
    """Before hours of work: there is a folder for the file, and the file is no folder itself."""
    if not Path(path).absolute().parent.is_dir():
        raise click.ClickException(f"There is no folder {Path(path).parent} to write {path} into.")
    if Path(path).is_dir():
        raise click.ClickException(f"{path} is a folder; name a file in it.")


def _trimaps_used(dataset, trimaps):
    folders = LAYOUTS[dataset].trimaps if trimaps is None else (trimaps,)
    return folders[0] if folders else f"from alpha, eroded by {data.photographs.TRIMAP_WIDTH} pixels"


def _measured_rows(matte, photographs, width):
    """The errors of each photograph by its name, printed as they come, above a progress bar."""
    rows = {}
    watched = sys.stderr.isatty()
    measured = evaluation.evaluate_photographs(matte, photographs)
    bar = click.progressbar(measured, length=len(photographs), file=sys.stderr, hidden=not watched)
    with bar as progress:
        for name, errors in progress:
            rows[name] = errors
            if watched:  # the row takes the place of the bar, which is drawn again below
                click.echo("\r\033[2K", err=True, nl=False)
            click.echo(_row(name, errors, width))
    return rows


def _row(name, errors, width):
    sad, mse, grad, conn = (errors[error] for error in ERRORS)
    return f"{name:{width}}{sad:10.3f}{mse:10.5f}{grad:10.3f}{conn:10.3f}"


def _as_csv(rows):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["image", *ERRORS])
    writer.writerows([name, *(errors[error] for error in ERRORS)] for name, errors in rows.items())
    return text.getvalue()


def _as_json(settings, mean, rows):
    images = [{"image": name, **errors} for name, errors in rows.items()]
    return json.dumps({"settings": settings, "mean": mean, "images": images}, indent=2) + "\n"
