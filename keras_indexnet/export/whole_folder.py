import os
import shutil
from contextlib import contextmanager
from pathlib import Path


def check_replaceable(path):
    """Raise ValueError if something else than a SavedModel would be lost by writing one to a path."""
    path = Path(path)
    if path.is_file():
        raise ValueError(f"{path} is a file; a SavedModel is a folder.")
    if path.is_dir() and any(path.iterdir()) and not (path / "saved_model.pb").is_file():
        raise ValueError(f"The folder {path} holds something else than a SavedModel; name another.")


@contextmanager
def whole_folder(path):
    """Write a SavedModel so that it is either whole or not there.

    Yields the path of another folder beside it, which takes its place when the block ends, and goes if the
    block fails.

    Args:
        path: str or path. A SavedModel of that name is kept until the new one is whole.

    Raises:
        OSError: if the folder cannot be written; the message names it.
    """
    path = Path(path)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    earlier = path.with_name(f".{path.name}.{os.getpid()}.earlier")
    try:
        partial.mkdir()
        yield partial
        if path.exists():  # a folder that holds something cannot be replaced in one step
            path.rename(earlier)
        partial.rename(path)
    except OSError as error:
        raise OSError(f"{path} cannot be written: {error.strerror or error}.") from error
    finally:
        if earlier.exists() and not path.exists():
            earlier.rename(path)
        for folder in (partial, earlier):
            shutil.rmtree(folder, ignore_errors=True)
