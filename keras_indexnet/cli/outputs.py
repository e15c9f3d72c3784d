"""What the outputs of a command may take the place of."""

import mmap
import os
from pathlib import Path

import click

from keras_indexnet.cli.pipes import STDIN_OR_STDOUT

METADATA = "assets.extra/keras_indexnet.json"  # in the folder of a SavedModel that this package wrote
MARK = b"keras_indexnet"  # stands in what this package writes, where the format has room for it
KEY = b'"keras_indexnet": "'  # in JSON, before the version: a config of Keras may name the package, too
# The formats that have. A network or a table is replaced only where the user says so.
MARKED = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".svg", ".pdf", ".tflite", ".onnx", ".json")


def is_file_name(output, suffixes):
    """Return whether `--output` names a file: it has a suffix of what is written. Else it is a folder.

    Args:
        output: str.
        suffixes: tuple of str, such as ".png", of what is written.

    Raises:
        click.UsageError: if it has the suffix of something else, and there is no such folder.
    """
    suffix = Path(output).suffix.lower()
    if suffix in suffixes:
        return True
    if suffix[1:].isalpha() and not output.endswith(("/", os.sep)) and not os.path.isdir(output):
        raise click.UsageError(f"--output ends in {', '.join(suffixes)}, or it is a folder, not {output!r}.")
    return False


def output_file(output, suffixes, name):
    """Return the path of what is written: `--output`, or a file of that name in the folder that it is."""
    return Path(output) if is_file_name(output, suffixes) else Path(output, name)


def check_folder(path):
    """Refuse to begin hours of work for a file whose folder is not there."""
    if not Path(path).absolute().parent.is_dir():
        raise click.UsageError(f"There is no folder {Path(path).parent} to write {path} into.")


def make_folder(output, path):
    """Make the folder that `--output` is, if `output_file` found it to be one."""
    if path != Path(output):
        path.parent.mkdir(parents=True, exist_ok=True)


def check_outputs(outputs, *inputs, overwrite, folder=None):
    """Refuse to write over what a command reads, or over a file that this package did not write.

    Args:
        outputs: iterable of str or paths that will be written.
        *inputs: str or paths that are read; None and what is no file, such as a preset's name, is no input.
        overwrite: bool, whether other people's files may be replaced; inputs never are.
        folder: the one of the outputs that will be a folder, that of a SavedModel; None if all are files.

    Raises:
        click.UsageError: if one of the outputs is one of the inputs or another output, by whatever name or
            link, would replace another file, or is a device, a pipe, or a folder that should be a file.
    """
    outputs = [output for output in outputs if str(output) != STDIN_OR_STDOUT]
    written = {}
    for output in outputs:
        identity = _identity(output)
        if identity in written:
            raise click.UsageError(f"{written[identity]} and {output} are one file; name two.")
        written[identity] = output
    read = {_identity(path): path for path in inputs if path is not None and os.path.exists(path)}
    for output in outputs:
        if _identity(output) in read:
            raise click.UsageError(
                f"{output} would replace {read[_identity(output)]}, which is read; choose another output."
            )
    for output in map(Path, outputs):
        if folder is not None and output == Path(folder):
            theirs = (output / "saved_model.pb").exists() and not (output / METADATA).is_file()
        else:
            if os.path.isdir(output):  # not of Path, which raises where a name is too long
                raise click.UsageError(f"{output} is a folder; name a file in it.")
            if os.path.exists(output) and not os.path.isfile(output):
                raise click.UsageError(f"{output} is a device or a pipe; name a file.")
            theirs = os.path.exists(output) and not _is_ours(output)
        if theirs and not overwrite:
            raise click.UsageError(
                f"{output} was not written by indexnet: --overwrite replaces it, or choose another output."
            )


def _identity(path):
    try:
        found = os.stat(path)
    except OSError:
        return os.path.realpath(path)
    return found.st_dev, found.st_ino


def _is_ours(path):
    if path.suffix.lower() not in MARKED or path.stat().st_size == 0:
        return False
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as contents:
        return contents.find(KEY if path.suffix.lower() == ".json" else MARK) >= 0
