"""Photographs with known alpha, to evaluate on."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from keras_indexnet.data.image_files import ImageFileError, list_images, read_gray, read_photograph


@dataclass(frozen=True)
class Photograph:
    """A photograph, a trimap for it, and its true alpha."""

    name: str
    image: np.ndarray  # uint8, (H, W, 3), RGB
    trimap: np.ndarray  # uint8, (H, W)
    alpha: np.ndarray  # uint8, (H, W)


def read_photographs(folder, trimaps="trimap1"):
    """Read a folder of photographs with true alpha mattes, laid out as the data of alphamatting.com.

    Args:
        folder: str or path with the subfolders `image`, `alpha` and `trimaps`, whose files correspond by name.
        trimaps: str, name of the trimap folder.

    Returns:
        List of `Photograph`.

    Raises:
        ImageFileError: if a folder or a file is missing.
    """
    folder = Path(folder)
    photographs = []
    for path in list_images(folder / "image"):
        trimap_path = folder / trimaps / f"{path.stem}.png"
        alpha_path = folder / "alpha" / f"{path.stem}.png"
        for partner in (trimap_path, alpha_path):
            if not partner.is_file():
                raise ImageFileError(f"The photograph {path} has no partner {partner}.")
        photographs.append(
            Photograph(path.stem, read_photograph(path), read_gray(trimap_path), read_gray(alpha_path))
        )
    return photographs
