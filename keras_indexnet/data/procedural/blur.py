"""What the lens and the shutter do to an object: defocus and motion, on any kind of foreground."""

import cv2
import numpy as np

from keras_indexnet.data.procedural import strands
from keras_indexnet.data.procedural.feather import feather
from keras_indexnet.data.procedural.foliage import foliage, needles
from keras_indexnet.data.procedural.hair import fur, hair
from keras_indexnet.data.procedural.lace import lace, net
from keras_indexnet.data.procedural.leaves import grass, leaves, twigs
from keras_indexnet.data.procedural.mane import mane

SHARP = (hair, mane, fur, feather, leaves, foliage, needles, twigs, grass, lace, net)


def moving(rng, size, texture=None):
    """Draws another kind of foreground that moves, or is held by an unsteady hand.

    Args:
        rng: `numpy.random.Generator`.
        size: side of the square picture in pixels.
        texture: uint8 RGB photograph, or None, for the kind that is drawn.

    Returns:
        alpha: `size x size` float32 in [0, 1].
        rgb: `size x size x 3` float32, 0..255, defined everywhere.
    """
    alpha, rgb = SHARP[rng.integers(len(SHARP))](rng, size, texture)
    return blurred(alpha, rgb, streak(rng, size * rng.uniform(0.2, 1)))


def defocused(rng, size, texture=None):
    """Draws another kind of foreground out of focus.

    Args:
        rng: `numpy.random.Generator`.
        size: side of the square picture in pixels.
        texture: uint8 RGB photograph, or None, for the kind that is drawn.

    Returns:
        alpha: `size x size` float32 in [0, 1].
        rgb: `size x size x 3` float32, 0..255, defined everywhere.
    """
    alpha, rgb = SHARP[rng.integers(len(SHARP))](rng, size, texture)
    return blurred(alpha, rgb, disk(rng, size * rng.uniform(0.2, 1)))


def blurred(alpha, rgb, kernel):
    """Blurs an object as the lens does: its alpha, and its colours multiplied by alpha, alike.

    A composite of the result is the composite that one gets by blurring the object's light before the
    background is added, to within half a grey level.

    Args:
        alpha: `H x W` float32 in [0, 1].
        rgb: `H x W x 3` float32 straight colours, 0..255.
        kernel: float32 kernel whose sum is 1.

    Returns:
        alpha and straight colours, as they came. Where the new alpha is 0, the colours are the old ones,
        blurred.
    """
    # Reflection lets an object that runs out of the picture stay solid at its border.
    soften = {"ddepth": -1, "kernel": kernel, "borderType": cv2.BORDER_REFLECT}
    # A trace of colour everywhere keeps the division by alpha defined.
    weight = alpha.astype(np.float32) + np.float32(1e-3)
    premultiplied = cv2.filter2D(rgb.astype(np.float32) * weight[..., None], **soften)
    total = np.maximum(cv2.filter2D(weight, **soften), 1e-4)  # what a Fourier transform rounds below 0
    return np.clip(total - 1e-3, 0, 1), premultiplied / total[..., None]


def disk(rng, size):
    """The picture of a point out of focus: an even disk."""
    radius = max(size * rng.uniform(0.006, 0.04), 1.0)
    reach = int(np.ceil(radius))
    ys, xs = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    kernel = np.clip(radius + 0.5 - np.hypot(xs, ys), 0, 1)
    return (kernel / kernel.sum()).astype(np.float32)


def streak(rng, size):
    """The picture of a point that moves while the shutter is open: a line."""
    half = max(size * rng.uniform(0.01, 0.06), 1.5)
    reach = int(np.ceil(half)) + 2
    angle = rng.uniform(0, np.pi)
    end = half * np.array([np.cos(angle), np.sin(angle)])
    kernel = strands.coverage(np.array([[reach - end, reach + end]]), 1.0, 2 * reach + 1)
    return kernel / kernel.sum()
