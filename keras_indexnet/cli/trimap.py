import click

from keras_indexnet.cli.choices import IMAGE_SUFFIXES
from keras_indexnet.cli.options import (
    auto_model_option,
    auto_option,
    box_option,
    existing_photo,
    mask_option,
    one_source,
    overwrite_option,
    strokes_option,
    width_option,
)
from keras_indexnet.cli.outputs import check_outputs, output_file
from keras_indexnet.cli.pipes import STDIN_OR_STDOUT, opened, stem_of, written
from keras_indexnet.cli.start import start_keras

# WebP is written without loss.
LOSSLESS = tuple(suffix for suffix in IMAGE_SUFFIXES if suffix not in (".jpg", ".jpeg"))


@click.command()
@click.argument("picture", metavar="PHOTO_OR_MASK", callback=existing_photo)
@click.option(
    "-o", "--output", default="trimap.png", help="File to write, folder for NAME_trimap.png, or - for stdout."
)
@mask_option
@box_option
@strokes_option
@auto_option
@auto_model_option
@width_option
@overwrite_option
def trimap(picture, output, mask, box, strokes, auto, auto_model, width, overwrite):
    """Make a trimap from a mask, a box, strokes, or automatically.

    Without --mask, --box, --strokes and --auto the picture itself is the mask: white in the foreground, or a
    cut-out. Look at the trimap before you use it, and correct it in any image editor. PHOTO - is stdin.
    """
    has_source = one_source(mask=mask, box=box, strokes=strokes, auto=auto, auto_model=auto_model)
    if output != STDIN_OR_STDOUT:
        output = output_file(output, LOSSLESS, f"{stem_of(picture)}_trimap.png")
    check_outputs([output], picture, mask, strokes, auto_model, overwrite=overwrite)
    start_keras()

    from keras_indexnet import data
    from keras_indexnet.cutting_out.trimap_making import make_trimap

    if has_source:
        image = data.read_image(opened(picture))
    else:
        mask = data.read_mask(opened(picture))
        image = mask  # of which only the size counts
    made, notes = make_trimap(
        image,
        mask=mask,
        box=box,
        strokes=strokes,
        width=width,
        auto=auto,
        auto_model=auto_model,
    )
    paths = written(output, made)
    for note in notes:
        click.echo(note, err=True)
    for path in paths:
        click.echo(path)
