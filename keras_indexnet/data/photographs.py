"""Photographs with known alpha, to evaluate on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from keras_indexnet.data.composition import composite
from keras_indexnet.data.image_files import read_image
from keras_indexnet.data.procedural import draw_foreground
from keras_indexnet.data.readers import (
    ImageFiles,
    Layout,
    find_files,
    find_layout,
    read_fitting,
    trimap_by_erosion,
)
from keras_indexnet.data.trimap import BACKGROUND, FOREGROUND, UNKNOWN, trimap_from_alpha
from keras_indexnet.given_numbers import LARGEST_SIDE, whole_number
from keras_indexnet.paths import StrPath

TRIMAP_WIDTH = 20  # pixels, of trimaps that are made from alpha


@dataclass(frozen=True)
class Photograph:
    """A photograph, a trimap for it, and its true alpha."""

    name: str
    image: np.ndarray  # uint8, (H, W, 3), RGB
    trimap: np.ndarray  # uint8, (H, W): 0, 128 and 255
    alpha: np.ndarray  # uint8, (H, W)


class Photographs(Sequence[Photograph]):
    """Photographs with true alpha by number, each read from its files whenever it is asked for.

    Nothing is kept in memory, so that a thousand large photographs are no more trouble than one. Of trimaps,
    every value between 0 and 255 becomes 128. Photographs without one get it from their alpha
    (`readers.trimap_by_erosion`, 20 pixels).

    Args:
        files: list of `readers.ImageFiles`.

    Raises:
        ImageFileError: later, if a file cannot be read, or an alpha matte or a trimap has another size than its
            photograph.

    Example:

    ```python
    for photograph in read_photographs("AIM-500", dataset="aim-500"):
        print(photograph.name, photograph.image.shape)
    ```
    """

    def __init__(self, files: list[ImageFiles]) -> None:
        self.files = files

    @property
    def names(self) -> list[str]:
        return [files.name for files in self.files]

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, number):
        if isinstance(number, slice):
            return Photographs(self.files[number])
        return _read(self.files[number])


def read_photographs(
    folder: StrPath, trimaps: str | None = None, dataset: str | Layout = "alphamatting"
) -> Photographs:
    """Find the photographs of a data set with true alpha mattes, to evaluate on.

    All files are looked for at once, and read one photograph at a time.

    Args:
        folder: str or path, the data set's folder. That of `"alphamatting"` has the subfolders `image`, `alpha`
            and `trimap1`, whose files correspond by name.
        trimaps: str, name of another trimap folder than the data set's own, or None.
        dataset: str, a key of `readers.LAYOUTS`, or a `readers.Layout` of your own.

    Returns:
        `Photographs`.

    Raises:
        ImageFileError: if a folder or a file is missing.
        ValueError: if there is no such data set.

    Example:

    ```python
    photographs = read_photographs("alphamatting", trimaps="trimap2")
    composites = read_photographs("Combined_Dataset", dataset="adobe")
    ```
    """
    layout = find_layout(dataset)
    if trimaps is not None:
        layout = replace(layout, trimaps=(trimaps,))
    return Photographs(find_files(folder, layout))


def drawn_photograph(seed: int = 0, size: int = 512, kind: str = "hair") -> Photograph:
    """Draw a photograph-like picture whose alpha is known, for trying things without any data.

    Args:
        seed: int.
        size: int, side in pixels.
        kind: str, one of `data.procedural.KINDS`.

    Returns:
        `Photograph`.

    Example:

    >>> from keras_indexnet.data import drawn_photograph
    >>> drawn_photograph(size=128).image.shape
    (128, 128, 3)
    """
    size = whole_number(size, "size", most=LARGEST_SIDE)
    rng = np.random.default_rng(whole_number(seed, "seed", least=0))
    rgba = draw_foreground(rng, size, kind)
    alpha = rgba[..., 3].astype(np.float32) / 255.0
    coarse = (rng.uniform(60, 190, (5, 5, 1)) + rng.uniform(-40, 40, (5, 5, 3))).astype(np.float32)
    background = cv2.resize(coarse, (size, size), interpolation=cv2.INTER_LINEAR)
    image = composite(alpha, rgba[..., :3].astype(np.float32), background)
    trimap = trimap_from_alpha(alpha, distance=8)
    return Photograph(f"{kind}_{seed}", np.rint(image).astype(np.uint8), trimap, rgba[..., 3])


def _read(files):
    image = read_image(files.image)
    alpha = read_fitting(files.alpha, image, files.image)
    if files.trimap is None:
        trimap = trimap_by_erosion(alpha / np.float32(255), TRIMAP_WIDTH)
    else:
        trimap = read_fitting(files.trimap, image, files.image)
        trimap[(trimap > BACKGROUND) & (trimap < FOREGROUND)] = UNKNOWN
    return Photograph(files.name, image, trimap, alpha)
