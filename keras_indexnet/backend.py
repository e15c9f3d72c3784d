import json
import os
import sys
from importlib.util import find_spec

from keras_indexnet.errors import MissingPackageError
from keras_indexnet.optional import first_line, import_failure

BACKENDS = ("tensorflow", "jax", "torch")
VARIABLE = "KERAS_BACKEND"  # of the environment
PROCESSES = "KERAS_DISTRIBUTION_NUM_PROCESSES"  # likewise: how many compute together


def choose_backend():
    """Let Keras take a backend that is installed, where it would look for one that is not.

    Keras takes the backend that KERAS_BACKEND names, or else its configuration file, which names TensorFlow
    unless somebody changed it. Where only the file names it, and it cannot be imported, KERAS_BACKEND is set to
    the first one that can. Nothing happens once Keras is imported.

    Raises:
        MissingPackageError: if no backend can be imported, or not the one that KERAS_BACKEND names.
    """
    if "keras" in sys.modules:
        return
    backend, source = named_backend()
    installed = [name for name in BACKENDS if find_spec(name)]
    if backend not in BACKENDS:  # of others Keras says itself what is wrong
        return
    if not installed:
        raise MissingPackageError(
            "Keras needs a backend: pip install 'keras_indexnet[tensorflow]', 'keras_indexnet[jax]' or "
            "'keras_indexnet[torch]'."
        )
    named = source == VARIABLE
    if named and backend not in installed:
        raise MissingPackageError(
            f"KERAS_BACKEND is {backend}, which is not installed: pip install 'keras_indexnet[{backend}]', or "
            f"set it to {' or '.join(installed)}."
        )
    broken = {}
    for name in [backend] if named else sorted(installed, key=lambda name: name != backend):
        error = import_failure(name)  # what can be imported, Keras would import now anyway
        if error is None:
            if name != backend:
                os.environ["KERAS_BACKEND"] = name
            return
        broken[name] = first_line(error)
    reasons = "; ".join(f"{name} is installed and cannot be imported: {why}" for name, why in broken.items())
    raise MissingPackageError(f"Keras needs a backend, and {reasons}.")


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
