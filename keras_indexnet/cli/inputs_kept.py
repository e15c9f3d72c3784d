import os

import click


def keep_inputs(outputs, *inputs):
    """Refuse to write over what a command reads.

    Args:
        outputs: iterable of str or paths that will be written.
        *inputs: str or paths that are read; None and what is no file, such as a preset's name, is no input.

    Raises:
        click.UsageError: if one of the outputs is one of the inputs, by whatever name or link.
    """
    read = {_identity(path): path for path in inputs if path is not None and os.path.exists(path)}
    for output in outputs:
        if _identity(output) in read:
            raise click.UsageError(
                f"{output} would replace {read[_identity(output)]}, which is read; choose another output."
            )


def _identity(path):
    try:
        found = os.stat(path)
    except OSError:
        return os.path.abspath(path)
    return found.st_dev, found.st_ino
