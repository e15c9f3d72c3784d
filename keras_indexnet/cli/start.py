import gc
import os
import sys
from contextlib import contextmanager

from keras_indexnet.backend import BACKENDS
from keras_indexnet.errors import BackendError


def start_keras():
    """Execute the package, which `_indexnet.py` has only created, and Keras with it, quietly.

    To be called by every command once its arguments are checked, before anything else of the package is
    imported. In a program that imported the package itself, there is nothing to do.

    Raises:
        BackendError: if `KERAS_BACKEND` is no backend.
        MissingPackageError: if no backend is installed, or not that one.
    """
    package = sys.modules["keras_indexnet"]
    if hasattr(package, "__all__"):
        return
    backend = os.environ.get("KERAS_BACKEND")
    if backend and backend not in BACKENDS:
        raise BackendError(f"KERAS_BACKEND is one of {', '.join(BACKENDS)}, not {backend!r}.")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("OPENCV_LOG_LEVEL", "OFF")  # what it says of a broken file, our errors say, too
    with _silence(), _without_collecting():
        package.__spec__.loader.exec_module(package)
        import keras

        keras.ops.zeros(1)  # the search for GPUs is logged at the first tensor


@contextmanager
def _silence():
    """Turn the process's stderr off: TensorFlow writes to it before any setting of its own reaches it.

    Failures to import are exceptions and still reach the user.
    """
    sys.stderr.flush()
    stderr, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(null)


@contextmanager
def _without_collecting():
    """Keep Python from looking for garbage among what is imported, where there is none: a fifth of the time.

    Nor does it look there later, whenever the command's own objects have become many.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
