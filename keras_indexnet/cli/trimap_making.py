"""Makes the trimaps of `indexnet trimap` and `indexnet matte`."""

import click

from keras_indexnet import data


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


def _fitting(picture, image, name):
    picture, notes = data.fit_to_photograph(picture, image.shape[:2], name)
    for note in notes:
        click.echo(note, err=True)
    return picture


def doubts(trimap):
    """What is unlikely to be meant, a sentence each."""
    for level, name in ((255, "foreground"), (0, "background")):
        if not (trimap == level).any():
            yield f"No sure {name} is left in the trimap; choose a smaller --width."
    unknown = (trimap == 128).mean()
    if unknown > 0.4:
        yield f"{unknown:.0%} of the trimap are unknown; strokes over what is clear make it less."
