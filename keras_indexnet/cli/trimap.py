from pathlib import Path

import click

from keras_indexnet.cli.options import existing_file, overwrite_option
from keras_indexnet.cli.outputs import check_outputs
from keras_indexnet.cli.start import start_keras

LOSSY = (".jpg", ".jpeg")  # WebP is written without loss


@click.command()
@click.argument("picture", metavar="PHOTO_OR_MASK", callback=existing_file)
@click.option("-o", "--output", default="trimap.png", help="File to write.")
@click.option(
    "--mask",
    metavar="FILE",
    callback=existing_file,
    help="Mask, rough matte or cut-out of the photograph.",
)
@click.option("--box", metavar="X,Y,W,H", help="In pixels, around the subject, which should fill it.")
@click.option(
    "--strokes",
    metavar="FILE",
    callback=existing_file,
    help="White on foreground, black on background; or with --box.",
)
@click.option(
    "--width",
    default="2%",
    help="Of the unknown region to each side of an edge: pixels, or % of the longer side; INSIDE,OUTSIDE.",
)
@overwrite_option
def trimap(picture, output, mask, box, strokes, width, overwrite):
    """Make a trimap of a photograph from a mask, from a box around its subject, or from strokes.

    Without --mask, --box and --strokes the picture itself is the mask: white in the foreground, or a cut-out.
    Look at the trimap before you use it, and correct it in any image editor.
    """
    if mask is not None and (box is not None or strokes is not None):
        raise click.UsageError("--mask stands alone: --box and --strokes are for photographs without one.")
    width = read_width(width)
    if Path(output).suffix.lower() in LOSSY:
        raise click.UsageError(f"{output} would hold other values than those of the trimap; use .png.")
    check_outputs([output], picture, mask, strokes, overwrite=overwrite)
    start_keras()

    from keras_indexnet import data
    from keras_indexnet.cli.trimap_making import doubts, make_trimap

    if mask is None and box is None and strokes is None:
        made = data.trimap_from_mask(data.read_mask(picture), width)
    else:
        image = data.read_image(picture)
        made = make_trimap(image, mask, box, strokes, width)
    data.write_image(output, made)
    for note in doubts(made):
        click.echo(note, err=True)
    click.echo(output)


def read_width(text):
    """Read a width, or one for inside and one for outside: pixels such as `20` as they are, `2%` as 0.02."""
    try:
        widths = tuple(_width(part) for part in text.split(","))
    except ValueError:
        widths = ()
    if len(widths) not in (1, 2):
        raise click.UsageError(
            f"--width is in pixels from 1 on such as 20, a percentage below 100 such as 2%, "
            f"or two of them such as 10,30, not {text!r}."
        )
    return widths[0] if len(widths) == 1 else widths


def _width(text):
    width = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    if not (0 < width < 1 if text.endswith("%") else 1 <= width < float("inf")):
        raise ValueError
    return width
