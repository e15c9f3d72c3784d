from pathlib import Path

import click

from keras_indexnet.cli.choices import IMAGE_SUFFIXES
from keras_indexnet.cli.options import (
    check_weights,
    configuration_option,
    existing_file,
    overwrite_option,
    weights_option,
)
from keras_indexnet.cli.outputs import check_outputs, output_file
from keras_indexnet.cli.start import start_keras


@click.command()
@click.argument("photo", callback=existing_file)
@click.argument("trimap", callback=existing_file)
@click.option(
    "--truth",
    metavar="ALPHA",
    callback=existing_file,
    help="The true alpha matte, to show where the computed one is wrong.",
)
@click.option("--channel", type=int, help="Show this channel of the index maps.  [default: their mean]")
@click.option("-o", "--output", default=".", help="Image file to write, or folder for NAME_indices.png.")
@configuration_option
@weights_option
@overwrite_option
def show(photo, trimap, truth, channel, output, configuration, weights, overwrite):
    """Show the index maps of a network for PHOTO and its TRIMAP.

    Writes one sheet: photograph, trimap, alpha matte and its error; below, stage by stage, the encoder index,
    the decoder index, and the index that max pooling would have had for the same features.
    """
    output = output_file(output, IMAGE_SUFFIXES, f"{Path(photo).stem}_indices.png")
    check_outputs([output], photo, trimap, truth, weights, overwrite=overwrite)
    check_weights(weights)
    start_keras()

    from keras_indexnet import data, models
    from keras_indexnet.cli.index_sheet import index_sheet, reduced

    image = data.read_image(photo)
    trimap, notes = data.standardize_trimap(data.read_trimap(trimap), image.shape[:2])
    for note in notes:
        click.echo(note, err=True)
    truth = None if truth is None else data.readers.read_fitting(truth, image, photo)
    image, trimap, truth, note = reduced(image, trimap, truth)
    if note is not None:
        click.echo(note, err=True)
    network = models.network_of(weights, configuration)
    data.write_image(output, index_sheet(network, image, trimap, truth, channel))
    click.echo(output)
