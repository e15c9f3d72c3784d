"""The photograph that comes from stdin, and the picture that goes to stdout."""

from pathlib import Path

import click

STDIN_OR_STDOUT = "-"


def opened(photo):
    """What a photograph is read from: its path, or stdin."""
    return click.get_binary_stream("stdin") if photo == STDIN_OR_STDOUT else photo


def written(path, picture):
    """Write a picture into a file, or as PNG to stdout, and return the paths to be printed: one or none."""
    from keras_indexnet import data
    from keras_indexnet.data.image_files import encode

    if str(path) != STDIN_OR_STDOUT:
        data.write_image(path, picture)
        return [path]
    stdout = click.get_binary_stream("stdout")
    stdout.write(encode(picture, "stdout.png"))
    stdout.flush()
    return []


def stem_of(photo):
    """The name of a photograph without its suffix, for the names of what is made of it."""
    return "photo" if photo == STDIN_OR_STDOUT else Path(photo).stem
