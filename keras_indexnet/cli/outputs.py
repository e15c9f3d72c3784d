"""What the outputs of a command may take the place of."""

import mmap
import os
from pathlib import Path

import click

MARK = b"keras_indexnet"  # stands in what this package writes, where the format has room for it
# The formats that have. A network or a table is replaced only where the user says so.
MARKED = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".svg", ".pdf", ".tflite", ".onnx", ".json")


def check_outputs(outputs, *inputs, overwrite):
    """Refuse to write over what a command reads, or over a file that this package did not write.

    Args:
        outputs: iterable of str or paths that will be written.
        *inputs: str or paths that are read; None and what is no file, such as a preset's name, is no input.
        overwrite: bool, whether other people's files may be replaced; inputs never are.

    Raises:
        click.UsageError: if one of the outputs is one of the inputs, by whatever name or link, or would replace
            another file.
    """
    outputs = list(outputs)
    read = {_identity(path): path for path in inputs if path is not None and os.path.exists(path)}
    for output in outputs:
        if _identity(output) in read:
            raise click.UsageError(
                f"{output} would replace {read[_identity(output)]}, which is read; choose another output."
            )
    for output in outputs:
        if not overwrite and os.path.exists(output) and not _is_ours(Path(output)):
            raise click.UsageError(
                f"{output} was not written by indexnet: --overwrite replaces it, or choose another output."
            )


def _identity(path):
    try:
        found = os.stat(path)
    except OSError:
        return os.path.abspath(path)
    return found.st_dev, found.st_ino


def _is_ours(path):
    if path.is_dir():  # of an export, which looks for itself at what else lies in a SavedModel's folder
        return not any(path.iterdir()) or (path / "assets.extra" / "keras_indexnet.json").is_file()
    if not path.is_file():  # a device or a pipe: whoever writes refuses it
        return True
    if path.suffix.lower() not in MARKED or path.stat().st_size == 0:
        return False
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as contents:
        return contents.find(MARK) >= 0
