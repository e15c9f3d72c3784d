"""Files and folders that are written whole or not at all."""

import contextlib
import ctypes
import errno
import os
import shutil
import sys
import tempfile
import time
from contextlib import contextmanager
from functools import cache
from pathlib import Path

if sys.platform != "win32":  # where what a killed process left stays: folders have no locks there
    import fcntl

PREFIX, SUFFIX = ".indexnet-", ".partial"  # of the folders in which outputs are written
EARLIER = "earlier"  # in such a folder: what the output takes the place of, where that needs two steps
NOT_YET_LOCKED = 60  # seconds in which such a folder may still wait for its lock
RENAME_EXCHANGE = 2  # Linux's flag for renameat2
CURRENT_FOLDER = -100  # AT_FDCWD: paths begin at the process's folder


@contextmanager
def whole_file(path):
    """Write a file so that it is either whole or not there, whatever happens meanwhile.

    Yields the path of another file, on the same disk and of the same name, which takes its place when the block
    ends, and goes if the block fails. What a process that was killed left behind goes when the next one writes
    into the same folder. A symbolic link stays, and what it points to is written.

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
    with _replacing(path) as (partial, target):
        if target.exists() and not target.is_file():  # /dev/null would be replaced by a file
            raise OSError("it is a folder" if target.is_dir() else "it is a device or a pipe, not a file")
        yield partial
        _to_disk(partial)
        partial.replace(target)


@contextmanager
def whole_folder(path):
    """Write a folder so that it is either whole or not there, as `whole_file` does a file.

    Yields the path of another, empty folder, which takes its place when the block ends.

    Args:
        path: str or path. A folder of that name is kept until the new one is whole, and then removed with all
            that is in it.

    Raises:
        OSError: if the folder cannot be written; the message names it.
    """
    with _replacing(path) as (partial, target):
        if target.exists() and not target.is_dir():
            raise OSError("it is not a folder")
        partial.mkdir()
        yield partial
        for written in partial.rglob("*"):
            if written.is_file():
                _to_disk(written)
        if not target.exists():
            partial.rename(target)
        elif not _exchange(partial, target):
            earlier = partial.parent / EARLIER / target.name
            earlier.parent.mkdir()
            target.rename(earlier)
            try:
                partial.rename(target)
            except OSError:
                earlier.rename(target)
                raise


@contextmanager
def _replacing(path):
    """Yield where to write, in a folder of its own beside the target, and the target, links followed."""
    target = Path(os.path.realpath(path))
    try:
        _remove_leftovers(target.parent)
        # A folder, not a file: a file's name may have 255 bytes already, and h5py locks what it writes itself.
        with (
            tempfile.TemporaryDirectory(SUFFIX, PREFIX, target.parent, ignore_cleanup_errors=True) as folder,
            _opened(folder) as descriptor,
        ):
            with contextlib.suppress(OSError):  # some network disks have no locks
                _lock(descriptor)
            yield Path(folder, target.name), target
    except OSError as error:
        raise OSError(f"{path} cannot be written: {error.strerror or error}.") from error


@cache  # a folder of many results is not searched again for each of them
def _remove_leftovers(folder):
    """Remove what killed processes left in a folder; a folder that one of them had moved aside is put back."""
    for left in folder.glob(f"{PREFIX}*{SUFFIX}"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime < NOT_YET_LOCKED:
                continue
            with _opened(left) as descriptor:
                _lock(descriptor)
                for earlier in (left / EARLIER).glob("*"):
                    if not (folder / earlier.name).exists():
                        earlier.rename(folder / earlier.name)
                shutil.rmtree(left)


@contextmanager
def _opened(folder):
    if sys.platform == "win32":  # opens no folders
        yield None
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _lock(descriptor):
    """Take a lock that ends with the process, however that ends; OSError if another process has it."""
    if sys.platform == "win32":
        raise OSError("There are no locks of folders.")
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _to_disk(path):
    """Wait until a file is on the disk: a power cut could leave the new name without the contents."""
    with open(path, "rb") as file:
        os.fsync(file.fileno())


def _exchange(one, other):
    """Exchange two paths in one step, and return whether the system can."""
    if sys.platform != "linux":
        return False
    library = ctypes.CDLL(None, use_errno=True)
    if not hasattr(library, "renameat2"):
        return False
    names = (os.fsencode(one), os.fsencode(other))
    if not library.renameat2(CURRENT_FOLDER, names[0], CURRENT_FOLDER, names[1], RENAME_EXCHANGE):
        return True
    number = ctypes.get_errno()
    if number in (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP):  # not on this kind of disk
        return False
    raise OSError(number, os.strerror(number))
