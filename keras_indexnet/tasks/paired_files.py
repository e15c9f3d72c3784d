"""Images and the maps that belong to them: files of two folders, read at one size."""

import cv2
import numpy as np

from keras_indexnet.data import list_images, read_image
from keras_indexnet.data.image_files import ImageFileError
from keras_indexnet.given_numbers import height_and_width, whole_number


def paired_files(images, maps, name_of=lambda path: path.stem):
    """Find the image of every map.

    Args:
        images: path of the folder of images.
        maps: path of the folder of depth maps or labels, of all of the images or of some.
        name_of: function from a path to what an image and its map have in common.

    Returns:
        List of pairs of paths, image and map, sorted by name.

    Raises:
        ImageFileError: if a folder is missing or empty, a map has no image, or two files have one name.
    """
    paths, found = (_by_name(list_images(folder), name_of) for folder in (images, maps))
    missing = sorted(set(found) - set(paths))
    if missing:
        raise ImageFileError(
            f"{images} holds the image of {len(found) - len(missing)} of the {len(found)} files in {maps}; the "
            f"first one missing is that of {found[missing[0]].name}."
        )
    return [(paths[name], path) for name, path in sorted(found.items())]


def _by_name(paths, name_of):
    found = {}
    for path in paths:
        other = found.setdefault(name_of(path), path)
        if other != path:
            raise ImageFileError(f"{other} and {path} have one name; keep one of the two.")
    return found


def read_pairs(pairs, read_map, size, border):
    """Read images and their maps at one size.

    Args:
        pairs: list of pairs of paths, image and map.
        read_map: function from a path to an array of shape `(H, W)`.
        size: pair of int, height and width.
        border: int, how many pixels are cut off on every side before.

    Returns:
        uint8 array of shape `(N, H, W, 3)` and the maps, of shape `(N, H, W)`.

    Raises:
        ImageFileError: if a file cannot be read, or a map has not the size of its image.
    """
    size, border = height_and_width(size), whole_number(border, "border", least=0)
    images, maps = [], []
    for image_path, map_path in pairs:
        image, values = read_image(image_path), read_map(map_path)
        if values.shape != image.shape[:2]:
            raise ImageFileError(
                f"{map_path} has {values.shape[1]} x {values.shape[0]} pixels, but {image_path} has "
                f"{image.shape[1]} x {image.shape[0]}."
            )
        if 2 * border >= min(values.shape):
            raise ImageFileError(f"{image_path} has nothing left without a border of {border} pixels.")
        inside = np.s_[border : image.shape[0] - border, border : image.shape[1] - border]
        images.append(resized_image(image[inside], size))
        maps.append(resized_map(values[inside], size))
    return np.stack(images), np.stack(maps)


def resized_image(image, size):
    """Bring an image to a height and width; what is made smaller is averaged."""
    return cv2.resize(np.ascontiguousarray(image), size[::-1], interpolation=cv2.INTER_AREA)


def resized_map(values, size):
    """Bring depth or labels to a height and width by their nearest pixels: a mean of two would be neither."""
    return cv2.resize(np.ascontiguousarray(values), size[::-1], interpolation=cv2.INTER_NEAREST)
