from pathlib import Path

import click
import cv2

from keras_indexnet import data, inference, visualization
from keras_indexnet.cli.options import configuration_option, keras_network, weights_option

HEIGHT = 360  # of every picture on the sheet, in pixels
LONGEST = 1024  # side of a photograph; the maps of a larger one would take gigabytes, and the sheet is small
ROWS = {"encoder": "encoder index", "decoder": "decoder index", "maximum": "max pooling index"}


@click.command()
@click.argument("photo")
@click.argument("trimap")
@click.option("--truth", metavar="ALPHA", help="The true alpha matte, to show where the computed one is wrong.")
@click.option("--channel", type=int, help="Show this channel of the index maps.  [default: their mean]")
@click.option("-o", "--output", help="Image file to write.  [default: PHOTO's name with _indices.png]")
@configuration_option
@weights_option
def show(photo, trimap, truth, channel, output, configuration, weights):
    """Show the index maps of a network for PHOTO and its TRIMAP.

    Writes one sheet: photograph, trimap, alpha matte and its error; below, stage by stage, the encoder index,
    the decoder index, and the index that max pooling would have had for the same features.
    """
    output = Path(output or f"{Path(photo).stem}_indices.png")
    if output.suffix.lower() not in data.image_files.SUFFIXES:
        raise click.ClickException(f"--output is an image file such as sheet.png, not {str(output)!r}.")
    image = data.read_image(photo)
    trimap, notes = data.standardize_trimap(data.read_gray(trimap), image.shape[:2])
    for note in notes:
        click.echo(note, err=True)
    truth = None if truth is None else data.readers.read_fitting(truth, image, photo)
    if max(trimap.shape) > LONGEST:
        scale = LONGEST / max(trimap.shape)
        image, trimap, truth = _reduced(image, trimap, truth, scale)
        click.echo(f"The photograph was reduced to {trimap.shape[1]} x {trimap.shape[0]} pixels.", err=True)

    model = keras_network(configuration, weights)
    stages = visualization.index_maps(model, image, trimap)
    rows = [_row_of_stages(stages, kind, channel) for kind in ROWS]
    alpha = inference.predict_alpha(model, image, trimap)

    panels = {"photograph": image, "trimap": trimap, "alpha": data.eight_bit_matte(alpha)}
    if truth is not None:
        panels["error of alpha"] = visualization.error_map(alpha, truth, trimap)
    rows.insert(0, visualization.side_by_side(list(panels.values()), list(panels), HEIGHT))
    data.write_image(output, visualization.below_each_other(rows))
    click.echo(output)


def _reduced(image, trimap, truth, scale):
    height, width = (max(1, round(side * scale)) for side in trimap.shape)
    image, truth = (
        picture if picture is None else cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
        for picture in (image, truth)
    )
    return image, cv2.resize(trimap, (width, height), interpolation=cv2.INTER_NEAREST), truth


def _row_of_stages(stages, kind, channel):
    panels = {
        f"stage {maps.stage}: {ROWS[kind]}": visualization.shown_index(getattr(maps, kind), channel)
        for maps in stages
    }
    return visualization.side_by_side(list(panels.values()), list(panels), HEIGHT)
