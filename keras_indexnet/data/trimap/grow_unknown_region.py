import cv2
import numpy as np

from keras_indexnet.data.trimap.levels import BACKGROUND, FOREGROUND, UNKNOWN
from keras_indexnet.data.trimap.trimap_from_mask import pixels


def grow_unknown_region(trimap, alpha, width=0.01, tolerance=0.2):
    """Grow the unknown region where a first matte contradicts the trimap at the region's border.

    An unknown pixel beside the background should have an alpha near 0, and one beside the foreground near 1.
    Where it has not, hair or a soft edge goes on into what the trimap calls known, and that becomes unknown,
    for a second matte. It is not always a better one: `docs/trimaps.md` has what was measured.

    Args:
        trimap: uint8 array of shape `(H, W)` with the values 0, 128 and 255.
        alpha: float array of shape `(H, W)` in [0, 1], predicted with this trimap.
        width: number, or pair of them for foreground and background: how far to grow from such a pixel, in
            pixels from 1 on, as share of the longer side below.
        tolerance: float, how far from 0 or 1 alpha may be.

    Returns:
        uint8 array of shape `(H, W)`: the trimap with a larger unknown region, or an equal one if nothing
        contradicts it.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet.data import grow_unknown_region
    >>> trimap = np.uint8([[0, 0, 0, 0, 128, 128, 255, 255]])
    >>> grow_unknown_region(trimap, np.float32([[0, 0, 0, 0, 0.4, 1, 1, 1]]), width=2).tolist()
    [[0, 0, 128, 128, 128, 128, 255, 255]]
    """
    grown = trimap.copy()
    errors = {FOREGROUND: 1.0 - alpha, BACKGROUND: alpha}
    for (level, error), reach in zip(errors.items(), pixels(width, trimap.shape), strict=True):
        known = (trimap == level).astype(np.uint8)
        beside = cv2.dilate(known, np.ones((3, 3), np.uint8)) > 0
        contradicting = (trimap == UNKNOWN) & beside & (error > tolerance)
        if contradicting.any():
            distances = cv2.distanceTransform(
                (~contradicting).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE
            )
            grown[(trimap == level) & (distances <= reach)] = UNKNOWN
    return grown
