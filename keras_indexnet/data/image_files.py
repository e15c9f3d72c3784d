"""Reads and writes image files as NumPy arrays, RGB order."""

from pathlib import Path

import cv2
import numpy as np

from keras_indexnet.errors import IndexNetError
from keras_indexnet.paths import StrPath
from keras_indexnet.whole_file import whole_file

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp")


class ImageFileError(IndexNetError):
    """An image file that is missing, unreadable or cannot be written."""


def read_image(path: StrPath) -> np.ndarray:
    """Read an image file as RGB, whatever it holds.

    Grey images get three equal channels, an alpha channel is dropped, 16 bits are reduced to 8, and the
    orientation in EXIF is applied.

    Args:
        path: str or path of an image file that OpenCV can read (PNG, JPEG, WebP, TIFF, ...).

    Returns:
        uint8 array of shape `(H, W, 3)`, RGB.

    Raises:
        ImageFileError: if there is no such file or it is no image.
    """
    return _decode(path, cv2.IMREAD_COLOR_RGB)


def read_gray(path: StrPath) -> np.ndarray:
    """Read an image file as one channel, for trimaps and alpha mattes.

    Args:
        path: str or path of an image file.

    Returns:
        uint8 array of shape `(H, W)`.

    Raises:
        ImageFileError: if there is no such file or it is no image.
    """
    return _decode(path, cv2.IMREAD_GRAYSCALE)


def read_foreground(path: StrPath) -> np.ndarray:
    """Read an RGBA cut-out with straight (not premultiplied) alpha.

    Args:
        path: str or path of an image file with four channels.

    Returns:
        uint8 array of shape `(H, W, 4)`.

    Raises:
        ImageFileError: if there is no such file, it is no image, or it has no alpha channel.
    """
    image = _decode(path, cv2.IMREAD_UNCHANGED)
    if image.ndim != 3 or image.shape[2] != 4:
        raise ImageFileError(f"{path} has no alpha channel; a foreground is an RGBA image.")
    if image.dtype == np.uint16:
        image = (image / 257.0).round().astype(np.uint8)
    return cv2.cvtColor(image, cv2.COLOR_BGRA2RGBA)


def write_image(path: StrPath, image: np.ndarray) -> None:
    """Write an image so that the file is either whole or not there.

    Args:
        path: str or path; its suffix chooses the format.
        image: uint8 or uint16 array of shape `(H, W)`, `(H, W, 3)` RGB or `(H, W, 4)` RGBA.

    Raises:
        ImageFileError: if the format is unknown or the file cannot be written.
    """
    path = Path(path)
    if image.ndim == 3:
        image = cv2.cvtColor(image, cv2.COLOR_RGBA2BGRA if image.shape[2] == 4 else cv2.COLOR_RGB2BGR)
    encoded = _encode(path, image)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise ImageFileError(f"{path} cannot be written: {path.parent} is a file, not a folder.") from error
    except OSError as error:
        raise ImageFileError(f"{path} cannot be written: {error.strerror}.") from error
    try:
        with whole_file(path) as partial:
            partial.write_bytes(encoded)
    except OSError as error:
        raise ImageFileError(str(error)) from error


def eight_bit_matte(alpha: np.ndarray) -> np.ndarray:
    """Round an alpha matte to 8 bits, as image files hold it.

    Args:
        alpha: float array of shape `(H, W)` in [0, 1].

    Returns:
        uint8 array of shape `(H, W)`.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet.data import eight_bit_matte
    >>> eight_bit_matte(np.array([[0.0, 0.499, 1.0]]))
    array([[  0, 127, 255]], dtype=uint8)
    """
    return np.rint(np.asarray(alpha) * 255.0).astype(np.uint8)


def list_images(folder: StrPath) -> list[Path]:
    """List the image files below a folder, sorted by path.

    Args:
        folder: str or path.

    Returns:
        List of `pathlib.Path`, never empty.

    Raises:
        ImageFileError: if the folder does not exist or holds no image.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ImageFileError(f"There is no folder {folder}.")
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise ImageFileError(f"The folder {folder} holds no image ({', '.join(SUFFIXES)}).")
    return paths


def decode_image(encoded, flags):
    """Decode the bytes of an image file, a uint8 array, as `cv2.imdecode` does; None if they are no image."""
    if not encoded.size:
        return None
    try:
        return cv2.imdecode(encoded, flags)
    except cv2.error:  # e.g. a header that claims more pixels than OpenCV accepts
        return None


def _encode(path, image):
    try:
        possible, encoded = cv2.imencode(path.suffix, image)
    except cv2.error:
        possible = False
    if possible:
        return encoded.tobytes()
    if path.suffix.lower() not in SUFFIXES:
        raise ImageFileError(
            f"{path} cannot be written: {path.suffix or 'no suffix'} is no image format here; use .png."
        )
    height, width = image.shape[:2]
    raise ImageFileError(f"{path} cannot be written: {path.suffix} does not take {width} x {height}; use .png.")


def _decode(path, flags):
    try:
        encoded = np.fromfile(path, dtype=np.uint8)
    except FileNotFoundError as error:
        raise ImageFileError(f"There is no file {path}.") from error
    except OSError as error:
        raise ImageFileError(f"{path} cannot be read: {error.strerror}.") from error
    image = decode_image(encoded, flags)
    if image is None:
        raise ImageFileError(f"{path} is not an image that can be read, or it is damaged.")
    return image
