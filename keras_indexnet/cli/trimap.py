import click

from keras_indexnet import data


@click.command()
@click.argument("picture", metavar="PHOTO_OR_MASK")
@click.option("-o", "--output", default="trimap.png", help="File to write.")
@click.option("--mask", metavar="FILE", help="Mask, rough matte or cut-out of the photograph.")
@click.option("--box", metavar="X,Y,W,H", help="In pixels, around the subject, which should fill it.")
@click.option("--strokes", metavar="FILE", help="White on foreground, black on background; or with --box.")
@click.option(
    "--width",
    default="2%",
    help="Of the unknown region to each side of an edge: pixels, or % of the longer side; INSIDE,OUTSIDE.",
)
def trimap(picture, output, mask, box, strokes, width):
    """Make a trimap of a photograph from a mask, from a box around its subject, or from strokes.

    Without --mask, --box and --strokes the picture itself is the mask: white in the foreground, or a cut-out.
    Look at the trimap before you use it, and correct it in any image editor.
    """
    if mask is not None and (box is not None or strokes is not None):
        raise click.ClickException("--mask stands alone: --box and --strokes are for photographs without one.")
    width = read_width(width)
    if mask is None and box is None and strokes is None:
        made = data.trimap_from_mask(data.read_mask(picture), width)
    else:
        image = data.read_image(picture)
        made = make_trimap(image, mask, box, strokes, width)
    data.write_image(output, made)
    for note in _doubts(made):
        click.echo(note, err=True)
    click.echo(output)


def make_trimap(image, mask=None, box=None, strokes=None, width=0.02):
    """Make the trimap of a photograph from what the user gave on the command line.

    Args:
        image: uint8 array of shape `(H, W, 3)`, RGB.
        mask: str or None, file of a mask.
        box: str or None, `x,y,width,height`.
        strokes: str or None, file of strokes. One of the three is given.
        width: as for `data.trimap_from_mask`.

    Returns:
        uint8 array of shape `(H, W)` with the values 0, 128 and 255.
    """
    if mask is not None:
        return data.trimap_from_mask(_fitting(data.read_mask(mask), image, "mask"), width)
    if strokes is not None:
        strokes = _fitting(data.read_strokes(strokes), image, "picture of the strokes")
    if box is None:
        return data.trimap_from_strokes(image, strokes, width)
    return data.trimap_from_box(image, data.read_box(box), strokes, width)


def read_width(text):
    """Read a width, or one for inside and one for outside: pixels such as `20` as they are, `2%` as 0.02."""
    try:
        widths = tuple(_width(part) for part in text.split(","))
    except ValueError:
        widths = ()
    if len(widths) not in (1, 2):
        raise click.ClickException(
            f"--width is in pixels from 1 on such as 20, a percentage below 100 such as 2%, "
            f"or two of them such as 10,30, not {text!r}."
        )
    return widths[0] if len(widths) == 1 else widths


def _width(text):
    width = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    if not (0 < width < 1 if text.endswith("%") else 1 <= width < float("inf")):
        raise ValueError
    return width


def _fitting(picture, image, name):
    picture, notes = data.fit_to_photograph(picture, image.shape[:2], name)
    for note in notes:
        click.echo(note, err=True)
    return picture


def _doubts(trimap):
    """What is unlikely to be meant, a sentence each."""
    for level, name in ((255, "foreground"), (0, "background")):
        if not (trimap == level).any():
            yield f"No sure {name} is left in the trimap; choose a smaller --width."
    unknown = (trimap == 128).mean()
    if unknown > 0.4:
        yield f"{unknown:.0%} of the trimap are unknown; strokes over what is clear make it less."
