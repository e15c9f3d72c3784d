"""What is raised where the user can mend what is wrong: the message is one sentence that says how.

Any other exception that comes out of this package is a bug of it, or an `OSError` of the operating system.
"""

__all__ = ["BackendError", "IndexNetError", "MissingPackageError"]


class IndexNetError(ValueError):
    """An argument, a file or an installation is not what it has to be.

    Example:

    ```python
    try:
        alpha = keras_indexnet.predict_alpha(model, image, trimap)
    except keras_indexnet.IndexNetError as error:
        print(f"{photograph}: {error}")
    ```
    """


class MissingPackageError(IndexNetError, ImportError):
    """A package is not installed, or its installation is broken."""


class BackendError(IndexNetError, RuntimeError):
    """The backend or the runtime cannot do what is asked of it."""
