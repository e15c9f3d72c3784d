"""Bottles, glasses and bubbles: clear inside, stronger at the rim."""

import cv2
import numpy as np

from keras_indexnet.data.procedural import outlines, strands, textures


def glass(rng, size, texture=None):
    """Draws a bottle or drinking glass (often with liquid, label or cap), or soap bubbles.

    Args:
        rng: `numpy.random.Generator`.
        size: side of the square picture in pixels.
        texture: uint8 RGB photograph for reflections, labels and caps, or None.

    Returns:
        alpha: `size x size` float32 in [0, 1].
        rgb: `size x size x 3` float32, 0..255, defined everywhere.
    """
    draw = bubbles if rng.random() < 0.2 else vessel
    alpha, rgb = draw(rng, size, texture)
    return np.clip(alpha, 0, 1), rgb


def vessel(rng, size, texture):
    """A body of revolution: all follows from the radius at each height."""
    height = size * rng.uniform(0.6, 1.1)
    top = size * rng.uniform(0.02, 0.3)
    axis = size * rng.uniform(0.35, 0.65)
    ys, xs = np.mgrid[:size, :size].astype(np.float32)
    tilt = rng.normal(0, 0.12)
    xs, ys = xs + tilt * (ys - size / 2), ys - tilt * (xs - size / 2)
    kind = rng.choice(["bottle", "wine", "tumbler", "vase"])
    radius = height * profile(rng, (ys - top) / height, kind)
    across = (xs - axis) / np.maximum(radius, 1e-3)
    # Seen a little from above, level circles are ellipses: their near side hangs lower.
    bulge = rng.uniform(0.05, 0.3) * radius * np.sqrt(np.maximum(1 - across**2, 0))
    level = (ys - bulge - top) / height  # of the near side: 0 at the mouth, 1 at the foot
    shape = np.clip(radius - np.abs(xs - axis) + 0.5, 0, 1)
    shape = shape * np.clip(ys + bulge - top + 0.5, 0, 1)
    shape = shape * np.clip((1 - level) * height + 0.5, 0, 1)

    inner = np.clip(np.abs(across), 0, 1)
    # Light crosses more glass towards the outline: a path of 1 / cos, kept finite.
    wall = 1 / np.sqrt(1 - 0.97 * inner**2) - 1
    clear = rng.uniform(0.04, 0.3)
    alpha = clear + rng.uniform(0.08, 0.25) * wall
    alpha = alpha + 0.5 * textures.smoothstep(level, 0.93, 0.99) * rng.uniform(0.2, 1)
    for edge in (ys - bulge - top, ys + bulge - top - 0.01 * height):
        alpha = alpha + rng.uniform(0.2, 0.6) * np.exp(-((edge / (0.008 * height)) ** 2))

    body = glass_color(rng, texture)
    rgb = body * (0.6 + 0.5 * textures.lighting(rng, size, 1.0) * (1 - 0.5 * inner[..., None]))
    if rng.random() < 0.5:
        fill = textures.smoothstep(level, *(rng.uniform(0.25, 0.7) + np.array([0, 0.006])))
        drink = textures.color(rng.random(), rng.uniform(0.2, 1), rng.uniform(0.3, 1))
        fill = (fill * textures.smoothstep(inner, 0.97, 0.9))[..., None]
        alpha = alpha + rng.uniform(0.1, 0.6) * fill[..., 0]
        rgb = rgb * (1 - fill) + drink * (0.7 + 0.3 * inner[..., None]) * fill
    alpha, rgb = add_reflections(rng, size, texture, alpha, rgb, across)
    opaque = np.zeros((size, size), np.float32)
    if kind != "wine" and rng.random() < 0.5:
        opaque = label(rng, size, across, level)
    if kind == "bottle" and rng.random() < 0.6:
        opaque = np.maximum(opaque, textures.smoothstep(level, 0.08, 0.077))  # cap or cork
    material = textures.surface(rng, size, texture) * (1.1 - 0.5 * across[..., None] ** 2)
    alpha = np.maximum(np.minimum(alpha, 1), opaque) * shape
    spread = cv2.dilate(opaque, np.ones((3, 3)))[..., None]
    return alpha, rgb * (1 - spread) + np.clip(material, 0, 255) * spread


def profile(rng, level, kind):
    """Radius over height of a bottle, a wine glass, a tumbler or a vase."""
    foot = rng.uniform(0.1, 0.2)
    stops, radii = {
        "bottle": ([0, 0.05, 0.25, 0.4, 0.95, 1], [0.35, 0.33, 0.35, 1, 1, 0.9]),
        "wine": ([0, 0.25, 0.45, 0.5, 0.55, 0.92, 0.97, 1], [0.8, 1, 0.7, 0.3, 0.1, 0.1, 0.7, 0.9]),
        "tumbler": ([0, 0.5, 1], [1, 0.92, 0.8]),
        "vase": ([0, 0.1, 0.3, 0.6, 0.9, 1], [0.7, 0.5, 0.6, 1, 0.6, 0.7]),
    }[kind]
    radii = np.array(radii) * rng.uniform(0.9, 1.1, len(radii))
    dense = np.linspace(0, 1, 400)
    smooth = np.interp(dense, stops, radii).astype(np.float32)
    smooth = cv2.GaussianBlur(smooth[None], (0, 0), 20, borderType=cv2.BORDER_REPLICATE)[0]
    return (rng.uniform(1.2, 1.7) * foot * np.interp(level, dense, smooth)).astype(np.float32)


def glass_color(rng, texture):
    """Clear, greenish, brown or blue glass."""
    hue, saturation = rng.choice([[0.3, 0.1], [0.33, 0.7], [0.08, 0.8], [0.58, 0.5], [0, 0.02]])
    base = textures.color(hue + rng.normal(0, 0.04), saturation, rng.uniform(0.35, 1))
    return textures.tint(rng, texture, base)


def add_reflections(rng, size, texture, alpha, rgb, across):
    """Adds bright upright streaks (windows, lamps) and a faint picture of the surroundings."""
    scene = textures.surface(rng, size, texture)
    weight = rng.uniform(0, 0.5)
    rgb = (1 - weight) * rgb + weight * cv2.GaussianBlur(scene, (0, 0), size / 60)
    broken = textures.fractal_noise(rng, size, 0.4, 3, aspect=2)
    for _ in range(rng.integers(1, 5)):
        place, width = rng.uniform(-0.9, 0.9), rng.uniform(0.02, 0.12)
        streak = np.exp(-(((across - place) / width) ** 4)) * textures.smoothstep(
            broken, *(rng.uniform(0.2, 0.6) + np.array([0, 0.1]))
        )
        alpha = alpha + rng.uniform(0.3, 0.9) * streak
        shine = np.minimum(1.2 * streak, 1)[..., None]
        rgb = rgb * (1 - shine) + rng.uniform(225, 255) * shine
    return alpha, rgb


def label(rng, size, across, level):
    """An opaque label around part of the body, as coverage in 0..1."""
    start, sharp = rng.uniform(0.45, 0.6), 1.5 / size
    end = start + rng.uniform(0.12, 0.3)
    band = textures.smoothstep(level, start, start + sharp)
    band = band * textures.smoothstep(level, end + sharp, end)
    turned = rng.uniform(-0.6, 1.0)
    return band * textures.smoothstep(across, turned + 0.01, turned)


def bubbles(rng, size, texture):
    """Some round bubbles with coloured rims and a bright spot each."""
    ys, xs = np.mgrid[:size, :size].astype(np.float32)
    film = textures.turbulence(rng, size, 0.4, 4)
    hues = [textures.color(h, rng.uniform(0.1, 0.6), 1) for h in np.linspace(0, 1, 6) + rng.random()]
    rgb = textures.colorize(film, hues)
    remaining = np.ones((size, size), np.float32)
    for _ in range(rng.integers(2, 12)):
        x, y = size * rng.uniform(0.1, 0.9, 2)
        radius = size * rng.uniform(0.04, 0.3)
        distance = np.hypot(xs - x, ys - y)
        inside = np.clip(radius - distance + 0.5, 0, 1)
        rim = rng.uniform(0.02, 0.15) + rng.uniform(0.3, 0.9) * (distance / radius) ** 6
        spot = outlines.blob(rng, (x - 0.4 * radius, y - 0.45 * radius), 0.13 * radius, 0.3)
        spot = cv2.GaussianBlur(strands.filled([spot], size), (0, 0), 1 + radius / 60)
        own = inside * np.minimum(np.maximum(rim, spot), 1)
        remaining = remaining * (1 - own)
        rgb = rgb * (1 - spot[..., None]) + 250 * spot[..., None]
    return 1 - remaining, rgb
