"""The benchmark of alphamatting.com: its photographs, the mattes that are sent in, the ranks of methods."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from keras_indexnet.data.image_files import ImageFileError, image_size, list_images, read_gray
from keras_indexnet.errors import IndexNetError
from keras_indexnet.paths import StrPath

# The kinds of trimaps, by the benchmark's own numbers, which are those of the folders.
TRIMAP_KINDS = {1: "small", 2: "large", 3: "user"}
TEST_PHOTOGRAPHS = ("doll", "donkey", "elephant", "net", "pineapple", "plant", "plasticbag", "troll")
# Where they lie: as on the page of this data set, or as the site's own archives unpack.
IMAGE_FOLDERS = ("image", "input_lowres", "input_training_lowres")
TRIMAP_FOLDERS = ("trimap{}", "trimap_lowres/Trimap{}", "trimap_training_lowres/Trimap{}")


@dataclass(frozen=True)
class BenchmarkPhotograph:
    """A photograph of the benchmark, and its trimaps by their numbers."""

    name: str
    image: Path
    trimaps: dict[int, Path]


class MethodRanks(NamedTuple):
    """How a method stands among others by one error: the lower, the better."""

    method: str
    overall: float  # the mean of what follows
    by_kind: dict[str, float]  # mean rank over the photographs, by the kind of trimap
    ranks: dict[str, dict[str, int]]  # by the kind of trimap and the photograph


def find_benchmark_photographs(folder: StrPath) -> list[BenchmarkPhotograph]:
    """Find photographs with trimaps of several kinds, without true alpha: what mattes are made of.

    Args:
        folder: str or path, with the folders `image` and `trimap1` to `trimap3`, or `input_lowres` and
            `trimap_lowres/Trimap1` to `Trimap3`, as the archives of the site unpack. A kind of trimap may lack.

    Returns:
        List of `BenchmarkPhotograph`, sorted by name.

    Raises:
        ImageFileError: if there are no photographs or no trimaps, or a trimap is missing or of another size.

    Example:

    ```python
    for photograph in find_benchmark_photographs("alphamatting_test"):
        print(photograph.name, photograph.trimaps[1])
    ```
    """
    images = _first_folder(folder, IMAGE_FOLDERS)
    if images is None:
        raise ImageFileError(f"{folder} has no folder {' or '.join(IMAGE_FOLDERS)}, with its photographs.")
    trimaps = {}
    for number in TRIMAP_KINDS:
        found = _first_folder(folder, [name.format(number) for name in TRIMAP_FOLDERS])
        if found is not None:
            trimaps[number] = found
    if not trimaps:
        raise ImageFileError(f"{folder} has no folder {TRIMAP_FOLDERS[0].format(1)}, with its trimaps.")
    found = {number: {path.stem: path for path in list_images(kind)} for number, kind in trimaps.items()}
    return [
        BenchmarkPhotograph(
            image.stem,
            image,
            {number: _fitting_trimap(image, found[number], trimaps[number]) for number in trimaps},
        )
        for image in list_images(images)
    ]


def check_test_set(photographs: Sequence[BenchmarkPhotograph]) -> None:
    """Raise ImageFileError unless these are the benchmark's eight test photographs with three trimaps each.

    Args:
        photographs: list of `BenchmarkPhotograph`.
    """
    names = [photograph.name for photograph in photographs]
    missing = [name for name in TEST_PHOTOGRAPHS if name not in names]
    others = [name for name in names if name not in TEST_PHOTOGRAPHS]
    if missing or others:
        wrong = f"{missing[0]} is missing" if missing else f"{others[0]} is none of them"
        raise ImageFileError(
            f"A submission is of the {len(TEST_PHOTOGRAPHS)} test photographs of alphamatting.com, "
            f"{', '.join(TEST_PHOTOGRAPHS)}: {wrong}."
        )
    for number in TRIMAP_KINDS:
        if number not in photographs[0].trimaps:
            raise ImageFileError(f"A submission is of all three kinds of trimaps: Trimap{number} is missing.")


def matte_path(number: int, name: str) -> str:
    """Return the path of a matte in a submission, by the number of its trimap and the photograph's name."""
    return f"Trimap{number}/{name}.png"


def read_benchmark_matte(path: StrPath, size: tuple[int, int]) -> np.ndarray:
    """Read a matte and check it, as `check_matte` does.

    Args:
        path: str or path of an image file.
        size: width and height of the photograph, a pair of ints.

    Returns:
        uint8 array of shape `(H, W)`.

    Raises:
        ImageFileError: if there is no such file, or it is no matte that the benchmark takes.
    """
    matte = read_gray(path)
    check_matte(matte, size, path)
    return matte


def check_matte(matte: np.ndarray, size: tuple[int, int], name: StrPath) -> None:
    """Raise ImageFileError unless a matte is one for the benchmark: of its photograph's size, from 0 to 255.

    Args:
        matte: uint8 array of shape `(H, W)`.
        size: width and height of the photograph, a pair of ints.
        name: str or path, what to call it in the error.
    """
    if matte.shape != size[::-1]:
        raise ImageFileError(
            f"{name} has {matte.shape[1]} x {matte.shape[0]} pixels, but its photograph has "
            f"{size[0]} x {size[1]}."
        )
    if matte.max() == 1:
        raise ImageFileError(
            f"{name} is black: alpha goes from 0 to 255 in a matte of 8 bits, not from 0 to 1."
        )


def rank_methods(errors: Mapping[str, Mapping[str, Mapping[str, float]]]) -> list[MethodRanks]:
    """Rank methods by one error as alphamatting.com does: photograph by photograph, then on the average.

    A method's rank on a photograph with a trimap is one more than the number of methods with less error;
    methods of equal error share it. Its rank for a kind of trimap is the mean over the photographs, and its
    overall rank the mean of these.

    Args:
        errors: dict from a method to a dict from a kind of trimap to a dict from a photograph to the error. All
            methods have the same kinds and photographs.

    Returns:
        List of `MethodRanks`, the best method first.

    Raises:
        ValueError: if there is no method, or they have other kinds or photographs.

    Example:

    >>> from keras_indexnet.evaluation import rank_methods
    >>> errors = {"mine": {"small": {"doll": 5.0, "net": 9.0}}, "theirs": {"small": {"doll": 6.0, "net": 8.0}},
    ...           "old": {"small": {"doll": 9.0, "net": 9.0}}}
    >>> [(method.method, method.overall) for method in rank_methods(errors)]
    [('mine', 1.5), ('theirs', 1.5), ('old', 2.5)]

    Source: the tables of alphamatting.com; Rhemann et al., CVPR 2009, sec. 5.
    """
    if not errors:
        raise IndexNetError("There is no method to rank.")
    first, *others = errors.values()
    shape = {kind: list(photographs) for kind, photographs in first.items()}
    if any({kind: list(photographs) for kind, photographs in other.items()} != shape for other in others):
        raise IndexNetError("Methods are ranked on the same photographs, with the same trimaps.")
    ranked = []
    for method in errors:
        ranks = {
            kind: {name: 1 + _better(errors, method, kind, name) for name in names}
            for kind, names in shape.items()
        }
        by_kind = {kind: float(np.mean(list(of_kind.values()))) for kind, of_kind in ranks.items()}
        ranked.append(MethodRanks(method, float(np.mean(list(by_kind.values()))), by_kind, ranks))
    return sorted(ranked, key=lambda method: method.overall)


def _better(errors, method, kind, name):
    mine = errors[method][kind][name]
    return sum(other[kind][name] < mine for other in errors.values())


def _first_folder(folder, names):
    return next((Path(folder, name) for name in names if Path(folder, name).is_dir()), None)


def _fitting_trimap(image, trimaps, folder):
    trimap = trimaps.get(image.stem)
    if trimap is None:
        raise ImageFileError(f"{folder} has no trimap of {image.name}.")
    if image_size(trimap) != image_size(image):
        raise ImageFileError(f"{trimap} has another size than its photograph {image}.")
    return trimap
