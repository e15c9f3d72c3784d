from collections.abc import Callable
from pathlib import Path

import numpy as np

from keras_indexnet.data.byte_cache import GIBIBYTE
from keras_indexnet.data.image_files import list_images, read_image
from keras_indexnet.data.readable_images import ReadableImages
from keras_indexnet.paths import StrPath


class ImageFolder:
    """The images of a folder and its subfolders by number, each decoded when first asked for.

    Args:
        folder: str or path.
        read: function from a path to an array: `read_image` for backgrounds, `read_foreground` for RGBA
            cut-outs.
        broken: `"refuse"` or `"skip"`. What happens when a file cannot be read: an error that names it, or a
            warning that names it once, and the next readable image in its place.
        cache_bytes: int, how many bytes of decoded images are kept in memory; 2 GiB unless told otherwise.

    Raises:
        ImageFileError: if the folder does not exist or holds no image; later, if an image cannot be read and
            is to be refused, or none can be read.
        ValueError: if `broken` is neither of the two words.

    Example:

    ```python
    backgrounds = ImageFolder("photographs", broken="skip")
    foregrounds = ImageFolder("cutouts", read=read_foreground)
    ```
    """

    def __init__(
        self,
        folder: StrPath,
        read: Callable[[Path], np.ndarray] = read_image,
        broken: str = "refuse",
        cache_bytes: int = 2 * GIBIBYTE,
    ) -> None:
        self.folder = folder
        self.paths = list_images(folder)
        self._images = ReadableImages(self.paths, read, broken, cache_bytes, f"the folder {folder}")

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, number: int) -> np.ndarray:
        return self._images[number]
