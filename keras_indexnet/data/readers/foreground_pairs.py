import numpy as np

from keras_indexnet.data.byte_cache import GIBIBYTE
from keras_indexnet.data.image_files import check_cut_out, read_image
from keras_indexnet.data.readable_images import ReadableImages
from keras_indexnet.data.readers.files import ImageFiles, find_files, read_fitting
from keras_indexnet.data.readers.layouts import Layout, find_layout
from keras_indexnet.paths import StrPath


class ForegroundPairs:
    """Foregrounds whose colours and alpha lie in two files, by number, for `MattingSequence`.

    Args:
        files: list of `ImageFiles`.
        broken: `"refuse"` or `"skip"`, as for `ImageFolder`.
        cache_bytes: int, how many bytes of decoded foregrounds are kept in memory; 2 GiB unless told otherwise.

    Raises:
        ImageFileError: later, if a file cannot be read or an alpha matte has another size than the colours, and
            that is to be refused.
        ValueError: if `broken` is neither of the two words.

    A foreground is a uint8 array of shape `(H, W, 4)`, RGBA with straight alpha.

    Example:

    ```python
    foregrounds = read_foregrounds("Combined_Dataset", "adobe-training")
    sequence = MattingSequence([foregrounds], ImageFolder("train2014"))
    ```
    """

    def __init__(
        self, files: list[ImageFiles], broken: str = "refuse", cache_bytes: int = 2 * GIBIBYTE
    ) -> None:
        self.files = files
        self._foregrounds = ReadableImages(files, _read_pair, broken, cache_bytes, "these foregrounds")

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, number: int) -> np.ndarray:
        return self._foregrounds[number]


def read_foregrounds(
    folder: StrPath,
    dataset: str | Layout = "pairs",
    broken: str = "refuse",
    cache_bytes: int = 2 * GIBIBYTE,
) -> ForegroundPairs:
    """Find the foregrounds of a data set, to train from.

    Args:
        folder: str or path, the data set's folder.
        dataset: str, a key of `readers.LAYOUTS` such as `"adobe-training"`, or a `readers.Layout` of your own.
        broken: `"refuse"` or `"skip"`: what happens when a foreground cannot be read (see `ImageFolder`).
        cache_bytes: int, how many bytes of decoded foregrounds are kept in memory.

    Returns:
        `ForegroundPairs`.

    Raises:
        ImageFileError: if a folder or a file is missing.
        ValueError: if there is no such data set.

    Example:

    ```python
    layout = readers.Layout("Mine", images=("colours",), alphas=("mattes",), training=True)
    foregrounds = read_foregrounds("folder", layout)
    ```
    """
    return ForegroundPairs(find_files(folder, find_layout(dataset)), broken, cache_bytes)


def _read_pair(files):
    colours = read_image(files.image)
    alpha = read_fitting(files.alpha, colours, files.image)
    check_cut_out(alpha, files.alpha)
    return np.dstack([colours, alpha])
