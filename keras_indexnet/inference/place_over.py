import cv2
import numpy as np

from keras_indexnet.data.composition import composite

# The light of each of the 256 values of sRGB (IEC 61966-2-1), white having 1.
VALUES = np.arange(256, dtype=np.float32) / 255
LIGHT = np.where(VALUES <= 0.04045, VALUES / 12.92, ((VALUES + 0.055) / 1.055) ** 2.4).astype(np.float32)


def cutout(foreground, alpha):
    """Put foreground colours and alpha together as an RGBA image with straight alpha.

    Args:
        foreground: uint8 array of shape `(H, W, 3)`.
        alpha: float array of shape `(H, W)` in [0, 1].

    Returns:
        uint8 array of shape `(H, W, 4)`.
    """
    return np.dstack([foreground, np.rint(alpha * 255.0).astype(np.uint8)])


def place_over(foreground, alpha, background, linear=False):
    """Lay a foreground over a colour or an image, which is cropped and resized to fill the frame.

    Args:
        foreground: uint8 array of shape `(H, W, 3)`.
        alpha: float array of shape `(H, W)` in [0, 1].
        background: uint8 array of shape `(H', W', 3)`, or 3 numbers in 0..255.
        linear: bool, whether to mix light instead of sRGB values: hair before a bright background looks as
            thin as a camera would show it. Networks learn from mixed values, and most programs mix them.

    Returns:
        uint8 array of shape `(H, W, 3)`.
    """
    background = np.asarray(background, np.uint8)
    if background.ndim == 1:
        background = np.broadcast_to(background, foreground.shape)
    else:
        background = _filling(background, *alpha.shape)
    if linear:
        image = _srgb_values(composite(alpha, LIGHT[foreground], LIGHT[background]))
    else:
        image = composite(alpha, foreground.astype(np.float32), background.astype(np.float32))
    return np.rint(image).astype(np.uint8)


def _srgb_values(light):
    return 255.0 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def _filling(image, height, width):
    scale = max(height / image.shape[0], width / image.shape[1])
    size = (max(width, round(image.shape[1] * scale)), max(height, round(image.shape[0] * scale)))
    image = cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    top, left = (image.shape[0] - height) // 2, (image.shape[1] - width) // 2
    return image[top : top + height, left : left + width]
