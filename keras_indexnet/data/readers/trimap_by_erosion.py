import cv2
import numpy as np

from keras_indexnet.data.trimap import BACKGROUND, FOREGROUND, UNKNOWN

TOLERANCE = 0.01  # of mattes that were saved as JPEG, 0 and 1 are not exact


def trimap_by_erosion(alpha, width):
    """Make a trimap from an alpha matte: foreground and background keep a distance from all that is neither.

    Unlike `trimap_from_alpha` it also leaves a band along hard edges, where alpha steps from 0 to 1.

    Args:
        alpha: float array of shape `(H, W)` in [0, 1].
        width: float, pixels (Euclidean) by which foreground and background are eroded.

    Returns:
        uint8 array of shape `(H, W)` with the values 0, 128 and 255.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet.data.readers import trimap_by_erosion
    >>> edge = np.tile(np.float32([0, 0, 0, 0, 1, 1, 1, 1]), (3, 1))
    >>> trimap_by_erosion(edge, width=2)[0].tolist()
    [0, 0, 128, 128, 128, 128, 255, 255]
    """
    trimap = np.full(alpha.shape, UNKNOWN, np.uint8)
    for level, certain in ((BACKGROUND, alpha <= TOLERANCE), (FOREGROUND, alpha >= 1 - TOLERANCE)):
        if certain.all():  # nothing to keep a distance from
            return np.full(alpha.shape, level, np.uint8)
        distances = cv2.distanceTransform(certain.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        trimap[distances > width] = level
    return trimap
