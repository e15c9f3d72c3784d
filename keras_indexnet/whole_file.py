import contextlib
import os
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(path):
    """Write a file so that it is either whole or not there, whatever happens meanwhile.

    Yields the path of another file beside it, which takes its place when the block ends, and goes if the block
    fails.

    Args:
        path: str or path. A file of that name is kept until the new one is whole.

    Raises:
        OSError: if the file cannot be written; the message names it.

    Example:

    ```python
    with whole_file("log.txt") as partial:
        partial.write_text("all of it")
    ```
    """
    path = Path(path)
    # With the suffix at the end, by which some writers choose the format.
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial{path.suffix}")
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):  # /dev/null would be replaced by a file
            raise OSError("it is a device or a pipe, not a file")
        yield partial
        with open(partial, "rb") as file:
            os.fsync(file.fileno())  # or a power cut could leave the new name without the contents
        partial.replace(path)
    except OSError as error:
        raise OSError(f"{path} cannot be written: {error.strerror or error}.") from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()
