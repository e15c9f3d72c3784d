"""Random changes of colour and sharpness, each a pure function of a generator and an image in [0, 1]."""

import cv2
import numpy as np


def random_tint(rng, image, strength=0.3):
    """Change brightness, contrast and the balance of the colours.

    Args:
        rng: `numpy.random.Generator`.
        image: float32 array of shape `(H, W, 3)` in [0, 1].
        strength: float in [0, 1), by how much gains may differ from 1.

    Returns:
        float32 array of the same shape in [0, 1].
    """
    gain = rng.uniform(1 - strength, 1 + strength) * rng.uniform(1 - strength / 2, 1 + strength / 2, 3)
    gamma = np.exp(rng.uniform(-strength, strength))
    return np.clip(image**gamma * gain, 0.0, 1.0).astype(np.float32)


def random_blur(rng, image, largest=4.0):
    """Blur as an unfocused background is blurred.

    Args:
        rng: `numpy.random.Generator`.
        image: float32 array of shape `(H, W, 3)`.
        largest: float, the largest standard deviation in pixels.

    Returns:
        float32 array of the same shape.
    """
    return cv2.GaussianBlur(image, (0, 0), rng.uniform(0.5, largest))


def random_noise(rng, image, largest=0.03):
    """Add Gaussian sensor noise of a random strength.

    Args:
        rng: `numpy.random.Generator`.
        image: float32 array of shape `(H, W, 3)` in [0, 1].
        largest: float, the largest standard deviation.

    Returns:
        float32 array of the same shape in [0, 1].
    """
    noise = rng.standard_normal(image.shape, dtype=np.float32)
    return np.clip(image + noise * np.float32(rng.uniform(0, largest)), 0.0, 1.0)
