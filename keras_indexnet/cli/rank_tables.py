"""`indexnet evaluate --benchmark alphamatting`: errors photograph by photograph with the ranks of methods."""

import csv
import io
import json
import sys
from pathlib import Path

import click

from keras_indexnet import data, evaluation
from keras_indexnet.cli.error_table import ERRORS
from keras_indexnet.data.image_files import image_size
from keras_indexnet.errors import IndexNetError
from keras_indexnet.evaluation import matting_errors, rank_methods
from keras_indexnet.evaluation.alphamatting import TRIMAP_KINDS, matte_path, read_benchmark_matte

TITLES = {"sad": "SAD", "mse": "MSE", "grad": "Gradient", "conn": "Connectivity"}
DECIMALS = {"sad": 2, "mse": 4, "grad": 2, "conn": 2}
CELL = 12  # characters of an error and its rank
WIDTH = 100  # of the tables, which are broken between photographs


def measure_methods(folder, name, matte, mattes):
    """Measure a method, and others whose mattes lie in a folder, with all kinds of trimaps that there are.

    Args:
        folder: str or path, in the layout of the data set `alphamatting`.
        name: str, what to call the method.
        matte: function from an image and a trimap to alpha.
        mattes: str or path of a folder with one for each other method, or None.

    Returns:
        Dict from a method to a dict from a kind of trimap to a dict from a photograph to its errors, a dict.

    Raises:
        ImageFileError: if a matte is missing, or no matte of its photograph.
    """
    others = [] if mattes is None else sorted(path for path in Path(mattes).iterdir() if path.is_dir())
    if mattes is not None and not others:
        raise IndexNetError(
            f"{mattes} has no folder with the mattes of a method, METHOD/{matte_path(1, 'doll')}."
        )
    if name in [other.name for other in others]:
        raise IndexNetError(
            f"{mattes} has mattes of {name}, which is measured anew: name that folder otherwise."
        )
    photographs = {
        number: data.read_photographs(folder, f"trimap{number}")
        for number in TRIMAP_KINDS
        if number == 1 or Path(folder, f"trimap{number}").is_dir()
    }
    for number, of_kind in photographs.items():  # before hours of work
        for files in of_kind.files:
            for other in others:
                read_benchmark_matte(other / matte_path(number, files.name), image_size(files.image))
    errors = {method: {} for method in (name, *(other.name for other in others))}
    with click.progressbar(length=sum(map(len, photographs.values())), file=sys.stderr) as bar:
        for number, of_kind in photographs.items():
            kind = TRIMAP_KINDS[number]
            for measured in errors.values():
                measured[kind] = {}
            for photograph in of_kind:
                ((_, own),) = evaluation.evaluate_photographs(matte, [photograph])
                errors[name][kind][photograph.name] = own
                for other in others:
                    path = other / matte_path(number, photograph.name)
                    alpha = read_benchmark_matte(path, photograph.alpha.shape[::-1])
                    errors[other.name][kind][photograph.name] = matting_errors(
                        alpha, photograph.alpha, photograph.trimap
                    )
                bar.update(1)
    return errors


def rank_by_error(errors):
    """Rank the methods by each of the four errors.

    Returns:
        Dict from an error to a pair: a dict of the error alone, otherwise as `measure_methods` returns it, and
        what `rank_methods` makes of that.
    """
    ranked = {}
    for error in ERRORS:
        alone = {
            method: {
                kind: {name: found[error] for name, found in photographs.items()}
                for kind, photographs in kinds.items()
            }
            for method, kinds in errors.items()
        }
        ranked[error] = alone, rank_methods(alone)
    return ranked


def print_ranks(ranked):
    """Print for each error the methods' ranks, then errors with ranks, several photographs at a time."""
    for error, (values, methods) in ranked.items():
        kinds = list(methods[0].by_kind)
        names = list(methods[0].ranks[kinds[0]])
        left = max(len(TITLES[error]), *(len(method.method) for method in methods)) + 2
        click.echo(f"{TITLES[error]:{left}}{'rank':>{CELL}}" + "".join(f"{kind:>{CELL}}" for kind in kinds))
        for method in methods:
            means = (method.overall, *method.by_kind.values())
            click.echo(f"{method.method:{left}}" + "".join(f"{mean:{CELL}.1f}" for mean in means))
        at_a_time = max(1, (WIDTH - left) // (CELL * len(kinds)))
        for start in range(0, len(names), at_a_time):
            shown = names[start : start + at_a_time]
            click.echo()
            click.echo(f"{'':{left}}" + "".join(f"{name:>{CELL * len(kinds)}}" for name in shown))
            click.echo(f"{'':{left}}" + "".join(f"{kind:>{CELL}}" for _ in shown for kind in kinds))
            for method in methods:
                click.echo(f"{method.method:{left}}", nl=False)
                for name in shown:
                    for kind in kinds:
                        value, rank = values[method.method][kind][name], method.ranks[kind][name]
                        click.echo(f"{value:{CELL - 3}.{DECIMALS[error]}f}{rank:3}", nl=False)
                click.echo()
        click.echo()


def ranks_as_csv(ranked):
    """Write every error and rank as CSV, a str."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["error", "method", "trimap", "image", "value", "rank"])
    writer.writerows(_rows(ranked))
    return text.getvalue()


def ranks_as_json(settings, ranked):
    """Write the ranks of the methods, every error and rank, and what they were measured with as JSON, a str."""
    ranks = {
        error: [{"method": method.method, "overall": method.overall, **method.by_kind} for method in methods]
        for error, (_, methods) in ranked.items()
    }
    columns = ("error", "method", "trimap", "image", "value", "rank")
    errors = [dict(zip(columns, row, strict=True)) for row in _rows(ranked)]
    return json.dumps({"settings": settings, "ranks": ranks, "errors": errors}, indent=2) + "\n"


def _rows(ranked):
    for error, (values, methods) in ranked.items():
        for method in methods:
            for kind, ranks in method.ranks.items():
                for name, rank in ranks.items():
                    yield error, method.method, kind, name, values[method.method][kind][name], rank
