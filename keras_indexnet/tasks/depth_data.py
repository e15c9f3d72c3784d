"""Readers of images with their depth: the file of NYUDv2, and folders."""

from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np
from PIL import Image

from keras_indexnet.data.image_files import ImageFileError
from keras_indexnet.errors import IndexNetError
from keras_indexnet.given_numbers import height_and_width
from keras_indexnet.paths import StrPath
from keras_indexnet.tasks.paired_files import paired_files, read_pairs, resized_image, resized_map

MILLIMETRES = 1000


def read_nyu_depth(
    path: StrPath, size: tuple[int, int] = (240, 320), numbers: Sequence[int] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Read images and depth from `nyu_depth_v2_labeled.mat`, the labelled 1449 frames of NYUDv2.

    Args:
        path: str or path of the file.
        size: pair of int, the height and width to bring them to, from 480 x 640.
        numbers: sequence of int, which frames, from 0; the official split counts from 1. None: all.

    Returns:
        uint8 array of shape `(N, H, W, 3)`, RGB, and float32 array of shape `(N, H, W, 1)`, depth in metres.

    Raises:
        IndexNetError: if there is no such file, it is another one or damaged, or has no frame of a number.

    Example:

    ```python
    images, depth = tasks.read_nyu_depth("nyu_depth_v2_labeled.mat", numbers=range(100))
    ```

    Source: Silberman et al., ECCV 2012.
    """
    size = height_and_width(size)
    if not Path(path).is_file():
        raise IndexNetError(f"There is no file {path}.")
    try:
        with h5py.File(path, "r") as file:
            # MATLAB counts columns first: frame, channel, column, row.
            all_images, all_depth = file["images"], file["depths"]
            count, *_ = all_images.shape
            if all_images.ndim != 4 or all_depth.shape != (count, *all_images.shape[2:]):
                raise KeyError("images and depths do not fit each other")
            numbers = range(count) if numbers is None else [int(number) for number in numbers]
            beyond = [number for number in numbers if not 0 <= number < count]
            if not numbers:
                raise IndexNetError("No frame is asked for: numbers is empty.")
            if beyond:
                raise IndexNetError(f"{path} has the frames 0 to {count - 1}, and no frame {beyond[0]}.")
            images = [resized_image(all_images[number].transpose(2, 1, 0), size) for number in numbers]
            depth = [resized_map(all_depth[number].T, size) for number in numbers]
    except (OSError, KeyError, AttributeError) as error:
        raise IndexNetError(
            f"{path} is not nyu_depth_v2_labeled.mat, an HDF5 file with images and depths, or it is damaged."
        ) from error
    return np.stack(images), np.stack(depth).astype("float32")[..., np.newaxis]


def read_depth_folder(
    folder: StrPath, size: tuple[int, int] = (240, 320), border: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Read images and depth from a folder with `image/NAME.jpg` and `depth/NAME.png`.

    Depth is in PNG of 16 bits, in millimetres, 0 where it is unknown. Images without depth are left out.

    Args:
        folder: str or path.
        size: pair of int, the height and width to bring them to.
        border: int, how many pixels are cut off on every side before: frames of NYUDv2 have a white border.

    Returns:
        uint8 array of shape `(N, H, W, 3)`, RGB, and float32 array of shape `(N, H, W, 1)`, depth in metres.

    Raises:
        ImageFileError: if a folder or a file is missing, unreadable, or of another kind or size.

    Example:

    ```python
    images, depth = tasks.read_depth_folder("nyu", size=(96, 128), border=4)
    ```
    """
    pairs = paired_files(Path(folder, "image"), Path(folder, "depth"))
    images, depth = read_pairs(pairs, _read_millimetres, size, border)
    return images, (depth / np.float32(MILLIMETRES))[..., np.newaxis]


def _read_millimetres(path):
    try:
        with Image.open(path) as picture:
            values = np.asarray(picture)
    except (OSError, SyntaxError, ValueError) as error:
        raise ImageFileError(f"{path} is no image, or it is damaged.") from error
    if values.ndim != 2 or values.dtype != np.uint16:
        raise ImageFileError(f"{path} holds no depth: that is one channel of 16 bits, in millimetres.")
    return values
