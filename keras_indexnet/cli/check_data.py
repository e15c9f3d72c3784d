import sys

import click

from keras_indexnet.cli.choices import DATA_SETS
from keras_indexnet.cli.options import existing_folder
from keras_indexnet.cli.start import start_keras


@click.command()
@click.argument("dataset", type=click.Choice(DATA_SETS))
@click.argument("folder", callback=existing_folder)
@click.option("--decode", is_flag=True, help="Also decode every image, which finds truncated files.")
def check_data(dataset, folder, decode):
    """Check whether FOLDER holds a complete copy of DATASET.

    Every image has to have its alpha matte and trimap, of its own size. The first thing that is missing or
    broken ends the check with a sentence about it.
    """
    start_keras()

    from keras_indexnet.data.readers import LAYOUTS, check_image, find_files

    layout = LAYOUTS[dataset]
    files = find_files(folder, layout)
    hidden = not sys.stderr.isatty()
    with click.progressbar(files, file=sys.stderr, item_show_func=_name, hidden=hidden) as progress:
        sizes = [check_image(image_files, decode) for image_files in progress]
    smallest, largest = (f"{width} x {height}" for width, height in _extremes(sizes))
    kind = "foregrounds" if layout.training else "photographs"
    partners = "alpha mattes and trimaps" if layout.trimaps else "alpha mattes"
    click.echo(f"{layout.title}: {len(files)} {kind} with {partners}, {smallest} to {largest} pixels.")
    click.echo("Every pixel was decoded." if decode else "Headers were read; --decode reads every pixel.")
    for label, text in (("Licence", layout.licence), ("From", layout.source)):
        if text:
            click.echo(f"{label}: {text}.")


def _name(files):
    return None if files is None else files.name


def _extremes(sizes):
    by_area = sorted(sizes, key=lambda size: size[0] * size[1])
    return by_area[0], by_area[-1]
