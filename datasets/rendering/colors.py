"""Colours, in linear RGB: palettes of hair and of leaves, printed cloth."""

import numpy as np


def linear(srgb):
    """From display values to linear light."""
    return np.where(
        np.asarray(srgb) <= 0.04045, np.asarray(srgb) / 12.92, ((np.asarray(srgb) + 0.055) / 1.055) ** 2.4
    )


def hsv(hue, saturation, value):
    """Linear RGB of a colour that is given as on a display."""
    around = np.abs((np.asarray(hue) * 6 + np.array([0, 4, 2])) % 6 - 3) - 1
    return linear(value * (1 - saturation * (1 - np.clip(around, 0, 1))))


def blend(palette, positions):
    """Colours between those of a palette, `K x 3`, at positions from 0 to 1."""
    stops = np.linspace(0, 1, len(palette))
    return np.stack([np.interp(positions, stops, channel) for channel in np.asarray(palette).T], -1)


def any_color(rng, saturation=(0.1, 0.9), value=(0.25, 0.95)):
    """A colour of any hue."""
    return hsv(rng.random(), rng.uniform(*saturation), rng.uniform(*value))


def hair_palette(rng):
    """Three shades of hair: of a natural colour, or dyed."""
    if rng.random() < 0.3:
        hue, saturation, value = rng.random(), rng.uniform(0.4, 0.9), rng.uniform(0.5, 0.95)
    else:
        natural = [(0.1, 0.5, 0.85), (0.08, 0.6, 0.55), (0.07, 0.6, 0.35), (0.05, 0.5, 0.18), (0.04, 0.75, 0.6)]
        natural += [(0.1, 0.1, 0.75), (0.1, 0.25, 0.95), (0.11, 0.65, 0.75)]
        hue, saturation, value = np.array(natural[rng.integers(len(natural))]) * rng.uniform(0.9, 1.1, 3)
    shades = [(0.02, 1.1, 0.65), (0, 1, 0.85), (0.01, rng.uniform(0.5, 0.9), rng.uniform(0.95, 1.3))]
    return np.array([hsv(hue + shift, min(saturation * s, 1), min(value * v, 1)) for shift, s, v in shades])


def leaf_palette(rng):
    """Three shades of foliage: mostly greens, sometimes autumnal, silvery or purple."""
    mood = rng.random()
    if mood < 0.75:
        hue, saturation = rng.uniform(0.19, 0.36), rng.uniform(0.35, 0.9)
    elif mood < 0.9:
        hue, saturation = rng.uniform(0.0, 0.14), rng.uniform(0.5, 0.9)
    else:
        hue, saturation = rng.uniform(0.25, 0.9), rng.uniform(0.05, 0.4)
    value = rng.uniform(0.3, 0.7)
    drift = rng.uniform(-0.06, 0.03)
    return np.array(
        [hsv(hue + drift * t, saturation * (1 - 0.3 * t), value * (0.75 + 0.5 * t)) for t in (0, 0.5, 1)]
    )


def pattern(rng, across_cloth, along_cloth):
    """Colours of printed cloth at positions `across_cloth` and `along_cloth`, in the same unit."""
    first, second = any_color(rng), any_color(rng)
    pitch = rng.uniform(0.05, 0.25)
    u, v = across_cloth / pitch, along_cloth / pitch
    style = rng.choice(["plain", "stripes", "checks", "dots", "blobs"])
    mask = {
        "plain": 0 * u * v,
        "stripes": np.sin(2 * np.pi * v) > 0.2 + 0 * u,
        "checks": 0.5 * (np.sin(2 * np.pi * u) > 0) + 0.5 * (np.sin(2 * np.pi * v) > 0),
        "dots": np.hypot(u % 1 - 0.5, v % 1 - 0.5) < 0.3,
        "blobs": np.sin(5 * u + 2 * np.sin(3 * v)) + np.sin(4 * v + 2 * np.sin(2 * u)) > 0.6,
    }[style]
    mask = np.asarray(mask, float)[..., None]
    return first * (1 - mask) + second * mask
