import cv2
import numpy as np


def blurred_background(image, alpha, sigma=None):
    """Blur the background of a photograph, without its foreground's colours running into it.

    Each pixel counts by its share of background, `1 - alpha`.

    Args:
        image: uint8 array of shape `(H, W, 3)`, RGB.
        alpha: float array of shape `(H, W)` in [0, 1].
        sigma: float, standard deviation in pixels. None: a fortieth of the longer side.

    Returns:
        uint8 array of shape `(H, W, 3)`, to lay the foreground over with `place_over`.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet.inference import blurred_background
    >>> image = np.full((20, 20, 3), 90, "uint8")
    >>> image[5:15, 5:15] = 255
    >>> alpha = (image[..., 0] == 255).astype("float32")
    >>> np.unique(blurred_background(image, alpha, sigma=4)).tolist()
    [90]
    """
    sigma = max(image.shape[:2]) / 40 if sigma is None else sigma
    share = (1.0 - alpha).astype(np.float32) + 1e-6  # deep inside the foreground there is none
    weighted = cv2.GaussianBlur(image * share[..., np.newaxis], (0, 0), sigma)
    shares = cv2.GaussianBlur(share, (0, 0), sigma)
    return np.rint(np.clip(weighted / shares[..., np.newaxis], 0.0, 255.0)).astype(np.uint8)
