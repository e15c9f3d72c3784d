"""Reads and writes image files as NumPy arrays, RGB order."""

import io
import os
import stat
import warnings
from pathlib import Path

import cv2
import numpy as np
from PIL import ExifTags, Image

from keras_indexnet.data.decoding import UndecodableError, colours, decode, levels, plain, size_of
from keras_indexnet.data.ranges import unit_alpha
from keras_indexnet.errors import IndexNetError
from keras_indexnet.paths import Picture, StrPath
from keras_indexnet.whole_file import whole_file

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp")  # of what is written
READ_SUFFIXES = (*SUFFIXES, ".gif", ".avif", ".heic", ".heif", ".jp2", ".ppm", ".pgm")
SOFTWARE = "keras_indexnet"  # in the files' metadata, as the program that wrote them
LARGEST_FILE = 4 << 30  # bytes
PART = 1 << 20


class ImageFileError(IndexNetError):
    """An image file that is missing, unreadable or cannot be written."""


class UnpaintedWarning(UserWarning):
    """Pixels that nobody painted were taken for black."""


def read_image(path: Picture) -> np.ndarray:
    """Read an image file as RGB, whatever it holds.

    Its colours are brought to sRGB, as its colour profile says. Grey images get three equal channels, an alpha
    channel is dropped, more than 8 bits are rounded, the orientation in EXIF is applied, and of an animation
    the first picture is taken.

    Args:
        path: str or path of a PNG, JPEG, WebP, TIFF, BMP, GIF, AVIF, PNM or JPEG 2000 file, of HEIC where
            pillow-heif is installed; or of a pipe, which is read to its end. Or such a file, opened to read
            bytes, or what Pillow has opened.

    Returns:
        uint8 array of shape `(H, W, 3)`, RGB.

    Raises:
        ImageFileError: if there is no such file or it is no image.
    """
    return colours(decoded(path))


def read_gray(path: Picture) -> np.ndarray:
    """Read an image file as one channel, for trimaps and alpha mattes.

    What is transparent was not painted: it becomes black, with a warning. Colour profiles change nothing, as
    the values are numbers; orientation and depth are treated as by `read_image`.

    Args:
        path: as for `read_image`.

    Returns:
        uint8 array of shape `(H, W)`.

    Raises:
        ImageFileError: if there is no such file or it is no image.
    """
    return gray_values(decoded(path), path)


def gray_values(picture, path):
    """Return a decoded picture as one channel; `read_gray` says how."""
    values, alpha = levels(picture)
    if alpha is None or (alpha == 255).all():
        return values
    unpainted = f"{named(path)} is transparent in places; what nobody painted there was read as black."
    warnings.warn(UnpaintedWarning(unpainted), stacklevel=3)
    return over_black(values, alpha)


def read_foreground(path: StrPath) -> np.ndarray:
    """Read an RGBA cut-out with straight (not premultiplied) alpha.

    Args:
        path: str or path of an image file with an alpha channel. Its colours are read as by `read_image`.

    Returns:
        uint8 array of shape `(H, W, 4)`.

    Raises:
        ImageFileError: if there is no such file, it is no image, or it has no alpha channel.
    """
    picture = decoded(path)
    _, alpha = levels(picture)
    if alpha is None:
        raise ImageFileError(f"{path} has no alpha channel; a foreground is an RGBA image.")
    return np.dstack([colours(picture), alpha])


def read_training_foreground(path: StrPath) -> np.ndarray:
    """Read a foreground to train from: something of it has to be cut out.

    Args:
        path: str or path of an image file.

    Returns:
        uint8 array of shape `(H, W, 4)`.

    Raises:
        ImageFileError: as `read_foreground`, or if it is opaque or transparent everywhere.
    """
    rgba = read_foreground(path)
    check_cut_out(rgba[..., 3], path)
    return rgba


def check_cut_out(alpha, path):
    """Refuse a foreground without an edge: a network's loss on it would be 0, for as long as it trains."""
    for level, state in ((0, "transparent"), (255, "opaque")):
        if (alpha == level).all():
            raise ImageFileError(
                f"{path} is {state} everywhere, so there is nothing to learn from it; cut it out."
            )


def over_black(values, alpha):
    """Blend grey values with black by alpha; all are uint8 arrays of shape `(H, W)`."""
    return np.rint(values * (alpha / 255.0)).astype(np.uint8)


def image_size(path: StrPath) -> tuple[int, int]:
    """Return the width and the height of an image file, turned upright, from its header.

    Args:
        path: str or path of an image file.

    Raises:
        ImageFileError: if there is no such file or it is no image.
    """
    return _said(path, size_of, read_bytes(path))


def write_image(path: StrPath, image: np.ndarray) -> None:
    """Write an image so that the file is either whole or not there.

    Args:
        path: str or path; its suffix chooses the format.
        image: uint8 or uint16 array of shape `(H, W)`, `(H, W, 3)` RGB or `(H, W, 4)` RGBA.

    Raises:
        ValueError: if the image is of another dtype or shape.
        ImageFileError: if the format is unknown or the file cannot be written.
    """
    path = Path(path)
    encoded = encode(image, path)
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


def encode(image, path):
    """Return the bytes of the file that `write_image` writes."""
    image = np.asarray(image)
    if image.dtype.name not in ("uint8", "uint16"):
        raise IndexNetError(
            f"An image file holds uint8 or uint16, not {image.dtype}: round what lies in [0, 1] to 255 steps "
            "(alpha: eight_bit_matte)."
        )
    if not (image.size and (image.ndim == 2 or (image.ndim == 3 and image.shape[2] in (3, 4)))):
        raise IndexNetError(
            f"An image is of shape (H, W), (H, W, 3) or (H, W, 4), and not empty, not of shape {image.shape}."
        )
    image = image.astype(image.dtype.newbyteorder("="), copy=False)
    if image.ndim == 3:
        image = cv2.cvtColor(image, cv2.COLOR_RGBA2BGRA if image.shape[2] == 4 else cv2.COLOR_RGB2BGR)
    return _encode(Path(path), image)


def eight_bit_matte(alpha: np.ndarray) -> np.ndarray:
    """Round an alpha matte to 8 bits, as image files hold it.

    Args:
        alpha: array of shape `(H, W)`: bool, uint8, uint16, or float in [0, 1].

    Returns:
        uint8 array of shape `(H, W)`.

    Raises:
        ValueError: if its dtype or range is none of these.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet.data import eight_bit_matte
    >>> eight_bit_matte(np.array([[0.0, 0.499, 1.0]]))
    array([[  0, 127, 255]], dtype=uint8)
    """
    return np.rint(unit_alpha(alpha) * 255.0).astype(np.uint8)


def list_images(folder: StrPath) -> list[Path]:
    """List the image files below a folder, sorted by path; hidden ones, such as a Mac's `._name.jpg`, are none.

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
    paths = sorted(path for path in folder.rglob("*") if _is_image(path.relative_to(folder)) and path.is_file())
    if not paths:
        raise ImageFileError(f"The folder {folder} holds no image ({', '.join(READ_SUFFIXES)}).")
    return paths


def _is_image(path):
    return path.suffix.lower() in READ_SUFFIXES and not any(part.startswith(".") for part in path.parts)


def _encode(path, image):
    """Return the bytes of an image file; `image` is in OpenCV's order of channels."""
    suffix = path.suffix.lower()
    if suffix in (".tif", ".tiff") and (image.dtype == np.uint8 or image.ndim == 2):
        # By Pillow, which states that alpha is straight; of what OpenCV writes a reader has to guess it.
        if image.ndim == 3:
            image = np.ascontiguousarray(image[..., [2, 1, 0, 3][: image.shape[2]]])
        file = io.BytesIO()
        Image.fromarray(image).save(file, "TIFF", compression="tiff_lzw", software=SOFTWARE)
        return file.getvalue()
    try:
        if suffix in (".png", ".jpg", ".jpeg", ".webp"):
            possible, encoded = cv2.imencodeWithMetadata(
                suffix, image, [cv2.IMAGE_METADATA_EXIF], [np.frombuffer(_exif(), np.uint8)]
            )
        else:
            possible, encoded = cv2.imencode(suffix, image)
    except cv2.error:
        possible = False
    if possible:
        return encoded.tobytes()
    if suffix not in SUFFIXES:
        raise ImageFileError(
            f"{path} cannot be written: {path.suffix or 'no suffix'} is no image format here; use .png."
        )
    height, width = image.shape[:2]
    raise ImageFileError(f"{path} cannot be written: {path.suffix} does not take {width} x {height}; use .png.")


def _exif():
    exif = Image.Exif()
    exif[ExifTags.Base.Software] = SOFTWARE
    return exif.tobytes().removeprefix(b"Exif\0\0")


def read_bytes(path):
    """Read a file, or a pipe or an opened file to its end; a device has none."""
    try:
        if hasattr(path, "read"):
            encoded = _all_of(path)
        else:
            status = os.stat(path)
            if stat.S_ISCHR(status.st_mode) or stat.S_ISBLK(status.st_mode):
                raise ImageFileError(f"{path} is a device, not an image file.")
            with open(path, "rb") as file:
                encoded = _all_of(file) if status.st_size <= LARGEST_FILE else None
    except FileNotFoundError as error:
        raise ImageFileError(f"There is no file {path}.") from error
    except OSError as error:
        raise ImageFileError(f"{named(path)} cannot be read: {error.strerror}.") from error
    if encoded is None:
        raise ImageFileError(f"{named(path)} has more than {LARGEST_FILE >> 30} GiB; no image has.")
    return encoded


def _all_of(file):
    """Read to the end; None if that is too far."""
    encoded = bytearray()
    while len(encoded) <= LARGEST_FILE and (part := file.read(PART)):
        encoded += part
    return bytes(encoded) if len(encoded) <= LARGEST_FILE else None


def decoded(path):
    """Return an image file as a `PIL.Image.Image`, as `decode` does of its bytes."""
    if isinstance(path, Image.Image):
        return _said(path, plain, path)
    return _said(path, decode, read_bytes(path))


def _said(path, read, encoded):
    try:
        return read(encoded)
    except UndecodableError as error:
        raise ImageFileError(f"{named(path)} {error}.") from error


def named(path):
    """What to call a picture in errors: its file's name where it has one."""
    if isinstance(path, str | os.PathLike):
        return path
    return getattr(path, "name", None) or getattr(path, "filename", None) or "The picture"
