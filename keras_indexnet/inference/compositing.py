"""The foreground's own colours, cut-outs, and what they are laid over."""

from collections.abc import Sequence

import cv2
import numpy as np

from keras_indexnet.data.composition import composite
from keras_indexnet.data.image_files import eight_bit_matte
from keras_indexnet.data.ranges import checked_colours, eight_bit_colours, eight_bit_range, unit_alpha_of
from keras_indexnet.errors import IndexNetError
from keras_indexnet.given_numbers import LARGEST_SIDE, number
from keras_indexnet.optional import required

# The light of each of the 256 values of sRGB (IEC 61966-2-1), white having 1.
SRGB = np.arange(256, dtype=np.float32) / 255
LINEAR_LIGHT = np.where(SRGB <= 0.04045, SRGB / 12.92, ((SRGB + 0.055) / 1.055) ** 2.4).astype(np.float32)

# What somebody is told who has no PyMatting, before the reason.
NOT_ESTIMATED = "The cut-out keeps the photograph's colours, which hold some background."


def estimate_foreground(image: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Estimate the colours that the foreground has where it is mixed with the background.

    Args:
        image: array of shape `(H, W, 3)`, RGB: uint8, uint16, or float in [0, 1].
        alpha: array of shape `(H, W)`: uint8, uint16, or float in [0, 1].

    Returns:
        uint8 array of shape `(H, W, 3)`.

    Raises:
        ValueError: if a dtype or a range is none of these, or alpha is of another size.
        ImportError: if PyMatting is not installed (extra `foreground`).

    Source: Germer et al., "Fast multi-level foreground estimation", ICPR 2020, as in PyMatting.
    """
    pymatting = required("pymatting", "Estimating the foreground's colours", "keras_indexnet[foreground]")
    foreground = eight_bit_range(checked_colours(image)) / np.float32(255)
    alpha = unit_alpha_of(foreground, alpha)
    if alpha.size > 1:  # PyMatting starts from one pixel, and cannot stay there
        foreground = pymatting.estimate_foreground_ml(foreground, alpha)
    return np.rint(np.clip(foreground, 0.0, 1.0) * 255.0).astype(np.uint8)


def foreground_or_image(image, alpha):
    """Estimate the foreground's colours where PyMatting is installed.

    Returns:
        Pair of the colours, uint8 of shape `(H, W, 3)`, and None; or of the photograph and why it is that.
    """
    try:
        return estimate_foreground(image, alpha), None
    except ImportError as error:
        return image, f"{NOT_ESTIMATED} {error}"


def cutout(foreground: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Put foreground colours and alpha together as an RGBA image with straight alpha.

    Args:
        foreground: array of shape `(H, W, 3)`, RGB: uint8, uint16, or float in [0, 1].
        alpha: array of shape `(H, W)`: uint8, uint16, or float in [0, 1].

    Returns:
        uint8 array of shape `(H, W, 4)`.

    Raises:
        ValueError: if a dtype or a range is none of these, or alpha is of another size.
    """
    foreground = eight_bit_colours(foreground, "foreground")
    return np.dstack([foreground, eight_bit_matte(unit_alpha_of(foreground, alpha))])


def place_over(
    foreground: np.ndarray, alpha: np.ndarray, background: np.ndarray | Sequence[float], linear: bool = False
) -> np.ndarray:
    """Lay a foreground over a colour or an image, which is cropped and resized to fill the frame.

    Args:
        foreground: array of shape `(H, W, 3)`, RGB: uint8, uint16, or float in [0, 1].
        alpha: array of shape `(H, W)`: uint8, uint16, or float in [0, 1].
        background: array of shape `(H', W', 3)`, as the foreground, or 3 numbers in 0..255.
        linear: bool, whether to mix light instead of sRGB values: hair before a bright background looks as
            thin as a camera would show it. Networks learn from mixed values, and most programs mix them.

    Returns:
        uint8 array of shape `(H, W, 3)`.

    Raises:
        ValueError: if a dtype or a range is none of these, or alpha is of another size.
    """
    foreground = eight_bit_colours(foreground, "foreground")
    alpha = unit_alpha_of(foreground, alpha)
    behind = np.asarray(background)
    if behind.ndim == 1:
        behind = np.broadcast_to(_colour(behind), foreground.shape)
    else:
        behind = _filling(eight_bit_colours(behind, "background"), *alpha.shape)
    if linear:
        image = _srgb_values(composite(alpha, LINEAR_LIGHT[foreground], LINEAR_LIGHT[behind]))
    else:
        image = composite(alpha, foreground.astype(np.float32), behind.astype(np.float32))
    return np.rint(image).astype(np.uint8)


def blurred_background(image: np.ndarray, alpha: np.ndarray, sigma: float | None = None) -> np.ndarray:
    """Blur the background of a photograph, without its foreground's colours running into it.

    Each pixel counts by its share of background, `1 - alpha`.

    Args:
        image: array of shape `(H, W, 3)`, RGB: uint8, uint16, or float in [0, 1].
        alpha: array of shape `(H, W)`: uint8, uint16, or float in [0, 1].
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
    image = eight_bit_colours(image)
    alpha = unit_alpha_of(image, alpha)
    sigma = max(image.shape[:2]) / 40 if sigma is None else number(sigma, "sigma", above=0, most=LARGEST_SIDE)
    share = (1.0 - alpha).astype(np.float32) + 1e-6  # deep inside the foreground there is none
    weighted = cv2.GaussianBlur(image * share[..., np.newaxis], (0, 0), sigma)
    shares = cv2.GaussianBlur(share, (0, 0), sigma)
    return np.rint(np.clip(weighted / shares[..., np.newaxis], 0.0, 255.0)).astype(np.uint8)


def _colour(numbers):
    if numbers.shape != (3,) or not ((numbers >= 0) & (numbers <= 255)).all():
        raise IndexNetError(f"A colour is 3 numbers in 0..255, not {numbers.tolist()}.")
    return numbers.astype(np.uint8)


def _srgb_values(light):
    return 255.0 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def _filling(image, height, width):
    scale = max(height / image.shape[0], width / image.shape[1])
    size = (max(width, round(image.shape[1] * scale)), max(height, round(image.shape[0] * scale)))
    image = cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    top, left = (image.shape[0] - height) // 2, (image.shape[1] - width) // 2
    return image[top : top + height, left : left + width]
