"""Dense green: shrubs, ferns and conifers, solid at heart, with many small holes further out."""

import cv2
import numpy as np

from keras_indexnet.data.procedural import strands, textures
from keras_indexnet.data.procedural.leaves import branching, foliage_colors, leaf_shapes, paint_leaves


def foliage(rng, size, texture=None):
    """Draws a shrub or potted plant with slender, round or feathered leaves, or a cascade of them.

    Args:
        rng: `numpy.random.Generator`.
        size: side of the square picture in pixels.
        texture: uint8 RGB photograph that covers the pot or trunk, or None.

    Returns:
        alpha: `size x size` float32 in [0, 1].
        rgb: `size x size x 3` float32, 0..255, defined everywhere.
    """
    habit = rng.choice(["slender", "small", "fern"], p=[0.4, 0.4, 0.2])
    base = size * np.array([rng.uniform(0.3, 0.7), rng.uniform(0.6, 1.05)])
    stems, widths = shoots(rng, size, base, habit)
    leaf, ribs = shoot_leaves(rng, size, stems, habit)
    pot = pot_outline(rng, size, base)
    alpha = np.maximum(strands.coverage(stems, widths, size), strands.filled(leaf, size))
    alpha = np.maximum(alpha, strands.filled([pot], size))

    green = foliage_colors(rng)
    rgb = textures.colorize(0.4 * textures.fractal_noise(rng, size, 0.1, 4), green)
    clay = textures.surface(rng, size, texture)
    inside = cv2.dilate(strands.filled([pot], size), np.ones((5, 5)))[..., None]
    rgb = rgb * (1 - inside) + clay * inside
    rgb = strands.paint(rgb, stems, np.tile(0.7 * green[1], (len(stems), 1)), np.ceil(widths[:, 0]).astype(int))
    tone = np.clip(np.linspace(0.1, 0.8, len(leaf)) + rng.normal(0, 0.2, len(leaf)), 0, 1)
    rgb = paint_leaves(rgb, leaf, ribs, textures.colorize(tone, green))
    mottle = 0.85 + 0.3 * textures.fractal_noise(rng, size, 0.03, 3)[..., None]
    return alpha, rgb * mottle * textures.lighting(rng, size, 0.8)


def shoots(rng, size, base, habit):
    """Grows the stems of a shrub from its base, the lowest first; returns curves and widths."""
    count = {"slender": rng.integers(25, 80), "small": rng.integers(40, 110), "fern": rng.integers(7, 22)}[
        habit
    ]
    steps = 20
    spread = rng.uniform(0.5, 1.5)
    angles = -np.pi / 2 + spread * rng.uniform(-1, 1, count) + rng.normal(0, 0.1, count)
    roots = base + size * rng.uniform(0.01, 0.06) * rng.normal(0, 1, (count, 2)) * [1, 0.3]
    length = size * rng.uniform(0.45, 0.9) * rng.uniform(0.4, 1.1, count)
    droop = rng.uniform(0.0, 0.07) * np.cos(angles) + rng.normal(0, 0.02, count)
    wander = rng.uniform(0.01, 0.07)
    stems = strands.grow(
        roots,
        angles,
        length,
        steps,
        lambda points, angles, step: angles + 2 * step * droop + rng.normal(0, wander, count),
    )
    widths = rng.uniform(0.8, 3, (count, 1)) * np.linspace(1, 0.4, steps)
    return stems, widths


def shoot_leaves(rng, size, stems, habit):
    """Sets leaves in pairs along the stems; returns outlines and midribs, those of the lowest stem first."""
    length, slender, opening, pairs = {
        "slender": (rng.uniform(0.05, 0.13), rng.uniform(0.05, 0.13), rng.uniform(0.3, 0.8), (5, 14)),
        "small": (rng.uniform(0.014, 0.04), rng.uniform(0.15, 0.4), rng.uniform(0.5, 1.2), (12, 26)),
        "fern": (rng.uniform(0.05, 0.11), rng.uniform(0.06, 0.14), rng.uniform(0.9, 1.3), (24, 45)),
    }[habit]
    nodes = rng.integers(*pairs)
    along = np.tile(np.repeat(np.linspace(0.12, 1, nodes), 2), (len(stems), 1))
    side = np.tile([-1.0, 1.0], (len(stems), nodes))
    jitter = 0.1 if habit == "fern" else 0.45
    along = along + rng.normal(0, 0.3 * jitter / nodes, along.shape)
    base = strands.sample(stems, np.arange(len(stems)), along)
    forward = strands.sample(np.gradient(stems, axis=1), np.arange(len(stems)), along)
    heading = np.arctan2(forward[..., 1], forward[..., 0])
    angles = heading + side * opening * (1 - 0.6 * along**4) + rng.normal(0, jitter, along.shape)
    taper = np.clip(1.3 * (1 - along) + 0.1, 0, 1) if habit == "fern" else np.clip(0.5 + along, 0, 1)
    long = size * length * taper * rng.uniform(1 - jitter, 1 + jitter, along.shape)
    narrow = slender * rng.uniform(0.4 if habit != "fern" else 0.9, 1.1, along.shape)
    kept = rng.random(along.shape) < rng.uniform(0.75, 1)
    return leaf_shapes(rng, base[kept], angles[kept], long[kept], narrow[kept])


def pot_outline(rng, size, base):
    """The outline of a pot under the plant, or of a trunk."""
    half = size * rng.choice([rng.uniform(0.02, 0.05), rng.uniform(0.1, 0.2)])
    lower = half * rng.uniform(0.7, 1.0)
    top, bottom = base[1] - rng.uniform(0, 0.02) * size, 1.1 * size
    return np.array(
        [[base[0] - half, top], [base[0] + half, top], [base[0] + lower, bottom], [base[0] - lower, bottom]]
    )


def needles(rng, size, texture=None):
    """Draws the twigs of a conifer: thousands of needles, dense along the twigs.

    Args:
        rng: `numpy.random.Generator`.
        size: side of the square picture in pixels.
        texture: unused; conifers have their own colours.

    Returns:
        alpha: `size x size` float32 in [0, 1].
        rgb: `size x size x 3` float32, 0..255, defined everywhere.
    """
    branches, widths = branching(rng, size, generations=3, stems=rng.integers(1, 4))
    thin = np.flatnonzero(widths.mean(1) < 0.02 * size)
    count = int(rng.uniform(4000, 9000))
    parent = np.sort(rng.choice(thin, count))
    position = rng.uniform(0.05, 1, (count, 1))
    base = strands.sample(branches, parent, position)[:, 0]
    forward = strands.sample(np.gradient(branches, axis=1), parent, position)[:, 0]
    open_angle = rng.uniform(0.4, 1.1) * rng.choice([-1, 1], count) * rng.beta(4, 2, count)
    angles = np.arctan2(forward[:, 1], forward[:, 0]) + open_angle
    bend = rng.normal(0, 0.06, count)
    length = size * rng.uniform(0.02, 0.06) * rng.uniform(0.6, 1.1, count)
    leaf = strands.grow(base, angles, length, 5, lambda points, angles, step: angles + bend)
    breadth = rng.uniform(0.5, 1.8) * rng.uniform(0.7, 1.2, (count, 1)) * np.linspace(1, 0.4, 5)
    alpha = np.maximum(strands.coverage(branches, widths, size), strands.coverage(leaf, breadth, size))

    green = foliage_colors(rng)
    bark = textures.color(rng.uniform(0.03, 0.09), rng.uniform(0.1, 0.5), rng.uniform(0.15, 0.45))
    rgb = textures.colorize(0.4 * textures.fractal_noise(rng, size, 0.1, 4), green)
    thickness = np.ceil(widths.max(1) + 1).astype(int)
    rgb = strands.paint(rgb, branches, np.tile(bark, (len(branches), 1)), thickness)
    tone = np.clip(np.linspace(0.15, 0.75, count) + rng.normal(0, 0.15, count), 0, 1)
    rgb = strands.paint(rgb, leaf, textures.colorize(tone, green), int(np.ceil(breadth.max())))
    return alpha, rgb * textures.lighting(rng, size, 0.8)
