"""Noise and colour: what the procedural foregrounds are painted with.

All images here are float32, colours in 0..255, noise in 0..1.
"""

import colorsys

import cv2
import numpy as np


def fractal_noise(rng, size, scale=0.5, octaves=5, persistence=0.5, aspect=1.0):
    """Draws smooth random noise, the sum of ever finer and fainter octaves, stretched to 0..1.

    Args:
        rng: `numpy.random.Generator`.
        size: side of the square result in pixels.
        scale: size of the coarsest feature, as a fraction of the side.
        octaves: number of octaves, each twice as fine as the one before.
        persistence: amplitude of an octave relative to the one before.
        aspect: greater than 1 draws features out along y (threads, streaks).

    Returns:
        `size x size` float32 array in [0, 1].
    """
    total = np.zeros((size, size), np.float32)
    amplitude = 1.0
    for octave in range(octaves):
        columns = min(int(np.ceil(2**octave / scale)), size)
        rows = max(int(columns / aspect), 1)
        # A margin of two cells keeps the border, where cubic interpolation is flat, out of sight.
        grid = rng.random((rows + 4, columns + 4), np.float32)
        cell_x, cell_y = size / columns, size / rows
        place = np.float32([[cell_x, 0, -1.5 * cell_x], [0, cell_y, -1.5 * cell_y]])
        total += amplitude * cv2.warpAffine(
            grid, place, (size, size), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
        )
        amplitude *= persistence
    low, high = float(total.min()), float(total.max())
    return (total - low) / max(high - low, 1e-6)


def warp(image, dx, dy):
    """Moves the content of `image` by the displacement fields `dx` and `dy`, in pixels."""
    size = image.shape[0]
    ys, xs = np.mgrid[:size, :size].astype(np.float32)
    return cv2.remap(image, xs + dx, ys + dy, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)


def turbulence(rng, size, scale=0.5, octaves=6, strength=0.25):
    """Fractal noise bent by fractal noise: the wisps of smoke, the veins of marble."""
    bend = [fractal_noise(rng, size, scale, 4) - 0.5 for _ in range(2)]
    noise = fractal_noise(rng, size, scale, octaves, 0.55)
    return warp(noise, *(2 * strength * size * field for field in bend))


def smoothstep(values, low, high):
    """Rises smoothly from 0 at `low` to 1 at `high`; the order of the two may be reversed."""
    ramp = np.clip((values - low) / (high - low), 0, 1)
    return ramp * ramp * (3 - 2 * ramp)


def color(hue, saturation, value):
    """One RGB colour, 0..255, from hue, saturation and value in 0..1 (the hue wraps around)."""
    saturation, value = np.clip([saturation, value], 0, 1)
    return 255 * np.array(colorsys.hsv_to_rgb(hue % 1, saturation, value), np.float32)


def colorize(values, colors):
    """Maps values in 0..1 onto a ramp of RGB colours; returns an array with a last axis of 3."""
    stops = np.linspace(0, 1, len(colors))
    channels = [np.interp(values, stops, channel) for channel in np.transpose(colors)]
    return np.stack(channels, -1).astype(np.float32)


def noise_surface(rng, size):
    """Paints a surface from noise alone: a few related colours, sometimes with a pattern."""
    hue, saturation = rng.random(), rng.beta(2, 3)
    values = np.sort(rng.uniform(0.1, 1, 4))
    hues = hue + rng.normal(0, rng.choice([0.02, 0.15]), 4)
    colors = [color(h, saturation * rng.uniform(0.5, 1.3), v) for h, v in zip(hues, values, strict=False)]
    scale = rng.uniform(0.1, 0.8)
    field = turbulence(rng, size, scale, strength=rng.uniform(0, 0.3))
    pattern = rng.choice(["plain", "stripes", "checks", "dots"], p=[0.55, 0.15, 0.15, 0.15])
    if pattern != "plain":
        field = 0.5 * field + 0.5 * printed_pattern(rng, size, pattern)
    grain = rng.normal(0, rng.uniform(1, 8), (size, size, 1)).astype(np.float32)
    return colorize(field, colors) + grain


def printed_pattern(rng, size, pattern):
    """Draws stripes, checks or dots, slightly crooked, as a field in 0..1."""
    angle, period = rng.uniform(0, np.pi), size * rng.uniform(0.02, 0.12)
    bend = size * 0.05 * (fractal_noise(rng, size, 0.6, 3) - 0.5)
    ys, xs = np.mgrid[:size, :size].astype(np.float32)
    across = np.sin(2 * np.pi * (np.cos(angle) * xs + np.sin(angle) * ys + bend) / period)
    along = np.sin(2 * np.pi * (np.cos(angle) * ys - np.sin(angle) * xs + bend) / period)
    wave = {"stripes": across, "checks": np.maximum(across, along), "dots": across * along}
    return smoothstep(wave[pattern], -0.3, 0.3)


def photo_surface(rng, size, photo):
    """Takes a random crop of a photograph, flipped, and half of the time in other colours."""
    height, width = photo.shape[:2]
    side = max(int(min(height, width) * rng.uniform(0.4, 1)), 1)
    top, left = rng.integers(height - side + 1), rng.integers(width - side + 1)
    crop = np.ascontiguousarray(photo[top : top + side, left : left + side, :3])
    interpolation = cv2.INTER_AREA if side > size else cv2.INTER_CUBIC
    crop = cv2.resize(crop, (size, size), interpolation=interpolation)
    crop = crop[:, :: rng.choice([-1, 1])].astype(np.float32)
    if rng.random() < 0.5:
        crop = crop[..., rng.permutation(3)]
        gray = crop.mean(-1, keepdims=True)
        crop = gray + rng.uniform(0.2, 1.2) * (crop - gray)
        crop = crop * rng.uniform(0.7, 1.2, 3).astype(np.float32) + rng.uniform(-15, 25)
    return crop


def surface(rng, size, texture=None):
    """Covers a square with a material: part of the photograph `texture`, or noise without one.

    Args:
        rng: `numpy.random.Generator`.
        size: side of the square in pixels.
        texture: uint8 RGB photograph of any size, or None.

    Returns:
        `size x size x 3` float32 RGB array, about 0..255.
    """
    return noise_surface(rng, size) if texture is None else photo_surface(rng, size, texture)


def lighting(rng, size, contrast=0.5):
    """Light that falls from a random side, with soft unevenness: factors around 1."""
    angle = rng.uniform(0, 2 * np.pi)
    ys, xs = np.mgrid[:size, :size].astype(np.float32) / size - 0.5
    slope = np.cos(angle) * xs + np.sin(angle) * ys
    uneven = fractal_noise(rng, size, 0.7, 3) - 0.5
    return (1 + contrast * (slope + 0.6 * uneven) * rng.uniform(0.4, 1.2))[..., None]


def tint(rng, texture, fallback):
    """Picks the colour of a random spot of the photograph, or `fallback` without one."""
    if texture is None or rng.random() < 0.5:
        return fallback
    spot = texture[rng.integers(texture.shape[0]), rng.integers(texture.shape[1]), :3]
    return spot.astype(np.float32) * 0.8 + 20
