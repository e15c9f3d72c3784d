"""SavedModels, and the folders that they may take the place of."""

from fnmatch import fnmatch
from pathlib import Path

from keras_indexnet.errors import IndexNetError
from keras_indexnet.export.metadata import metadata_json

# Patterns of the files that `write_savedmodel` writes.
FILES = ("saved_model.pb", "fingerprint.pb", "variables/variables.*", "assets.extra/keras_indexnet.json")


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
    if path.exists() and not path.is_dir():
        kind = "a file" if path.is_file() else "a device or a pipe"
        raise IndexNetError(f"{path} is {kind}; a SavedModel is a folder.")
    held = [inner.relative_to(path) for inner in path.rglob("*") if inner.is_symlink() or not inner.is_dir()]
    if held and Path("saved_model.pb") not in held:
        raise IndexNetError(f"The folder {path} holds something else than a SavedModel; name another.")
    for inner in held:
        if not any(fnmatch(inner.as_posix(), pattern) for pattern in FILES):
            raise IndexNetError(f"The folder {path} holds {inner}, which would be lost; name another.")
