import cv2
import numpy as np

from keras_indexnet.data.trimap.fit_to_photograph import fit_to_photograph
from keras_indexnet.data.trimap.levels import BACKGROUND, FOREGROUND, UNKNOWN


def standardize_trimap(trimap, shape):
    """Read a trimap as people make them: of another size, saved as JPEG, or with soft edges.

    Args:
        trimap: uint8 array of shape `(H, W)`.
        shape: pair of ints, height and width of its photograph.

    Returns:
        Pair of the trimap, uint8 of the given shape with the values 0, 128 and 255, and a list of sentences
        that say what was changed.

    Raises:
        ValueError: if the trimap has other proportions than the photograph, or no unknown pixels, or is a mask
            of small numbers.
    """
    if trimap.max() < 64:
        raise ValueError(
            f"The trimap's values reach only {trimap.max()}; "
            "it should be 255 in the foreground and 128 where unknown."
        )
    trimap, notes = fit_to_photograph(trimap, shape, "trimap", cv2.INTER_NEAREST)
    if not np.isin(trimap, (BACKGROUND, UNKNOWN, FOREGROUND)).all():
        notes.append("The trimap holds other values than 0, 128 and 255; those between were read as unknown.")
        trimap = np.select([trimap <= 10, trimap >= 245], [BACKGROUND, FOREGROUND], UNKNOWN).astype(np.uint8)
    if not (trimap == UNKNOWN).any():
        raise ValueError(
            "The trimap has no unknown pixels: paint the hair, fur or soft edges grey (128), "
            "so that there is something to compute."
        )
    return trimap, notes
