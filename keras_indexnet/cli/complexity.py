import csv
import sys

import click

from keras_indexnet.cli.options import read_size
from keras_indexnet.cli.start import start_keras

COLUMNS = (
    "name",
    "the paper's row",
    "parameters",
    "paper's",
    "GFLOPs",
    "as the reference pads",
    "paper's GFLOPs",
    "paper's SAD",
)
PAPER_SIZE = (224, 224)


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--size", default="224", help="Side of the input in pixels, or HEIGHTxWIDTH.")
@click.option("--format", type=click.Choice(["text", "markdown", "csv"]), default="text")
@click.option("--layers", is_flag=True, help="Also list each network's costliest layers.")
def complexity(names, size, format, layers):
    """Count parameters and multiply-adds of the paper's networks.

    Beside them stand the paper's figures. NAME is a configuration; all of them without one. GFLOPs are the
    paper's unit: multiply-adds of the convolutions over 2**30. The reference code pads the input of
    MobileNetV2's blocks and so expands a border, too, which this library's networks do not.
    """
    size = read_size(size)
    start_keras()

    from keras_indexnet import models
    from keras_indexnet.cli.network_costs import counted_network, multiple_of_size

    configurations = models.list_configurations()
    unknown = [name for name in names if name not in configurations]
    if unknown:
        raise click.UsageError(
            f"There is no configuration {unknown[0]!r}; choose from {', '.join(configurations)}."
        )
    names = names or tuple(configurations)
    for name in names:
        multiple = multiple_of_size(name)
        if any(side % multiple for side in size):
            raise click.UsageError(f"--size is a multiple of {multiple} for {name}, not {size[0]}x{size[1]}.")
    counted = {}
    with click.progressbar(names, file=sys.stderr, item_show_func=lambda name: name) as progress:
        for name in progress:
            counted[name] = counted_network(name, size), counted_network(name, size, as_the_reference=True)
    rows = [_row(name, configurations[name], *counted[name], size) for name in names]
    {"text": _print_text, "markdown": _print_markdown, "csv": _print_csv}[format](rows)
    if format != "csv":
        _print_notes({name: configurations[name].note for name in names if configurations[name].note})
    if layers:
        for name in names:
            click.echo(f"\n{name}\n{counted[name][0].summary()}")


def _row(name, configuration, own, reference, size):
    paper = configuration.paper
    return (
        name,
        configuration.row,
        f"{own.parameters:,}",
        "" if paper is None or paper.parameters is None else f"{paper.parameters:,}",
        f"{own.gflops:.3f}",
        f"{reference.gflops:.3f}",
        "" if paper is None or paper.gflops is None or size != PAPER_SIZE else f"{paper.gflops:g}",
        "" if paper is None else f"{paper.sad}",
    )


def _print_text(rows):
    widths = [max(len(row[column]) for row in (COLUMNS, *rows)) for column in range(len(COLUMNS))]
    for row in (COLUMNS, *rows):
        cells = [
            text.ljust(width) if column < 2 else text.rjust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        click.echo("  ".join(cells).rstrip())


def _print_markdown(rows):
    for row in (COLUMNS, ("---", "---", *["---:"] * (len(COLUMNS) - 2)), *rows):
        click.echo(f"| {' | '.join(row)} |")


def _print_notes(notes):
    if notes:
        click.echo()
    for name, note in notes.items():
        click.echo(f"* {name}: {note}")


def _print_csv(rows):
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    for name, row, *numbers in rows:
        writer.writerow([name, row, *(number.replace(",", "") for number in numbers)])
