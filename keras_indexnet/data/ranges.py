"""What the numbers of a picture mean: one rule for every function that is given pictures as arrays.

uint8 goes up to 255, uint16, in any byte order, up to 65535, floats to 1, and masks may be bool. Anything else
has two readings, and is refused with both.
"""

import numpy as np

from keras_indexnet.errors import IndexNetError

LARGEST = {"bool": 1, "uint8": 255, "uint16": 65535}


def unit_alpha(alpha, name="alpha"):
    """Bring an alpha matte or a mask to float32 in [0, 1].

    Args:
        alpha: array of shape `(H, W)`: bool, uint8, uint16, or float in [0, 1].
        name: str, what it is called in errors.

    Returns:
        float32 array of the same shape.

    Raises:
        ValueError: if its shape or its numbers are none of these.
    """
    alpha = np.asarray(alpha)
    if alpha.ndim != 2 or not alpha.size:
        raise IndexNetError(
            f"{name} is one number for each pixel, of shape (H, W), not of shape {alpha.shape}."
        )
    return _checked(alpha, name).astype(np.float32) / np.float32(LARGEST.get(alpha.dtype.name, 1))


def unit_alpha_of(image, alpha):
    """Bring the alpha matte of a picture to float32 in [0, 1]; `unit_alpha` says what it may be.

    Raises:
        ValueError: also if it is of another size than the picture, which NumPy would repeat it to fill.
    """
    alpha = unit_alpha(alpha)
    if alpha.shape != image.shape[:2]:
        raise IndexNetError(
            f"alpha has the shape {alpha.shape}, but the picture has {image.shape[:2]}; they must be of one "
            "size."
        )
    return alpha


def checked_colours(image, name="image"):
    """Check the colours of a picture.

    Args:
        image: array of shape `(H, W, 3)`, RGB: uint8, uint16, or float in [0, 1].
        name: str, what it is called in errors.

    Returns:
        The array, in the machine's byte order.

    Raises:
        ValueError: if its shape or its numbers are none of these.
    """
    is_array = isinstance(image, np.ndarray)
    if not (is_array and image.ndim == 3 and image.shape[2] == 3 and image.size > 0 and image.dtype != bool):
        shown = f"{image.dtype} of shape {image.shape}" if is_array else type(image).__name__
        raise IndexNetError(
            f"The {name} is one array of shape (H, W, 3), uint8, uint16 or float in [0, 1], not {shown}."
        )
    return _checked(image, f"The {name}")


def eight_bit_range(image):
    """Bring the values of a photograph, uint8, uint16 or float in [0, 1], to 0..255 in float32."""
    if image.dtype == np.uint8:
        return image.astype(np.float32)
    if image.dtype == np.uint16:
        return image.astype(np.float32) / np.float32(257)
    # Cubic interpolation of floats leaves [0, 1] at edges; that of integers is clipped by OpenCV.
    return np.clip(image, 0.0, 1.0).astype(np.float32) * np.float32(255)


def eight_bit_colours(image, name="image"):
    """Round the colours of a picture to uint8; the arguments are those of `checked_colours`."""
    return np.rint(eight_bit_range(checked_colours(image, name))).astype(np.uint8)


def _checked(array, name):
    if array.dtype.name in LARGEST:
        return array.astype(array.dtype.newbyteorder("="), copy=False)
    least, most = array.min(), array.max()
    if array.dtype.kind != "f":
        raise IndexNetError(
            f"{name} is {array.dtype}, from {least} to {most}, which does not tell what the most would be: "
            "convert it to uint8 if that is 255, to uint16 if it is 65535, to float if it is 1."
        )
    if not (least >= 0 and most <= 1):  # also of NaN
        raise IndexNetError(
            f"{name} is float, so it lies in [0, 1] and holds no NaN, but it reaches from {least:g} to "
            f"{most:g}: convert it to uint8 if 255 is the most, clip it if 1 is."
        )
    return array
