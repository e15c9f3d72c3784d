"""Feathers: a shaft with hundreds of parallel barbs, downy at the base."""

import numpy as np

from keras_indexnet.data.procedural import strands, textures


def feather(rng, size, texture=None):
    """Draws one to three feathers with split vanes and down at the base.

    Args:
        rng: `numpy.random.Generator`.
        size: side of the square picture in pixels.
        texture: uint8 RGB photograph from which a colour may be taken, or None.

    Returns:
        alpha: `size x size` float32 in [0, 1].
        rgb: `size x size x 3` float32, 0..255, defined everywhere.
    """
    hue, saturation = rng.random(), rng.beta(1, 3)
    base = textures.color(hue, saturation, rng.uniform(0.2, 1))
    shades = [0.35 * base, textures.tint(rng, texture, base), np.minimum(1.25 * base + 25, 255)]
    banding = textures.fractal_noise(rng, size, 0.15, 3)
    alpha = np.zeros((size, size), np.float32)
    rgb = textures.colorize(banding, shades)
    for _ in range(rng.integers(1, 4)):
        shaft, shaft_width, barbs, barb_widths = one_feather(rng, size)
        own = strands.coverage(barbs, barb_widths, size)
        own = np.maximum(own, strands.coverage(shaft, shaft_width, size))
        alpha = np.maximum(alpha, own)
        tone = strands.read(banding, barbs[:, 0]) + rng.normal(0, 0.15, len(barbs))
        colors = textures.colorize(np.clip(tone, 0, 1), shades)
        rgb = strands.paint(rgb, barbs, colors, 2)
        rgb = strands.paint(rgb, shaft, [np.minimum(0.5 * base + 110, 255)], 3)
    return alpha, rgb * textures.lighting(rng, size, 0.7)


def one_feather(rng, size):
    """Grows the shaft and its barbs; returns the curves and widths of both."""
    steps, length = 40, size * rng.uniform(0.6, 1.3)
    angle = rng.uniform(0, 2 * np.pi)
    middle = size * rng.uniform(0.35, 0.65, 2)
    root = middle - 0.5 * length * np.array([np.cos(angle), np.sin(angle)])
    bend = rng.normal(0, 0.012)
    shaft = strands.grow(
        root[None], np.array([angle]), length, steps, lambda points, angles, step: angles + bend
    )
    shaft_width = np.linspace(size * rng.uniform(0.006, 0.012), 0.8, steps)[None]

    count = int(rng.uniform(1.5, 4) * length)
    position = rng.uniform(0.12, 1, count)
    side = rng.choice([-1, 1], count)
    start = strands.sample(shaft, np.zeros(count, int), position[:, None])[:, 0]
    heading = angle + bend * steps * position
    # Barbs of one vane hang together; it splits where neighbouring groups part.
    groups = (position * rng.integers(6, 30)).astype(int) + 40 * (side > 0)
    part = rng.normal(0, rng.uniform(0.02, 0.25), 80)[groups]
    down = textures.smoothstep(position, 0.35, 0.12)
    open_angle = rng.uniform(0.4, 0.9) + part + down * rng.normal(0.4, 0.7, count)
    width = length * rng.uniform(0.1, 0.3) * np.where(side > 0, rng.uniform(0.5, 1), 1)
    rounded = np.clip(np.sin(np.pi * position**1.2), 0.1, 1) ** 0.6
    curl = rng.normal(-0.06, 0.02, count) * side + down * rng.normal(0, 0.25, count)
    barbs = strands.grow(
        start,
        heading + side * open_angle,
        width * rounded * rng.uniform(0.9, 1.05, count),
        10,
        lambda points, angles, step: angles + curl,
    )
    thickness = rng.uniform(0.5, 1.3) * (1 - 0.6 * down[:, None])
    return shaft, shaft_width, barbs, thickness * np.linspace(1, 0.4, 10)
