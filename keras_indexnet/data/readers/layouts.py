"""How the data sets of the field lie on disk, a row each; `datasets/` has a page about every one of them."""

from dataclasses import dataclass
from typing import Any

from keras_indexnet.errors import IndexNetError


@dataclass(frozen=True)
class Layout:
    """How a data set lies on disk: files that belong together have one name, whatever their suffix.

    Folders and files are relative to the data set's own folder.
    """

    title: str
    images: tuple[str, ...]  # folders of the photographs, or of the foregrounds' colours
    alphas: tuple[str, ...]
    trimaps: tuple[str, ...] = ()  # none: trimaps are made from the alpha mattes
    count: int | None = None  # images of a complete copy; None: as many as `names` lists, or any number
    names: str | None = None  # text file that lists the foregrounds, one a line
    composites: int | None = None  # of each listed foreground, NAME_0, NAME_1, ...; None: the foreground itself
    unpacked: str | None = None  # folder that the archive unpacks to
    training: bool = False  # foregrounds to train from; else photographs to evaluate on
    source: str = ""  # where to ask for it
    licence: str = ""


_ADOBE: dict[str, Any] = {
    "unpacked": "Combined_Dataset",
    "source": "https://github.com/adobe-research/Deep_Image_Matting_Dataset",
    "licence": "Adobe Deep Image Matting Dataset License Agreement: non-commercial, trained models too",
}
_P3M: dict[str, Any] = {
    "unpacked": "P3M-10k",
    "source": "https://github.com/JizhiziLi/P3M",
    "licence": "P3M-10k Dataset Release Agreement, called MIT by its authors",
}

LAYOUTS = {
    "alphamatting": Layout(
        "alphamatting.com",
        images=("image",),
        alphas=("alpha",),
        trimaps=("trimap1",),
        source="http://www.alphamatting.com/datasets.php",
        licence="none found",
    ),
    "adobe": Layout(
        "Composition-1k",
        images=("Test_set/merged",),
        alphas=("Test_set/Adobe-licensed images/alpha",),
        trimaps=("Test_set/Adobe-licensed images/trimaps",),
        names="Test_set/test_fg_names.txt",
        composites=20,
        **_ADOBE,
    ),
    "adobe-training": Layout(
        "Adobe's training set",
        images=("Training_set/Adobe-licensed images/fg", "Training_set/Other/fg"),
        alphas=("Training_set/Adobe-licensed images/alpha", "Training_set/Other/alpha"),
        names="Training_set/training_fg_names.txt",
        training=True,
        **_ADOBE,
    ),
    "aim-500": Layout(
        "AIM-500",
        images=("original",),
        alphas=("mask",),
        trimaps=("trimap",),
        count=500,
        unpacked="AIM-500",
        source="https://github.com/JizhiziLi/AIM",
        licence="MIT, as its repository states",
    ),
    "ppm-100": Layout(
        "PPM-100",
        images=("image",),
        alphas=("matte",),
        count=100,
        unpacked="PPM-100",
        source="https://github.com/ZHKKKe/PPM",
        licence="photographs Creative Commons (Flickr), mattes CC BY-NC-SA 4.0",
    ),
    "p3m": Layout(
        "P3M-500-P",
        images=("validation/P3M-500-P/blurred_image",),
        alphas=("validation/P3M-500-P/mask",),
        trimaps=("validation/P3M-500-P/trimap",),
        count=500,
        **_P3M,
    ),
    "p3m-np": Layout(
        "P3M-500-NP",
        images=("validation/P3M-500-NP/original_image",),
        alphas=("validation/P3M-500-NP/mask",),
        trimaps=("validation/P3M-500-NP/trimap",),
        count=500,
        **_P3M,
    ),
    "p3m-training": Layout(
        "P3M-10k's training set",
        images=("train/fg",),
        alphas=("train/mask",),
        count=9421,
        training=True,
        **_P3M,
    ),
    "pairs": Layout("a folder of pairs", images=("image",), alphas=("alpha",)),
}


def find_layout(dataset):
    """Find a layout by its name.

    Args:
        dataset: str, a key of `LAYOUTS`; or a `Layout` of your own, which is returned as it is.

    Returns:
        `Layout`.

    Raises:
        ValueError: if there is none of that name.

    Example:

    >>> from keras_indexnet.data.readers import find_layout
    >>> find_layout("aim-500").alphas
    ('mask',)
    """
    if isinstance(dataset, Layout):
        return dataset
    if dataset not in LAYOUTS:
        raise IndexNetError(f"There is no data set {dataset!r}; choose from {', '.join(LAYOUTS)}.")
    return LAYOUTS[dataset]
