"""Resizing and turning of images and foregrounds. Pure functions of arrays."""

from functools import partial

import cv2
import numpy as np

SHRINKING = (cv2.INTER_NEAREST, cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_AREA, cv2.INTER_LANCZOS4)
# The nearest pixel enlarges into blocks that no camera makes, and area does the same.
ENLARGING = (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4)
# Lanczos would take longer here than all the rest of a sample, and looks like cubic.
TURNING = (cv2.INTER_LINEAR, cv2.INTER_CUBIC)


def resized(image, size, kernel=None):
    """Resize a square image.

    Args:
        image: array of shape `(S, S)` or `(S, S, C)`.
        size: int, side of the result.
        kernel: one of OpenCV's interpolations. By default area where that shrinks the image, cubic else.

    Returns:
        Array of shape `(size, size)` or `(size, size, C)`; the image itself if it has that size.
    """
    if image.shape[0] == size:
        return image
    if kernel is None:
        kernel = cv2.INTER_AREA if image.shape[0] > size else cv2.INTER_CUBIC
    return cv2.resize(image, (size, size), interpolation=kernel)


def turned(image, matrix, kernel):
    """Move an image by an affine map of its pixels; what comes in from outside mirrors what is inside.

    Args:
        image: array of shape `(H, W)` or `(H, W, C)`.
        matrix: float array of shape `(2, 3)`.
        kernel: one of OpenCV's interpolations.

    Returns:
        Array of the same shape.
    """
    # Zeros instead would cut off objects that reach the border, along a straight line.
    return cv2.warpAffine(image, matrix, image.shape[1::-1], flags=kernel, borderMode=cv2.BORDER_REFLECT_101)


def resized_foreground(rgba, size, kernel=None):
    """Resize a square foreground; the arguments are those of `resized`."""
    return rgba if rgba.shape[0] == size else _as_seen(rgba, partial(resized, size=size, kernel=kernel))


def turned_foreground(rgba, matrix, kernel):
    """Move a foreground by an affine map; the arguments are those of `turned`."""
    return _as_seen(rgba, partial(turned, matrix=matrix, kernel=kernel))


def random_kernel(rng, image, size):
    """Choose an interpolation to resize a square image with, so that no kernel's traces are learned.

    Args:
        rng: `numpy.random.Generator`.
        image: array of shape `(S, S, ...)`.
        size: int, the side to which it will be resized.

    Returns:
        One of OpenCV's interpolations.

    Source: Li & Lu, AAAI 2020.
    """
    return int(rng.choice(SHRINKING if image.shape[0] > size else ENLARGING))


def random_affine(rng, size, rotation, zoom, shear):
    """Choose an affine map about the centre of a square image.

    Args:
        rng: `numpy.random.Generator`.
        size: int, side of the image.
        rotation: float, the largest angle in degrees, either way.
        zoom: pair of floats, the least and the largest magnification; their logarithm is uniform.
        shear: float, the largest angle in degrees by which columns lean, either way.

    Returns:
        float array of shape `(2, 3)`, which takes pixels (column, row, 1) to where they come to lie.

    Source: Li & Lu, AAAI 2020.
    """
    angle = np.radians(rng.uniform(-rotation, rotation))
    lean = np.tan(np.radians(rng.uniform(-shear, shear)))
    factor = np.exp(rng.uniform(*np.log(zoom)))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = factor * turn @ np.array([[1.0, lean], [0.0, 1.0]])
    centre = np.full(2, (size - 1) / 2)
    return np.column_stack([linear, centre - linear @ centre])


def _as_seen(rgba, resample):
    """Resample alpha, and colours as much as they are seen: what alpha 0 hides, often black, must not bleed."""
    alpha = cv2.extractChannel(rgba, 3)
    weights = cv2.merge([alpha, alpha, alpha, np.full_like(alpha, 255)])
    seen = resample(cv2.multiply(rgba, weights, dtype=cv2.CV_16U))  # in 16 bits the products are exact
    weight = cv2.extractChannel(seen, 3)
    result = cv2.divide(seen, cv2.merge([weight] * 4), scale=255.0, dtype=cv2.CV_8U)
    result[..., 3] = np.rint(np.minimum(weight / np.float32(255.0), 255.0))
    hidden = result[..., 3] == 0
    if hidden.any():
        result[hidden, :3] = resample(rgba)[hidden, :3]
    return result
