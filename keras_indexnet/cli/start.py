import gc
import os
import sys
from contextlib import contextmanager

from keras_indexnet.backend import BACKENDS, VARIABLE, named_backend
from keras_indexnet.errors import BackendError, IndexNetError


def start_keras(join=False):
    """Execute the package, which `_indexnet.py` has only created, and Keras with it, quietly.

    To be called by every command once its arguments are checked, before anything else of the package is
    imported. In a program that imported the package itself, there is nothing to do.

    Args:
        join: bool, whether other processes compute together with this one, where the environment says so.

    Raises:
        BackendError: if `KERAS_BACKEND` or Keras's configuration file name no backend, or the file stops Keras.
        MissingPackageError: if no backend is installed, or not that one.
    """
    package = sys.modules["keras_indexnet"]
    if hasattr(package, "__all__"):
        if join:
            _join_processes()
        return
    backend, source = named_backend()
    if backend not in BACKENDS:
        named = VARIABLE if source == VARIABLE else f"The backend in {source}"
        raise BackendError(f"{named} is one of {', '.join(BACKENDS)}, not {backend!r}.")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("OPENCV_LOG_LEVEL", "OFF")  # what it says of a broken file, our errors say, too
    with _silence(), _without_collecting():
        try:
            package.__spec__.loader.exec_module(package)
        except (AttributeError, OSError, TypeError, ValueError) as error:
            if isinstance(error, IndexNetError) or "keras" in sys.modules or not os.path.exists(source):
                raise
            reason = getattr(error, "strerror", None) or error
            raise BackendError(f"Keras does not start with {source}; mend it or delete it: {reason}") from error
        import keras

        if join:
            _join_processes()  # before there is a tensor
        keras.ops.zeros(1)  # the search for GPUs is logged at the first tensor


def _join_processes():
    from keras_indexnet.training.devices import join_processes

    join_processes()


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
