"""Packages that only a part of this one needs, and that an extra installs."""

from importlib import import_module
from types import ModuleType

from keras_indexnet.errors import MissingPackageError


def required(module: str, purpose: str, requirement: str) -> ModuleType:
    """Import what an extra installs, or say in one sentence why that cannot be done.

    Args:
        module: str, such as `matplotlib.figure`.
        purpose: str, what needs it: the beginning of the sentence.
        requirement: str, what pip installs, such as `keras_indexnet[draw]`.

    Returns:
        The module.

    Raises:
        MissingPackageError: if it is not installed, or its import fails in whatever way.
    """
    error = import_failure(module)
    if error is None:
        return import_module(module)
    package = module.partition(".")[0].replace("_", "-")
    if is_missing(module, error):
        raise MissingPackageError(f"{purpose} needs {package}: pip install '{requirement}'.") from error
    raise MissingPackageError(
        f"{purpose} needs {package}, which is installed and cannot be imported: {first_line(error)}."
    ) from error


def import_failure(module: str) -> BaseException | None:
    """Return why a module cannot be imported, None if it can.

    An import executes the package, which may raise anything: OSError for a library of the system,
    RuntimeError from Numba where it has no folder to write to, SystemExit from rembg without onnxruntime.
    """
    try:
        import_module(module)
    except (Exception, SystemExit) as error:
        return error
    return None


def is_missing(module: str, error: BaseException) -> bool:
    """Return whether a failure to import a module means that it is not installed."""
    return isinstance(error, ModuleNotFoundError) and error.name in (module, module.partition(".")[0])


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message without its full stop, its type where there is none."""
    return next(iter(str(error).splitlines()), "").rstrip(". ") or type(error).__name__
