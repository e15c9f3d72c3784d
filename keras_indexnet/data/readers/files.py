"""The files of a data set: which belong together, and whether they can be read."""

from dataclasses import dataclass
from pathlib import Path

from keras_indexnet.data.image_files import ImageFileError, image_size, list_images, read_gray, read_image
from keras_indexnet.data.trimap.levels import BACKGROUND, FOREGROUND
from keras_indexnet.data.trimap.reading import read_trimap


@dataclass(frozen=True)
class ImageFiles:
    """The files of one image of a data set."""

    name: str
    image: Path  # the photograph, or a foreground's colours
    alpha: Path
    trimap: Path | None


def find_files(folder, layout):
    """Find the files of every image of a data set, and miss none.

    Args:
        folder: str or path, the data set's folder, or the one that its archive was unpacked in.
        layout: `Layout`.

    Returns:
        List of `ImageFiles`: in the order of the layout's list of names, or else sorted by name.

    Raises:
        ImageFileError: if a folder, a list of names or a file is missing, or two files have one name.

    Example:

    ```python
    from keras_indexnet.data.readers import LAYOUTS, find_files

    files = find_files("AIM-500", LAYOUTS["aim-500"])
    ```
    """
    folder = _own_folder(Path(folder), layout)
    kinds = {"foregrounds" if layout.training else "photographs": layout.images, "alpha mattes": layout.alphas}
    if layout.trimaps:
        kinds["trimaps"] = layout.trimaps
    alpha_names = None if layout.names is None else _listed_names(folder, layout)
    found = {kind: _paths_by_name(folder, folders, kind, layout) for kind, folders in kinds.items()}
    images, alphas, trimaps = (*found.values(), None)[:3]
    if alpha_names is None:
        # Where all are known to be there, an alpha without its photograph tells which one is missing.
        names = set(images) if layout.count is None else set().union(*found.values())
        alpha_names = {name: name for name in sorted(names)}
    for kind, paths in found.items():
        wanted = dict.fromkeys(alpha_names.values() if paths is alphas else alpha_names)
        _check_complete(kind, paths, wanted, layout, [folder / part for part in kinds[kind]])
    return [
        ImageFiles(name, images[name], alphas[alpha_name], trimaps[name] if trimaps else None)
        for name, alpha_name in alpha_names.items()
    ]


def check_image(files, decode=False):
    """Check that the files of an image can be read and have one size.

    Args:
        files: `ImageFiles`.
        decode: bool. Whether every pixel is decoded, which finds truncated files and a trimap without unknown
            pixels, too; else headers are read only.

    Returns:
        Pair of ints, width and height in pixels.

    Raises:
        ImageFileError: if a file cannot be read, the sizes differ, or the trimap has no unknown pixel.

    Example:

    ```python
    for files in find_files("AIM-500", LAYOUTS["aim-500"]):
        check_image(files, decode=True)
    ```
    """
    size = _size(files.image, decode)
    for path in (files.alpha, files.trimap):
        if path is not None and (other := _size(path, decode)) != size:
            raise ImageFileError(
                f"{path} has {other[0]} x {other[1]} pixels, but {files.image} has {size[0]} x {size[1]}."
            )
    if decode and files.trimap is not None:
        trimap = read_trimap(files.trimap)
        if not ((trimap > BACKGROUND) & (trimap < FOREGROUND)).any():
            raise ImageFileError(f"{files.trimap} has no unknown pixel, a value between 0 and 255.")
    return size


def read_fitting(path, image, image_path):
    """Read an alpha matte or a trimap, which has to have the size of its image.

    Args:
        path: str or path of the alpha matte or trimap.
        image: uint8 array of shape `(H, W, 3)`.
        image_path: str or path where the image came from, for the error.

    Returns:
        uint8 array of shape `(H, W)`.

    Raises:
        ImageFileError: if the file cannot be read or has another size.
    """
    picture = read_gray(path)
    if picture.shape != image.shape[:2]:
        raise ImageFileError(
            f"{path} has {picture.shape[1]} x {picture.shape[0]} pixels, "
            f"but {image_path} has {image.shape[1]} x {image.shape[0]}."
        )
    return picture


def _own_folder(folder, layout):
    if not folder.is_dir():
        raise ImageFileError(f"There is no folder {folder}.")
    if layout.unpacked is not None and (folder / layout.unpacked).is_dir():
        return folder / layout.unpacked
    return folder


def _listed_names(folder, layout):
    """The name of each image that the list promises, with the name of its alpha matte."""
    path = folder / layout.names
    if not path.is_file():
        raise ImageFileError(f"There is no file {path}, which lists the foregrounds of {layout.title}.")
    listed = [Path(line.strip()).stem for line in path.read_text("utf-8").splitlines() if line.strip()]
    if layout.composites is None:
        return {name: name for name in listed}
    return {f"{name}_{number}": name for name in listed for number in range(layout.composites)}


def _paths_by_name(folder, subfolders, kind, layout):
    paths = {}
    for subfolder in subfolders:
        if not (folder / subfolder).is_dir():
            composed = "; they have to be composed" if kind == "photographs" and layout.composites else ""
            raise ImageFileError(
                f"There is no folder {folder / subfolder}, where {layout.title} has its {kind}{composed}."
            )
        for path in list_images(folder / subfolder):
            if path.stem in paths:
                raise ImageFileError(f"{paths[path.stem]} and {path} have one name; keep one of the two.")
            paths[path.stem] = path
    return paths


def _check_complete(kind, paths, wanted, layout, folders):
    where = " and ".join(map(str, folders))
    missing = [name for name in wanted if name not in paths]
    if missing:
        there, complete = len(wanted) - len(missing), max(len(wanted), layout.count or 0)
        raise ImageFileError(
            f"{where} holds {there} of the {complete} {kind} of {layout.title}; "
            f"the first one missing is {missing[0]}."
        )
    if layout.count is not None and len(wanted) != layout.count:
        raise ImageFileError(
            f"{where} holds {len(wanted)} {kind}, but a complete copy of {layout.title} has {layout.count}."
        )


def _size(path, decode):
    if not decode:
        return image_size(path)
    height, width = read_image(path).shape[:2]
    return width, height
