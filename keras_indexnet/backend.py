from contextlib import contextmanager
from importlib.util import find_spec

from keras_indexnet.errors import MissingPackageError

BACKENDS = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}


@contextmanager
def missing_backend_named():
    """Where Keras is imported: say of a missing backend what Keras does not, that there are three of them.

    Raises:
        MissingPackageError: if no backend is installed, or not the one that Keras is set to.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name not in BACKENDS:
            raise
        installed = [name for name in BACKENDS if find_spec(name) is not None]
        if not installed:
            raise MissingPackageError(
                "Keras computes with TensorFlow, JAX or PyTorch, and none of them is installed: "
                "pip install tensorflow, jax or torch."
            ) from error
        raise MissingPackageError(
            f"Keras is set to compute with {BACKENDS[error.name]}, which is not installed: "
            f"install it, or set KERAS_BACKEND={' or '.join(installed)}."
        ) from error
