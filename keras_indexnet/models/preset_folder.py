"""A network as a folder of a config and weights, in the files that keras-hub's presets have."""

import inspect
import json
from importlib.metadata import version
from pathlib import Path

import keras

from keras_indexnet.errors import IndexNetError
from keras_indexnet.replaceable import check_replaceable
from keras_indexnet.whole_file import whole_folder

CONFIG, WEIGHTS = "config.json", "model.weights.h5"
VERSION = "keras_indexnet"  # of the config's entries: by whom it was written


def is_preset_folder(path):
    """Return whether a path is a folder that has a config, this package's or another's."""
    return Path(path, CONFIG).is_file()


def save_preset_folder(network, path):
    """Write a network to a folder, which is whole or not there.

    Args:
        network: `EncoderDecoder`.
        path: str or path of the folder. One that `save_preset_folder` wrote is replaced.

    Raises:
        ValueError: if the folder holds something else.
        OSError: if it cannot be written.
    """
    path = Path(path)
    check_replaceable(path, "preset", _is_ours, (CONFIG, WEIGHTS))
    path.absolute().parent.mkdir(parents=True, exist_ok=True)
    bare = network.with_dtype(network.dtype_policy) if network.compiled else network  # without an optimizer
    config = {
        VERSION: version("keras_indexnet"),
        "registered_name": keras.saving.get_registered_name(type(network)),
        "config": network.get_config(),
    }
    with whole_folder(path) as partial:
        (partial / CONFIG).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
        bare.save_weights(partial / WEIGHTS)


def read_preset_folder(path, base):
    """Build the network of a folder that `save_preset_folder` wrote, with random weights.

    Args:
        path: str or path of the folder.
        base: class that the network's own derives from.

    Returns:
        Pair of the network and the path of its weights.

    Raises:
        ValueError: if the folder is damaged, or somebody else's.
    """
    stored, weights = _config(path), Path(path, WEIGHTS)
    if not isinstance(stored, dict) or VERSION not in stored:
        raise IndexNetError(f"{path} has a {CONFIG} that save_to_preset of keras_indexnet did not write.")
    # A name that is registered, not a module that would be imported because a file says so.
    name = str(stored.get("registered_name"))
    network_class = keras.saving.get_registered_object(name)
    if not inspect.isclass(network_class) or not issubclass(network_class, base):
        raise IndexNetError(f"{path} has a {CONFIG} of {name}, which is no network that is known here.")
    if not weights.is_file():
        raise IndexNetError(f"{path} has no {WEIGHTS}: a preset is a folder of that file and {CONFIG}.")
    try:
        return network_class.from_config(stored["config"]), weights
    except Exception as error:  # whatever the arguments of a damaged config lead to
        raise IndexNetError(f"{path} has a {CONFIG} that describes no network; it is damaged.") from error


def _config(path):
    try:
        return json.loads(Path(path, CONFIG).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise IndexNetError(
            f"{path} has no {CONFIG}: a preset is a folder of that file and {WEIGHTS}."
        ) from error
    except (RecursionError, ValueError) as error:
        raise IndexNetError(f"{path} has a {CONFIG} that is no JSON; it is damaged.") from error


def _is_ours(path):
    if not is_preset_folder(path):
        return False
    stored = _config(path)
    return isinstance(stored, dict) and VERSION in stored
