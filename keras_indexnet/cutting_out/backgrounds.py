"""What a cut-out is laid over."""

from contextlib import suppress
from os import PathLike
from pathlib import Path

import numpy as np
from PIL import Image, ImageColor

from keras_indexnet import data, inference, visualization
from keras_indexnet.errors import IndexNetError

MADE = ("blur", "checkerboard")


def read_background(background):
    """Read what a cut-out shall be laid over.

    Args:
        background: one of `MADE`, the name of a colour or of a file, what Pillow has opened, an array of shape
            `(H', W', 3)`, 3 numbers in 0..255, or None.

    Returns:
        A word of `MADE`, an array, 3 numbers, or None.
    """
    if isinstance(background, PathLike | Image.Image):
        return data.read_image(background)
    if not isinstance(background, str) or background in MADE:
        return background
    if Path(background).is_file():
        return data.read_image(background)
    with suppress(ValueError):
        colour = ImageColor.getrgb(background)[:3]
        if max(colour) <= 255:  # not rgb(300,0,0), which Pillow takes
            return colour
    raise IndexNetError(
        f"The background {background!r} is neither a file nor a colour such as 'white' or '#00ff00', "
        f"nor one of {', '.join(MADE)}."
    )


def lay_over(background, image, foreground, alpha, linear=False):
    """Lay a foreground over what `read_background` returned.

    Args:
        background: a word of `MADE`, an array, or 3 numbers.
        image: array of shape `(H, W, 3)`, the photograph.
        foreground: array of the same shape, the foreground's own colours.
        alpha: float array of shape `(H, W)`.
        linear: bool, whether to mix light.

    Returns:
        uint8 array of shape `(H, W, 3)`.
    """
    if isinstance(background, str):
        if background == "checkerboard":
            return visualization.over_checkerboard(foreground, alpha)
        background = inference.blurred_background(image, alpha)
    return inference.place_over(foreground, alpha, np.asarray(background), linear)
