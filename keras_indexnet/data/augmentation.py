"""Random changes of images, each a pure function of a generator and an image in [0, 1]."""

import cv2
import numpy as np


def random_colours(rng, image, hue=0.0, saturation=0.0, value=0.0, gamma=0.0, balance=0.0):
    """Change hue, saturation, brightness, contrast and the balance of the colours.

    Args:
        rng: `numpy.random.Generator`.
        image: float32 array of shape `(H, W, 3)` in [0, 1].
        hue: float, the largest shift of the hue in degrees, either way.
        saturation: float in [0, 1), by how much the factor of the saturation may differ from 1.
        value: float in [0, 1), the same of HSV's value.
        gamma: float, the largest magnitude of the logarithm of the exponent.
        balance: float in [0, 1), by how much the factor of each of red, green and blue may differ from 1.

    Returns:
        float32 array of the same shape in [0, 1].

    Source: Li & Lu, AAAI 2020 (HSV); Hou & Liu, ICCV 2019 (gamma).
    """
    shift = rng.uniform(-hue, hue) % 360.0
    saturation, value = (rng.uniform(1.0 - most, 1.0 + most) for most in (saturation, value))
    gamma = np.exp(rng.uniform(-gamma, gamma))
    balance = rng.uniform(1.0 - balance, 1.0 + balance, 3)
    hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV)  # in degrees, [0, 1] and [0, 1]
    hsv = cv2.multiply(hsv, (1.0, saturation, value, 0.0))
    hsv = np.minimum(cv2.add(hsv, (shift, 0.0, 0.0, 0.0)), np.float32([720.0, 1.0, 1.0]))
    rgb = cv2.pow(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), gamma)
    return np.clip(cv2.multiply(rgb, (*balance, 0.0)), 0.0, 1.0)


def random_blur(rng, image, deviations):
    """Blur as what is out of focus is blurred.

    Args:
        rng: `numpy.random.Generator`.
        image: float32 array of shape `(H, W, 3)`.
        deviations: pair of floats, the least and the largest standard deviation in pixels.

    Returns:
        float32 array of the same shape.

    Source: Hou & Liu, ICCV 2019.
    """
    return cv2.GaussianBlur(image, (0, 0), rng.uniform(*deviations))


def random_contrast(rng, image, most):
    """Bring colours nearer to the middle grey or away from it, as cameras and editors do.

    Args:
        rng: `numpy.random.Generator`.
        image: float32 array of shape `(H, W, 3)` in [0, 1].
        most: float in [0, 1), by how much the factor may differ from 1.

    Returns:
        float32 array of the same shape in [0, 1].
    """
    factor = np.float32(rng.uniform(1.0 - most, 1.0 + most))
    return np.clip((image - 0.5) * factor + 0.5, 0.0, 1.0)


def random_noise(rng, image, largest):
    """Add Gaussian sensor noise of a random strength.

    Args:
        rng: `numpy.random.Generator`.
        image: float32 array of shape `(H, W, 3)` in [0, 1].
        largest: float, the largest standard deviation.

    Returns:
        float32 array of the same shape in [0, 1].

    Source: Dai et al., CVPR 2022.
    """
    noise = rng.standard_normal(image.shape, dtype=np.float32)
    return np.clip(image + noise * np.float32(rng.uniform(0, largest)), 0.0, 1.0)


def random_jpeg(rng, image, qualities):
    """Compress as JPEG and read again.

    Args:
        rng: `numpy.random.Generator`.
        image: float32 array of shape `(H, W, 3)` in [0, 1].
        qualities: pair of ints, the least and the largest quality, 0 to 100.

    Returns:
        float32 array of the same shape in [0, 1].

    Source: Hou & Liu, ICCV 2019.
    """
    quality = int(rng.integers(*qualities, endpoint=True))
    pixels = np.rint(image * 255.0).astype(np.uint8)
    _, encoded = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(encoded, cv2.IMREAD_COLOR_RGB).astype(np.float32) / 255.0
