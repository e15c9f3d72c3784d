"""SavedModels, and the folders that they are written to."""

import os
import shutil
from contextlib import contextmanager
from pathlib import Path

from keras_indexnet.errors import IndexNetError
from keras_indexnet.export.metadata import metadata_json


def write_savedmodel(graph, path):
    """Write a SavedModel, whose `assets.extra/keras_indexnet.json` says what it takes and gives.

    Args:
        graph: `InferenceGraph`.
        path: str or path of a folder.
    """
    graph.as_model().export(path, format="tf_saved_model", verbose=False, input_signature=[graph.input_spec()])
    # TensorFlow keeps this folder for files that it does not read itself.
    extra = Path(path) / "assets.extra"
    extra.mkdir()
    (extra / "keras_indexnet.json").write_text(metadata_json(graph), encoding="utf-8")


def check_replaceable(path):
    """Raise ValueError if something else than a SavedModel would be lost by writing one to a path."""
    path = Path(path)
    if path.is_file():
        raise IndexNetError(f"{path} is a file; a SavedModel is a folder.")
    if path.is_dir() and any(path.iterdir()) and not (path / "saved_model.pb").is_file():
        raise IndexNetError(f"The folder {path} holds something else than a SavedModel; name another.")


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
