"""SavedModels, and the folders that they may take the place of."""

from pathlib import Path

from keras_indexnet.export.metadata import metadata_json
from keras_indexnet.replaceable import check_replaceable

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


def check_savedmodel_replaceable(path):
    """Raise ValueError if something else than a SavedModel would be lost by writing one to a path."""
    check_replaceable(path, "SavedModel", lambda folder: (folder / FILES[0]).is_file(), FILES)
