"""Composition: crops of foregrounds laid over crops of backgrounds. Pure functions of arrays."""

import cv2
import numpy as np

from keras_indexnet.data.trimap import soft_region


def composite(alpha, foreground, background):
    """Lay a foreground over a background: `alpha F + (1 - alpha) B`.

    Args:
        alpha: float array of shape `(H, W)` in [0, 1].
        foreground: float array of shape `(H, W, 3)`.
        background: float array of shape `(H, W, 3)`.

    Returns:
        Float array of shape `(H, W, 3)`.
    """
    alpha = alpha[..., np.newaxis]
    return alpha * foreground + (1.0 - alpha) * background


def combine_foregrounds(alpha, foreground, behind_alpha, behind):
    """Lay one foreground over another, giving one foreground with the alpha of both.

    Args:
        alpha: float array of shape `(H, W)` in [0, 1].
        foreground: float array of shape `(H, W, 3)`, straight colours.
        behind_alpha: like `alpha`, of the foreground behind.
        behind: like `foreground`, of the foreground behind.

    Returns:
        Pair of alpha and straight colours of the combination.
    """
    combined = 1.0 - (1.0 - alpha) * (1.0 - behind_alpha)
    share = np.divide(alpha, combined, out=np.ones_like(alpha), where=combined > 0)
    return combined, composite(share, foreground, behind)


def crop_at_soft_pixel(rng, rgba, crop_size, size):
    """Cut a square around a random pixel of the soft region and resize it.

    Args:
        rng: `numpy.random.Generator`.
        rgba: uint8 array of shape `(H, W, 4)`.
        crop_size: int, side of the square in pixels of `rgba`; an image that is smaller is enlarged.
        size: int, side of the result.

    Returns:
        Pair of alpha, float32 of shape `(size, size)` in [0, 1], and colours, float32 of shape
        `(size, size, 3)` in [0, 1].
    """
    height, width = rgba.shape[:2]
    crop_size = min(crop_size, height, width)
    row, column = _random_soft_pixel(rng, rgba[..., 3])
    top = int(np.clip(row - crop_size // 2, 0, height - crop_size))
    left = int(np.clip(column - crop_size // 2, 0, width - crop_size))
    crop = rgba[top : top + crop_size, left : left + crop_size].astype(np.float32) / 255.0
    alpha, colours = crop[..., 3:], np.ascontiguousarray(crop[..., :3])
    # Colours count as much as they are seen: what lies under alpha 0, often black, must not bleed into edges.
    small_alpha = resized(alpha, size)
    seen = resized(colours * alpha, size)
    share = small_alpha[..., np.newaxis]
    colours = np.where(share > 0, seen / np.maximum(share, 1e-6), resized(colours, size))
    return small_alpha, np.clip(colours, 0.0, 1.0)


def random_background_crop(rng, image, size):
    """Cut a random square of random side from a photograph and resize it.

    Args:
        rng: `numpy.random.Generator`.
        image: uint8 array of shape `(H, W, 3)`.
        size: int, side of the result.

    Returns:
        float32 array of shape `(size, size, 3)` in [0, 1].
    """
    height, width = image.shape[:2]
    largest = min(height, width)
    side = int(rng.integers(min(size, largest), largest + 1))
    top = int(rng.integers(0, height - side + 1))
    left = int(rng.integers(0, width - side + 1))
    return resized(image[top : top + side, left : left + side], size).astype(np.float32) / 255.0


def resized(image, size):
    """Resize to a square of side `size`: by area when that shrinks the image, else bilinearly."""
    interpolation = cv2.INTER_AREA if image.shape[0] > size else cv2.INTER_LINEAR
    return cv2.resize(image, (size, size), interpolation=interpolation)


def _random_soft_pixel(rng, alpha):
    # A few random draws nearly always hit; listing all soft pixels would cost more than the crop itself.
    rows = rng.integers(0, alpha.shape[0], 256)
    columns = rng.integers(0, alpha.shape[1], 256)
    hits = np.flatnonzero(soft_region(alpha[rows, columns] / 255.0))
    if hits.size:
        return rows[hits[0]], columns[hits[0]]
    soft = np.flatnonzero(soft_region(alpha / 255.0))
    if soft.size == 0:  # a hard cut-out: anywhere
        return rows[0], columns[0]
    return np.unravel_index(rng.choice(soft), alpha.shape)
