import numpy as np
from PIL import ExifTags, Image

from keras_indexnet.data.image_files import ImageFileError


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
        trimap = np.asarray(Image.open(files.trimap).convert("L"))
        if not ((trimap > 0) & (trimap < 255)).any():
            raise ImageFileError(f"{files.trimap} has no unknown pixel, a value between 0 and 255.")
    return size


def _size(path, decode):
    try:
        with Image.open(path) as image:
            if decode:  # by Pillow, as OpenCV fills up what a truncated JPEG lacks
                image.load()
            turned = image.format == "JPEG" and image.getexif().get(ExifTags.Base.Orientation, 1) >= 5
            return image.size[::-1] if turned else image.size
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ImageFileError(f"{path} is not an image that can be read, or it is damaged.") from error
