"""Readers of indoor scenes with their labels: SUN RGB-D as it is arranged for segmentation, and folders."""

import re
from pathlib import Path

import numpy as np

from keras_indexnet.data import read_gray
from keras_indexnet.data.image_files import ImageFileError
from keras_indexnet.errors import IndexNetError
from keras_indexnet.given_numbers import whole_number
from keras_indexnet.paths import StrPath
from keras_indexnet.tasks.paired_files import paired_files, read_pairs

IGNORED = 255  # the label of pixels that nobody labelled
# The order of Song et al., CVPR 2015.
SUN_RGBD_CLASSES = (
    "wall", "floor", "cabinet", "bed", "chair", "sofa", "table", "door", "window", "bookshelf", "picture",
    "counter", "blinds", "desk", "shelves", "curtain", "dresser", "pillow", "mirror", "floor mat", "clothes",
    "ceiling", "books", "fridge", "tv", "paper", "towel", "shower curtain", "box", "whiteboard", "person",
    "night stand", "toilet", "sink", "lamp", "bathtub", "bag",
)  # fmt: skip


def read_sun_rgbd(
    folder: StrPath, split: str = "train", size: tuple[int, int] = (240, 320)
) -> tuple[np.ndarray, np.ndarray]:
    """Read images and labels of 37 classes of SUN RGB-D, arranged as `image/SPLIT` and `label37/SPLIT`.

    The official archive has the labels in one MATLAB file; public rearrangements have a PNG for each image, 0
    where nobody labelled and else the class, from 1. An image and its labels have the number in common with
    which their names end, such as `image/train/img-000001.jpg` and `label37/train/img37labels-000001.png`.

    Args:
        folder: str or path.
        split: str, the folder in both: `"train"` (5285 images) or `"test"` (5050).
        size: pair of int, the height and width to bring them to.

    Returns:
        uint8 array of shape `(N, H, W, 3)`, RGB, and uint8 array of shape `(N, H, W)`: 0 to 36, in the order of
        `SUN_RGBD_CLASSES`, or 255 where nobody labelled.

    Raises:
        ImageFileError: if a folder or a file is missing, unreadable, or of another kind or size.

    Example:

    ```python
    images, labels = tasks.read_sun_rgbd("SUN_RGBD", "test")
    ```

    Source: Song et al., CVPR 2015.
    """
    folder = Path(folder)
    pairs = paired_files(folder / "image" / split, folder / "label37" / split, _last_number)

    def read_labels(path):
        labels = read_gray(path)
        _check_labels(labels, path, len(SUN_RGBD_CLASSES) + 1)
        return labels - np.uint8(1)  # 0 becomes 255

    return read_pairs(pairs, read_labels, size, border=0)


def read_label_folder(
    folder: StrPath, size: tuple[int, int] = (240, 320), classes: int = 37, border: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Read images and labels from a folder with `image/NAME.jpg` and `label/NAME.png`.

    A label is the number of a class, from 0, or 255 where nobody labelled. Images without labels are left out.

    Args:
        folder: str or path.
        size: pair of int, the height and width to bring them to.
        classes: int, how many classes there are.
        border: int, how many pixels are cut off on every side before: frames of NYUDv2 have a white border.

    Returns:
        uint8 array of shape `(N, H, W, 3)`, RGB, and uint8 array of shape `(N, H, W)`.

    Raises:
        ImageFileError: if a folder or a file is missing, unreadable, or of another kind or size.

    Example:

    ```python
    images, labels = tasks.read_label_folder("nyu", size=(96, 128), border=4)
    ```
    """
    classes = whole_number(classes, "classes", most=IGNORED)

    def read_labels(path):
        labels = read_gray(path)
        _check_labels(labels[labels != IGNORED], path, classes)
        return labels

    return read_pairs(paired_files(Path(folder, "image"), Path(folder, "label")), read_labels, size, border)


def class_weights(labels: np.ndarray, classes: int = 37) -> np.ndarray:
    """Return the weights that balance the classes by their median frequency.

    A class's frequency is its share of the labelled pixels of those images in which it occurs. Its weight is
    the median of all frequencies over its own; a class that never occurs has weight 0.

    Args:
        labels: uint8 array of shape `(N, H, W)`, 255 where nobody labelled.
        classes: int, how many classes there are.

    Returns:
        float32 array of shape `(classes,)`.

    Raises:
        ValueError: if nothing is labelled.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet import tasks
    >>> tasks.class_weights(np.array([[[0, 0, 1, 2]]]), classes=3).tolist()
    [0.5, 1.0, 1.0]

    Source: Eigen and Fergus, ICCV 2015, sec. 6.3.2; Badrinarayanan et al., PAMI 2017, sec. 4.
    """
    counts = np.stack([np.bincount(each[each < classes], minlength=classes) for each in labels])
    labelled = (counts > 0) * counts.sum(axis=1, keepdims=True)
    pixels, out_of = counts.sum(axis=0), labelled.sum(axis=0)
    occurs = pixels > 0
    if not occurs.any():
        raise IndexNetError("There is no labelled pixel to weigh the classes by.")
    frequencies = pixels[occurs] / out_of[occurs]
    weights = np.zeros(classes, "float32")
    weights[occurs] = np.median(frequencies) / frequencies
    return weights


def _last_number(path):
    numbers = re.findall(r"\d+", path.stem)
    if not numbers:
        raise ImageFileError(
            f"{path} has no number in its name, by which SUN RGB-D's images and labels are matched."
        )
    return int(numbers[-1])


def _check_labels(labels, path, count):
    if labels.size and labels.max() >= count:
        raise ImageFileError(f"{path} holds the label {labels.max()}, but labels are from 0 to {count - 1}.")
