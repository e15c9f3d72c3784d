"""Alpha of a small photograph carried over to the large one by its colours: the fast guided filter.

Around each pixel of the small photograph, alpha is a linear function of colour, `alpha = A . colour + b`. `A`
and `b` change slowly, so that they can be enlarged where alpha itself would blur; the large photograph's
colours then bring the detail back.

Source: He et al., "Guided image filtering", TPAMI 2013; He and Sun, "Fast guided filter", arXiv:1505.00996.
"""

import cv2
import numpy as np

WINDOW = (3, 3)
VARIANCE = 1e-5  # added to that of colours in [0, 1]: smaller differences are no detail


def guided_upsampling(small_alpha, small_image, image):
    """Carry the alpha of a shrunk photograph over to the photograph.

    Args:
        small_alpha: float32 array of shape `(h, w)`.
        small_image: float32 array of shape `(h, w, 3)` in [0, 1].
        image: float32 array of shape `(H, W, 3)` in [0, 1].

    Returns:
        float32 array of shape `(H, W)`, which may leave [0, 1] a little.
    """
    slopes, offset = colour_lines(small_image, small_alpha)
    size = image.shape[1::-1]
    slopes, offset = (cv2.resize(lines, size, interpolation=cv2.INTER_LINEAR) for lines in (slopes, offset))
    return (slopes * image).sum(axis=2) + offset


def colour_lines(image, alpha):
    """Fit alpha as a linear function of colour in every window, and average over the windows of a pixel.

    Args:
        image: float32 array of shape `(h, w, 3)` in [0, 1].
        alpha: float32 array of shape `(h, w)`.

    Returns:
        Pair of float32 arrays: `A` of shape `(h, w, 3)` and `b` of shape `(h, w)`.
    """
    mean_colour, mean_alpha = _mean(image), _mean(alpha)
    covariance = np.empty((*alpha.shape, 3, 3), np.float32)
    for i in range(3):
        for j in range(i, 3):
            products = _mean(image[..., i] * image[..., j]) - mean_colour[..., i] * mean_colour[..., j]
            covariance[..., i, j] = covariance[..., j, i] = products
    covariance += VARIANCE * np.eye(3, dtype=np.float32)
    with_alpha = _mean(image * alpha[..., np.newaxis]) - mean_colour * mean_alpha[..., np.newaxis]
    slopes = np.linalg.solve(covariance, with_alpha[..., np.newaxis])[..., 0]
    offset = mean_alpha - (slopes * mean_colour).sum(axis=2)
    return _mean(slopes), _mean(offset)


def _mean(values):
    return cv2.blur(values, WINDOW, borderType=cv2.BORDER_REFLECT)
