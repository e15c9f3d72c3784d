"""What `indexnet matte` works on: photographs, their trimaps, and what the cut-out is laid over."""

from contextlib import suppress
from pathlib import Path

import click
from PIL import ImageColor

from keras_indexnet import data

BACKGROUNDS = ("blur", "checkerboard")


def partners(photo_folder, trimap_folder):
    """Return pairs of the paths of a photograph and its trimap, which have one name in the two folders."""
    photographs, trimaps = (_paths_by_name(folder) for folder in (photo_folder, trimap_folder))
    for kind, names in (
        ("trimap", sorted(set(photographs) - set(trimaps))),
        ("photograph", sorted(set(trimaps) - set(photographs))),
    ):
        if names:
            shown = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
            click.echo(f"No {kind} of the same name: {shown}; {len(names)} left out.", err=True)
    pairs = [(path, trimaps[name]) for name, path in photographs.items() if name in trimaps]
    if not pairs:
        raise click.ClickException(
            f"No photograph in {photo_folder} has a trimap of its name in {trimap_folder}."
        )
    return pairs


def _paths_by_name(folder):
    paths = {}
    for path in data.list_images(folder):
        if path.stem in paths:
            raise click.ClickException(f"{paths[path.stem]} and {path} have one name; rename one of the two.")
        paths[path.stem] = path
    return paths


def read_trimap(image, path):
    """Read the trimap of a photograph; what had to be changed about it is printed."""
    trimap, notes = data.standardize_trimap(data.read_trimap(path), image.shape[:2])
    for note in notes:
        click.echo(f"{path}: {note}", err=True)
    return trimap


def read_background(text):
    """Read --background: a colour, an image, one of `BACKGROUNDS`, or None."""
    if text is None or text in BACKGROUNDS:
        return text
    if Path(text).is_file():
        return data.read_image(text)
    with suppress(ValueError):
        colour = ImageColor.getrgb(text)[:3]
        if max(colour) <= 255:  # not rgb(300,0,0), which Pillow takes
            return colour
    raise click.UsageError(
        f"--background {text!r} is neither a file nor a colour such as 'white' or '#00ff00', "
        f"nor one of {', '.join(BACKGROUNDS)}."
    )
