"""Solid things that the lens or the shutter has softened."""

import cv2
import numpy as np

from keras_indexnet.data.procedural import outlines, strands, textures
from keras_indexnet.data.procedural.blur import disk, streak


def soft(rng, size, texture=None):
    """Draws solid shapes or letters out of focus, moving, or sharper at one side than the other.

    Args:
        rng: `numpy.random.Generator`.
        size: side of the square picture in pixels.
        texture: uint8 RGB photograph that covers the shapes, or None.

    Returns:
        alpha: `size x size` float32 in [0, 1].
        rgb: `size x size x 3` float32, 0..255, defined everywhere.
    """
    alpha = letters(rng, size) if rng.random() < 0.2 else shapes(rng, size)
    rgb = textures.surface(rng, size, texture) * textures.lighting(rng, size, 1.2)
    blur = rng.choice(["defocus", "motion", "tilt"])
    if blur == "tilt":
        angle = rng.uniform(0, 2 * np.pi)
        ys, xs = np.mgrid[:size, :size].astype(np.float32) / size - 0.5
        focus = textures.smoothstep(np.cos(angle) * xs + np.sin(angle) * ys, -0.4, 0.4)
        sigma = size * rng.uniform(0.01, 0.06)
        alpha = focus * alpha + (1 - focus) * cv2.GaussianBlur(alpha, (0, 0), sigma)
        softened = cv2.GaussianBlur(rgb, (0, 0), sigma)
        return alpha, focus[..., None] * rgb + (1 - focus[..., None]) * softened
    kernel = disk(rng, size) if blur == "defocus" else streak(rng, size)
    # Reflection lets shapes that run out of the picture stay solid at its border.
    soften = {"ddepth": -1, "kernel": kernel, "borderType": cv2.BORDER_REFLECT}
    return np.clip(cv2.filter2D(alpha, **soften), 0, 1), cv2.filter2D(rgb, **soften)


def shapes(rng, size):
    """One to four blobs, polygons or thick rings."""
    alpha = np.zeros((size, size), np.float32)
    for _ in range(rng.integers(1, 5)):
        center, radius = size * rng.uniform(0.15, 0.85, 2), size * rng.uniform(0.08, 0.32)
        if rng.random() < 0.5:
            outline = outlines.blob(rng, center, radius, 0.25, rng.uniform(0.4, 2.5))
        else:
            outline = outlines.polygon(rng, center, radius)
        part = strands.filled([outline], size)
        if rng.random() < 0.3:
            part = part * (1 - strands.filled([(outline - center) * 0.6 + center], size))
        alpha = np.maximum(alpha, part)
    return alpha


def letters(rng, size):
    """A few lines of random letters."""
    canvas = np.zeros((2 * size, 2 * size), np.uint8)
    alphabet = np.array(list("ABCDEFGHKLMNPRSTUVWXYZ23456789"))
    for row in range(rng.integers(1, 4)):
        text = "".join(rng.choice(alphabet, rng.integers(2, 6)))
        place = (rng.uniform([0.0, 0.3 + 0.3 * row], [0.2, 0.4 + 0.3 * row]) * 2 * size).astype(int)
        scale = size / 512 * rng.uniform(6, 12)
        face = int(rng.choice([cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_TRIPLEX]))
        thickness = int(scale * rng.uniform(2, 8)) + 1
        cv2.putText(canvas, text, place.tolist(), face, scale, 255, thickness, cv2.LINE_AA)
    return strands.shrink(canvas, size)
