import csv
from pathlib import Path

import click

from keras_indexnet.cli.choices import DRAWINGS
from keras_indexnet.cli.options import overwrite_option
from keras_indexnet.cli.outputs import check_outputs, make_folder, output_file
from keras_indexnet.cli.start import start_keras


@click.command()
@click.argument("run", metavar="RUN")
@click.option(
    "-o", "--output", help="File to write: .png, .svg or .pdf; or folder for curves.png.  [default: RUN]"
)
@overwrite_option
def plot(run, output, overwrite):
    """Draw the curves of a training run.

    Losses, errors and the learning rate over its steps. RUN is the folder of a run, complete or not, or the CSV
    file that is its log.
    """
    start_keras()

    from keras_indexnet.training import RunFolder
    from keras_indexnet.visualization.training_curves import draw_training_curves

    log = Path(run) if Path(run).suffix == ".csv" else RunFolder(run).log
    if not log.is_file():
        raise click.UsageError(f"There is no log {log}: {run} is not the folder of a training run.")
    try:
        with open(log, newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            columns, rows = reader.fieldnames or (), list(reader)
    except (UnicodeDecodeError, csv.Error) as error:
        raise click.ClickException(f"{log} is not the log of a training run: it is no CSV file.") from error
    if "steps" not in columns:
        raise click.ClickException(f"{log} is not the log of a training run: it has no column 'steps'.")
    if not rows:
        raise click.ClickException(f"{log} holds no epoch yet; its first line is written after the first one.")
    output = output or str(log.parent)
    path = output_file(output, DRAWINGS, "curves.png")
    check_outputs([path], log, overwrite=overwrite)
    make_folder(output, path)
    draw_training_curves(rows, path)
    click.echo(path)
