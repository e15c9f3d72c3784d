"""Which folders may be written anew, with all that they hold being removed."""

from fnmatch import fnmatch
from pathlib import Path

from keras_indexnet.errors import IndexNetError


def check_replaceable(path, kind, is_one, patterns):
    """Raise ValueError if something else than what is written would be lost by writing a folder to a path.

    Args:
        path: str or path of the folder, which need not exist.
        kind: str, what is written, in words that follow "a".
        is_one: function from the path to whether the folder holds what is written.
        patterns: iterable of str, of the files that are written, relative to the folder.
    """
    path = Path(path)
    if path.exists() and not path.is_dir():
        held = "a file" if path.is_file() else "a device or a pipe"
        raise IndexNetError(f"{path} is {held}; a {kind} is a folder.")
    held = [inner.relative_to(path) for inner in path.rglob("*") if inner.is_symlink() or not inner.is_dir()]
    if held and not is_one(path):
        raise IndexNetError(f"The folder {path} holds something else than a {kind}; name another.")
    for inner in held:
        if not any(fnmatch(inner.as_posix(), pattern) for pattern in patterns):
            raise IndexNetError(f"The folder {path} holds {inner}, which would be lost; name another.")
