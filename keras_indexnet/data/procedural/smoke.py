"""Smoke, steam, clouds and mist: alpha that is fractional almost everywhere."""

import cv2
import numpy as np

from keras_indexnet.data.procedural import textures


def smoke(rng, size, texture=None):
    """Draws a plume, a cloud or a bank of mist.

    The density of turbulent noise inside a soft shape absorbs light: alpha is 1 - exp(-density).

    Args:
        rng: `numpy.random.Generator`.
        size: side of the square picture in pixels.
        texture: uint8 RGB photograph from which a tint may be taken, or None.

    Returns:
        alpha: `size x size` float32 in [0, 1].
        rgb: `size x size x 3` float32, 0..255, defined everywhere.
    """
    shape = {"plume": plume, "cloud": cloud, "mist": mist}[rng.choice(["plume", "cloud", "mist"])]
    wisps = textures.turbulence(rng, size, rng.uniform(0.2, 0.6), 7, rng.uniform(0.1, 0.4))
    density = textures.smoothstep(shape(rng, size) * (0.3 + wisps), 0.2, 1.5)
    thickness = rng.uniform(1.5, 7)
    alpha = 1 - np.exp(-thickness * density)

    # Light from one side brightens the slopes that face it.
    relief = cv2.GaussianBlur(density, (0, 0), size / 50)
    slope_y, slope_x = np.gradient(relief)
    angle = rng.uniform(0, 2 * np.pi)
    shade = size * 0.08 * (np.cos(angle) * slope_x + np.sin(angle) * slope_y) + 0.4 * (wisps - 0.4)
    return alpha, smoke_color(rng, texture) * (0.95 + rng.uniform(0.2, 1) * shade)[..., None]


def plume(rng, size):
    """A column that rises, widens and sways."""
    ys, xs = np.mgrid[:size, :size].astype(np.float32) / size
    height = 1 - ys + rng.uniform(-0.1, 0.2)
    waves = rng.uniform(0.5, 2, 2) * 2 * np.pi
    sway = sum(0.08 * np.sin(w * height + rng.uniform(0, 6.3)) for w in waves) * height
    width = rng.uniform(0.04, 0.12) + rng.uniform(0.1, 0.35) * np.clip(height, 0, 1)
    middle = rng.uniform(0.25, 0.75) + rng.normal(0, 0.3) * height
    column = np.exp(-(((xs - middle - sway) / width) ** 2))
    turned = rng.integers(4) if rng.random() < 0.3 else 0
    return np.rot90(column, turned) * rng.uniform(0.9, 1.3)


def cloud(rng, size):
    """A few round puffs that melt into each other."""
    ys, xs = np.mgrid[:size, :size].astype(np.float32) / size
    middle = rng.uniform(0.3, 0.7, 2)
    total = np.zeros((size, size), np.float32)
    for _ in range(rng.integers(2, 7)):
        x, y = middle + rng.normal(0, [0.16, 0.1])
        total += np.exp(-((xs - x) ** 2 + (ys - y) ** 2) / rng.uniform(0.08, 0.22) ** 2)
    return np.minimum(total, 1.2)


def mist(rng, size):
    """A bank with an uneven edge that covers one side of the picture."""
    ys, xs = np.mgrid[:size, :size].astype(np.float32) / size
    angle = rng.normal(0, 0.4) + rng.choice([0, np.pi / 2, np.pi])
    side = np.sin(angle) * (xs - 0.5) + np.cos(angle) * (ys - 0.5)
    edge = side + rng.uniform(0.1, 0.6) * (textures.fractal_noise(rng, size, 0.4, 4) - 0.5)
    start = rng.uniform(-0.25, 0.15)
    return 1.2 * textures.smoothstep(edge, start, start + rng.uniform(0.2, 0.7))


def smoke_color(rng, texture):
    """White, grey, black or (rarely) coloured smoke."""
    value = rng.choice([rng.uniform(0.75, 1), rng.uniform(0.15, 0.8)])
    saturation = rng.choice([rng.uniform(0, 0.12), rng.uniform(0.3, 0.6)], p=[0.75, 0.25])
    return textures.tint(rng, texture, textures.color(rng.random(), saturation, value))
