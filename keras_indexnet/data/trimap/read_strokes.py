import numpy as np

from keras_indexnet.data.image_files import ImageFileError, read_foreground, read_gray
from keras_indexnet.data.trimap.levels import UNKNOWN


def read_strokes(path):
    """Read strokes that were painted black and white, on grey or on a transparent layer.

    Args:
        path: str or path of an image file.

    Returns:
        uint8 array of shape `(H, W)`: white is foreground, black is background; 128 where the layer is
        transparent.

    Raises:
        ImageFileError: if there is no such file or it is no image.
    """
    strokes = read_gray(path)
    try:
        opacity = read_foreground(path)[..., 3]
    except ImageFileError:  # no transparent layer
        return strokes
    return np.where(opacity > 127, strokes, UNKNOWN).astype(np.uint8)
