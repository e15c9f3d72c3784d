import json
import os
import sys
from importlib.util import find_spec

from keras_indexnet.errors import MissingPackageError

BACKENDS = ("tensorflow", "jax", "torch")
VARIABLE = "KERAS_BACKEND"  # of the environment


def choose_backend():
    """Let Keras take a backend that is installed, where it would look for one that is not.

    Keras takes the backend that KERAS_BACKEND names, or else its configuration file, which names TensorFlow
    unless somebody changed it. Where only the file names it, and it is not installed, KERAS_BACKEND is set to
    the first one that is. Nothing happens once Keras is imported.

    Raises:
        MissingPackageError: if no backend is installed, or KERAS_BACKEND names one that is not.
    """
    if "keras" in sys.modules:
        return
    backend, source = named_backend()
    installed = [name for name in BACKENDS if find_spec(name)]
    if backend in installed or backend not in BACKENDS:  # of others Keras says itself what is wrong
        return
    if not installed:
        raise MissingPackageError(
            "Keras needs a backend: pip install 'keras_indexnet[tensorflow]', 'keras_indexnet[jax]' or "
            "'keras_indexnet[torch]'."
        )
    if source == VARIABLE:
        raise MissingPackageError(
            f"KERAS_BACKEND is {backend}, which is not installed: pip install 'keras_indexnet[{backend}]', or "
            f"set it to {' or '.join(installed)}."
        )
    os.environ["KERAS_BACKEND"] = installed[0]


def named_backend():
    """Return the backend that Keras is told to take, and what tells it: `KERAS_BACKEND`, or a file's path."""
    file = os.path.expanduser(os.path.join(os.environ.get("KERAS_HOME", "~/.keras"), "keras.json"))
    if os.environ.get(VARIABLE):
        return os.environ[VARIABLE], VARIABLE
    try:
        with open(file, encoding="utf-8") as opened:
            return json.load(opened).get("backend", "tensorflow"), file
    except (OSError, ValueError, AttributeError):  # no file, or none of JSON, or of a list
        return "tensorflow", file
