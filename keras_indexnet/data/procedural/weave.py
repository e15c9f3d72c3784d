"""Knitwear and wickerwork: thick yarn with fuzz, bands that go over and under each other."""

import cv2
import numpy as np

from keras_indexnet.data.procedural import strands, textures
from keras_indexnet.data.procedural.lace import hang


def knit(rng, size, texture=None):
    """Draws knitwear: rows of loops with holes between them, and fuzz around the yarn.

    Args:
        rng: `numpy.random.Generator`.
        size: side of the square picture in pixels.
        texture: uint8 RGB photograph that lends the colour, or None.

    Returns:
        alpha: `size x size` float32 in [0, 1].
        rgb: `size x size x 3` float32, 0..255, defined everywhere.
    """
    flat = 2 * size
    cell = flat * rng.uniform(0.02, 0.055)
    rows = np.arange(-cell, flat + cell, cell * rng.uniform(0.6, 0.95))
    t = np.arange(-1, flat / cell + 2, 1 / 12)
    # A row of knitting is a wave whose loops lean over, so that they hold the row above.
    x = cell * (t + rng.uniform(0.1, 0.18) * np.sin(4 * np.pi * t))
    y = cell * rng.uniform(0.55, 0.8) * np.cos(2 * np.pi * t)
    yarn = np.stack(np.broadcast_arrays(x, rows[:, None] + y), -1)
    yarn = yarn + cell * rng.uniform(0, 0.06) * rng.normal(0, 1, yarn.shape)
    width = cell * rng.uniform(0.17, 0.36)
    pattern = strands.coverage(yarn, width, flat)
    ridge = cv2.GaussianBlur(strands.coverage(yarn, 0.4 * width, flat), (0, 0), 0.2 * width)
    alpha, rgb = hang(rng, size, pattern, texture, hem=1.5 * width, relief_of=ridge)
    return fuzz(rng, size, alpha, rgb)


def fuzz(rng, size, alpha, rgb):
    """Lets fine fibres stand off the yarn."""
    ys, xs = np.nonzero((alpha > 0.3) & (alpha < 1))
    count = int(rng.choice([rng.uniform(200, 1500), rng.uniform(4000, 9000)]))
    roots = np.stack([xs, ys], -1)[rng.integers(len(xs), size=count)].astype(float)
    bend = rng.normal(0, 0.25, count)
    length = size * rng.uniform(0.004, 0.035) * rng.uniform(0.3, 1.3, count)
    fibres = strands.grow(
        roots, rng.uniform(0, 2 * np.pi, count), length, 7, lambda points, angles, step: angles + bend
    )
    colors = strands.read(cv2.GaussianBlur(rgb, (0, 0), 1.5), roots) * rng.uniform(0.9, 1.25, (count, 1))
    alpha = np.maximum(alpha, strands.coverage(fibres, rng.uniform(0.15, 0.6), size))
    return alpha, strands.paint(rgb, fibres, colors, 1)


def wicker(rng, size, texture=None):
    """Draws wickerwork or a lattice: bands that go over and under each other, with small holes between.

    Args:
        rng: `numpy.random.Generator`.
        size: side of the square picture in pixels.
        texture: uint8 RGB photograph that lends the colour, or None.

    Returns:
        alpha: `size x size` float32 in [0, 1].
        rgb: `size x size x 3` float32, 0..255, defined everywhere.
    """
    flat = 2 * size
    cell = flat * rng.uniform(0.018, 0.07)
    angle = rng.uniform(0, np.pi)
    ys, xs = np.mgrid[:flat, :flat].astype(np.float32)
    bend = [0.5 * cell * (textures.fractal_noise(rng, flat, 0.15, 3) - 0.5) for _ in range(2)]
    along = (np.cos(angle) * xs + np.sin(angle) * ys + bend[0]) / cell
    across = (np.cos(angle) * ys - np.sin(angle) * xs + bend[1]) / (cell * rng.uniform(0.5, 1))
    coverage, height = [], []
    for place, other, over in ((along, across, 1), (across, along, -1)):
        half = 0.5 * rng.uniform(0.45, 0.92)
        offset = place - np.floor(place) - 0.5
        coverage.append(np.clip((half - np.abs(offset)) * cell + 0.5, 0, 1))
        # Over one band, under the next: a wave along each band, shifted from band to band.
        wave = over * np.cos(np.pi * (np.floor(other) + np.floor(place)))
        height.append(np.sqrt(np.maximum(1 - (offset / half) ** 2, 0)) * (0.75 + 0.25 * wave))
    pattern, relief = np.maximum(*coverage), np.maximum(height[0] * coverage[0], height[1] * coverage[1])
    return hang(rng, size, pattern, texture, hem=0.5 * cell, relief_of=relief)
