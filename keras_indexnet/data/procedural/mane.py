"""Wide, dense hair in locks: long, standing on end, blown aside or in ringlets."""

import numpy as np

from keras_indexnet.data.procedural import strands, textures
from keras_indexnet.data.procedural.hair import body_outlines, clothed, hair_colors, hair_gloss


def mane(rng, size, texture=None):
    """Draws a head whose hair thins out slowly: far from the outline, alpha is still fractional.

    Locks leave the scalp side by side. The hairs of a lock end at different lengths, lie close at its tip or
    fan out, and turn together where it is curled; between the locks the background shows.

    Args:
        rng: `numpy.random.Generator`.
        size: side of the square picture in pixels.
        texture: uint8 RGB photograph to clothe the body with, or None.

    Returns:
        alpha: `size x size` float32 in [0, 1].
        rgb: `size x size x 3` float32, 0..255, defined everywhere.
    """
    style = rng.choice(["hanging", "upright", "blown", "ringlets"])
    radius = size * rng.uniform(0.14, 0.25)
    center = size * rng.uniform([0.35, 0.28], [0.65, 0.45])
    if style == "upright":
        center[1] = size * rng.uniform(0.65, 0.9)
    locks = lock_guides(rng, size, center, radius, style)
    points, lock_of = lock_hairs(rng, size, locks, radius, coiled=style == "ringlets")

    widths = rng.uniform(0.25, rng.uniform(0.6, 1.3), (len(points), 1))
    hairs = strands.coverage(points, widths * np.linspace(1, 0.5, points.shape[1]), size)
    opens = rng.uniform(0.55, 0.8)
    hairs = strands.thicken(hairs, size / 200, opens, opens + 0.35)
    body = body_outlines(rng, size, center, radius)
    alpha = np.maximum(hairs, strands.filled(body, size))

    shades = hair_colors(rng, texture)
    tone = 0.15 + 0.5 * rng.random(len(locks))[lock_of] + 0.35 * rng.beta(3, 3, len(points))
    rgb = textures.colorize(0.5 * textures.fractal_noise(rng, size, 0.03, 4, 0.7, aspect=5), shades)
    rgb = clothed(rng, size, texture, rgb, body[1:])
    depth = np.linspace(0.6, 1.05, len(points))[:, None]  # what is painted first lies in shadow
    rgb = strands.paint(rgb, points, textures.colorize(tone, shades) * depth, 1)
    return alpha, rgb * hair_gloss(rng, size, center, radius)


def lock_guides(rng, size, center, radius, style):
    """Grows the middle line of each lock from the scalp."""
    count, steps = rng.integers(120, 300), 32
    first, last, pull, towards, long = {
        "hanging": (0.6, 2.4, rng.uniform(0.16, 0.35), np.pi / 2, (2, 3.6)),
        "upright": (1.0, 2.0, rng.uniform(0.0, 0.012), np.pi / 2, (1.5, 3.2)),
        "blown": (0.8, 2.2, rng.uniform(0.05, 0.15), rng.choice([0.0, np.pi]) + rng.normal(0, 0.35), (2, 4)),
        "ringlets": (0.8, 2.2, rng.uniform(0.0, 0.1), np.pi / 2, (0.8, 2.4)),
    }[style]
    around = np.pi * rng.uniform(first, last, count)
    out = np.stack([0.8 * np.cos(around), np.sin(around)], -1)
    roots = center + radius * out * np.sqrt(rng.uniform(0.1, 0.95, (count, 1)))
    length = radius * rng.uniform(*long) * rng.uniform(0.55, 1.1, count)
    wander = rng.uniform(1, 4) * (textures.fractal_noise(rng, size, 0.35, 3) - 0.5)

    def turn(points, angles, step):
        aside = np.arctan2(np.sin(towards - angles), np.cos(towards - angles))
        return angles + pull * aside + 0.25 * step * strands.read(wander, points)

    return strands.grow(roots, around + rng.normal(0, 0.25, count), length, steps, turn)


def lock_hairs(rng, size, locks, radius, coiled):
    """Fills the locks with hairs; returns them, from the lowest to the uppermost, and the lock of each."""
    count, steps = int(rng.uniform(3500, 7000) * np.sqrt(size / 512)), 48 if coiled else 28
    lock_of = np.sort(rng.integers(len(locks), size=count))
    # Hairs end all along their lock, so that it thins out towards its tip.
    ends = rng.uniform(0.3, 1, (len(locks), 1))[lock_of] ** 0.5 * rng.uniform(0.25, 1, (count, 1)) ** 0.6
    along = np.linspace(0, 1, steps) * ends
    points = strands.sample(locks, lock_of, along)
    across = strands.sample(strands.normals(locks), lock_of, along)

    fan = rng.uniform(-0.9, 0.6) + rng.uniform(-0.3, 0.3, (len(locks), 1))[lock_of]
    closeness = np.maximum(1 + fan * along, 0.08)
    offset = radius * rng.uniform(0.05, 0.14) * rng.normal(0, 1, (count, 1)) * closeness
    if coiled:
        coil = radius * rng.uniform(0.03, 0.1) * rng.uniform(0.6, 1.3, (len(locks), 1))[lock_of]
        turns = 2 * np.pi * rng.uniform(3, 9) * rng.uniform(0.8, 1.2, (len(locks), 1))[lock_of]
        phase = rng.uniform(0, 2 * np.pi, (len(locks), 1))[lock_of] + rng.normal(0, 0.3, (count, 1))
        opened = coil * np.minimum(4 * along, 1)
        offset = 0.5 * offset + opened * np.sin(turns * along + phase)
        # Seen from the side, a coil is a row of loops: it swings along the lock as well as across it.
        forward = np.stack([across[..., 1], -across[..., 0]], -1)
        points = points + forward * (0.7 * opened * np.cos(turns * along + phase))[..., None]
    points = points + across * offset[..., None]
    stray = rng.random(count) < rng.uniform(0.02, 0.15)
    drift = np.cumsum(np.cumsum(rng.normal(0, 0.03, (count, steps, 2)), 1), 1) * (28 / steps) ** 1.5
    strength = radius * 0.08 * np.where(stray, rng.uniform(0.5, 2.5, count), 0.1)
    return points + strength[:, None, None] * drift, lock_of
