"""The errors that `indexnet evaluate` measures: printed as they come, and as CSV and JSON."""

import csv
import io
import json
import sys

import click
import numpy as np

from keras_indexnet import evaluation
from keras_indexnet.data.photographs import TRIMAP_WIDTH
from keras_indexnet.data.readers import LAYOUTS

ERRORS = ("sad", "mse", "grad", "conn")


def trimaps_used(dataset, trimaps):
    """Say which trimaps are measured with: the subfolder that was asked for, or the data set's own."""
    folders = LAYOUTS[dataset].trimaps if trimaps is None else (trimaps,)
    return folders[0] if folders else f"from alpha, eroded by {TRIMAP_WIDTH} pixels"


def print_errors(matte, photographs):
    """Measure photographs and print the errors of each, and their mean, above a progress bar.

    Args:
        matte: function from an image and a trimap to alpha, as `evaluation.evaluate_photographs` takes it.
        photographs: `data.Photographs`.

    Returns:
        Dict from the name of a photograph to its errors, a dict.
    """
    width = max(12, *(len(name) + 2 for name in photographs.names))
    click.echo(f"{'':{width}}{'SAD':>10}{'MSE':>10}{'Grad':>10}{'Conn':>10}")
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
    click.echo(_row("mean", _mean(rows), width))
    return rows


def as_csv(rows):
    """Write the errors of each photograph and their mean as CSV, a str."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["image", *ERRORS])
    for name, errors in {**rows, "mean": _mean(rows)}.items():
        writer.writerow([name, *(errors[error] for error in ERRORS)])
    return text.getvalue()


def as_json(settings, rows):
    """Write the errors of each photograph, their mean, and what they were measured with as JSON, a str."""
    images = [{"image": name, **errors} for name, errors in rows.items()]
    return json.dumps({"settings": settings, "mean": _mean(rows), "images": images}, indent=2) + "\n"


def _mean(rows):
    return {error: float(np.mean([errors[error] for errors in rows.values()])) for error in ERRORS}


def _row(name, errors, width):
    sad, mse, grad, conn = (errors[error] for error in ERRORS)
    return f"{name:{width}}{sad:10.3f}{mse:10.5f}{grad:10.3f}{conn:10.3f}"
