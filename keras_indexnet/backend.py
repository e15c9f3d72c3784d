import json
import os
import sys
from importlib.util import find_spec

BACKENDS = ("tensorflow", "jax", "torch")


def choose_backend():
    """Let Keras take a backend that is installed, where it would look for one that is not.

    Keras takes the backend that KERAS_BACKEND names, or else its configuration file, which names TensorFlow
    unless somebody changed it. Where only the file names it, and it is not installed, KERAS_BACKEND is set to
    the first one that is. Nothing happens once Keras is imported.

    Raises:
        ImportError: if no backend is installed, or KERAS_BACKEND names one that is not.
    """
    if "keras" in sys.modules:
        return
    named = os.environ.get("KERAS_BACKEND")
    backend = named or _configured_backend()
    installed = [name for name in BACKENDS if find_spec(name)]
    if backend in installed or backend not in BACKENDS:  # of others Keras says itself what is wrong
        return
    if not installed:
        raise ImportError(
            "Keras needs a backend: pip install 'keras_indexnet[tensorflow]', 'keras_indexnet[jax]' or "
            "'keras_indexnet[torch]'."
        )
    if named:
        raise ImportError(
            f"KERAS_BACKEND is {named}, which is not installed: pip install 'keras_indexnet[{named}]', or set "
            f"it to {' or '.join(installed)}."
        )
    os.environ["KERAS_BACKEND"] = installed[0]


def _configured_backend():
    file = os.path.expanduser(os.path.join(os.environ.get("KERAS_HOME", "~/.keras"), "keras.json"))
    try:
        with open(file, encoding="utf-8") as opened:
            return json.load(opened).get("backend", "tensorflow")
    except (OSError, ValueError):  # Keras goes on without the file, too
        return "tensorflow"
