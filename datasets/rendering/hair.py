"""Hair on a doll."""

import numpy as np

from rendering.colors import blend, hair_palette
from rendering.doll import figure
from rendering.model import Model, Surface
from rendering.shapes import UP, across, ball, grow, sample, sphere_directions, swirl, unit


def thin_hair(rng):
    """A doll with so few and so fine hairs that one sees through most of them."""
    return hair(rng, hairs=(1200, 4500))


def hair(rng, hairs=(7000, 13000)):
    """A doll with hair that hangs, curls, stands up, is blown aside or frizzy; `hairs` bounds how many."""
    style = rng.choice(
        ["long", "curly", "upright", "blown", "frizzy", "bunches"], p=[0.2, 0.2, 0.22, 0.16, 0.12, 0.1]
    )
    turned = 0.9 if rng.random() < 0.6 else np.pi
    model = Model(elevation=(-0.1, 0.25), azimuth=(-turned, turned), fill=(0.75, 1.2))
    obstacles = figure(rng, model)
    head = obstacles[0][1]
    locks = rng.integers(150, 420)
    steps = 26
    normals = sphere_directions(rng, 6 * locks)
    # Hair grows above a line that is high over the face and low at the neck.
    line = 0.35 - 0.75 * (normals[:, 1] + 1) / 2
    normals = normals[normals[:, 2] > line][:locks]
    locks = len(normals)
    roots = normals * head
    field_ = swirl(rng, rng.uniform(0.5, 1.0))
    pull, aim, length = {
        "long": (rng.uniform(0.12, 0.3), -UP, rng.uniform(1.0, 2.2)),
        "curly": (rng.uniform(0.1, 0.25), -UP, rng.uniform(0.7, 1.7)),
        "upright": (rng.uniform(0.02, 0.12), unit(UP + 0.25 * rng.normal(size=3)), rng.uniform(0.7, 1.7)),
        "blown": (
            rng.uniform(0.06, 0.16),
            unit([rng.choice([-1, 1]), rng.normal(), rng.uniform(-0.4, 0.3)]),
            rng.uniform(1, 2),
        ),
        "frizzy": (0.02, -UP, rng.uniform(0.35, 0.9)),
        "bunches": (rng.uniform(0.05, 0.2), -UP, rng.uniform(0.8, 1.6)),
    }[style]
    start = normals + 0.25 * rng.normal(size=normals.shape)
    if style == "bunches":
        ties = np.array([[side * 0.5, 0.05, rng.uniform(0.1, 0.4)] for side in (-1, 1)])
        roots = ties[(normals[:, 0] > 0).astype(int)] + 0.05 * rng.normal(size=roots.shape)
        start = unit(roots) + rng.uniform(0.2, 0.5) * rng.normal(size=roots.shape)
    if style == "upright":
        start = start + rng.uniform(0, 1.5) * UP
    lengths = length * rng.uniform(0.55, 1.1, locks)
    wander = rng.uniform(0.03, 0.12)
    guides = grow(
        roots, unit(start), lengths, steps, lambda points, _: pull * aim + wander * field_(points), obstacles
    )

    per_lock = max(1, int(rng.uniform(*hairs) / locks))
    clump = rng.uniform(-0.85, 0.5)
    coil = {
        "curly": rng.uniform(0.03, 0.09),
        "frizzy": rng.uniform(0.01, 0.03),
        "bunches": rng.choice([0, 0.05]),
    }
    points, lock_of = hair_of_locks(rng, guides, per_lock, rng.uniform(0.04, 0.09), clump, coil.get(style, 0))
    radii = (
        rng.uniform(0.0007, 0.0022)
        * rng.uniform(0.6, 1.3, (len(points), 1))
        * np.linspace(1, 0.45, points.shape[1])
    )
    palette = hair_palette(rng)
    tone = np.clip(0.15 + 0.7 * (0.6 * rng.random(locks)[lock_of] + 0.4 * rng.random(len(points))), 0, 1)
    shine = Surface(gloss=rng.uniform(0, 0.08), roughness=rng.uniform(0.35, 0.6), translucency=0.25)
    model.add_strands(points, radii, blend(palette, tone), shine)
    model.add_mesh(*scalp(head, 1.015), palette[0] * 0.7, Surface())
    model.framed = points.reshape(-1, 3)
    return model


def scalp(head, scale):
    """A cap under the hair, so that no skin shows between its roots."""
    vertices, faces = ball([0, 0, 0], head * scale)
    directions = unit(vertices / head)
    kept = directions[:, 2] > 0.42 - 0.75 * (directions[:, 1] + 1) / 2
    return vertices, faces[kept[faces].all(1)]


def hair_of_locks(rng, guides, per_lock, radius, clump, coil):
    """Fills locks with hairs of different lengths; returns them and the lock of each.

    `clump` below 0 draws the hairs of a lock together at its tip, above 0 lets them fan out; `coil` is the
    radius of its turns.
    """
    locks = len(guides)
    steps = 60 if coil else 24
    lock_of = np.repeat(np.arange(locks), per_lock)
    count = len(lock_of)
    ends = rng.uniform(0.35, 1, (count, 1)) ** 0.5
    along = np.linspace(0, 1, steps) * ends
    points = sample(guides, lock_of, along)
    first, second = across(unit(sample(np.gradient(guides, axis=1), lock_of, along)))
    place = rng.normal(size=(count, 2)) * radius
    spread = np.maximum(1 + (clump + 0.3 * rng.normal(size=(locks, 1))[lock_of]) * along, 0.06)
    points = points + (place[:, :1] * spread)[..., None] * first + (place[:, 1:] * spread)[..., None] * second
    if coil:
        turns = 2 * np.pi * rng.uniform(3, 9) * rng.uniform(0.7, 1.3, (locks, 1))[lock_of]
        phase = rng.uniform(0, 2 * np.pi, (locks, 1))[lock_of] + rng.normal(0, 0.4, (count, 1))
        wide = coil * rng.uniform(0.6, 1.3, (locks, 1))[lock_of] * np.minimum(5 * along, 1)
        points = points + (wide * np.cos(turns * along + phase))[..., None] * first
        points = points + (wide * np.sin(turns * along + phase))[..., None] * second
    # Most hairs wander a little from their lock, a few go far astray.
    drift = np.cumsum(np.cumsum(rng.normal(size=(count, steps, 3)), 1), 1) / steps**1.5
    stray = np.where(
        rng.random(count) < rng.uniform(0.02, 0.12), rng.uniform(0.1, 0.5, count), rng.uniform(0.01, 0.05)
    )
    return points + stray[:, None, None] * drift, lock_of
