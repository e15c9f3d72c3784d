"""Potted plants, grass and twigs."""

import numpy as np

from rendering.colors import blend, hsv, leaf_palette, pattern
from rendering.leaves import blossoms, leaf_blades, leaf_colors
from rendering.model import Model, Surface
from rendering.shapes import UP, across, ball, grow, lathe, sample, sphere_directions, swirl, unit

# Of each habit: from how many to how many nodes a stem has; bounds of the leaves' length, of their width in
# lengths and of their angle to the stem; how round they are.
FOLIAGE = {
    "slender": ((6, 16), (0.18, 0.4), (0.1, 0.22), (0.4, 0.9), 0.8),
    "oval": ((5, 12), (0.12, 0.3), (0.35, 0.6), (0.6, 1.2), 1.0),
    "round": ((10, 22), (0.05, 0.12), (0.6, 0.95), (0.7, 1.3), 1.5),
    "frond": ((24, 45), (0.12, 0.3), (0.08, 0.2), (1.0, 1.4), 0.8),
}


def pot(rng, model, top, mouth):
    """Adds a pot to a model: its rim at the height `top`, `mouth` wide."""
    height = mouth * rng.uniform(1.0, 2.0)
    foot = rng.uniform(0.55, 1.1)
    rim = rng.uniform(1.0, 1.15)
    widths = mouth * np.array([0.85, 0.9, rim, rim, 1, 0.5 + 0.5 * foot, foot, 0.9 * foot])
    heights = top - height * np.array([0.15, 0, 0, 0.18, 0.2, 0.6, 0.97, 1])
    radii = np.interp(np.linspace(0, 7, 120), np.arange(8), widths)
    vertices, faces = lathe(radii, np.interp(np.linspace(0, 7, 120), np.arange(8), heights))
    if rng.random() < 0.5:
        colors = hsv(rng.uniform(0.02, 0.07), rng.uniform(0.5, 0.75), rng.uniform(0.45, 0.8))
    else:
        colors = pattern(rng, np.arctan2(vertices[:, 1], vertices[:, 0]) * mouth, vertices[:, 2])
    clay = Surface(gloss=rng.uniform(0, 0.12), roughness=rng.uniform(0.1, 0.6), mottle=0.3)
    model.add_mesh(vertices, faces, colors, clay)
    model.add_mesh(
        *ball([0, 0, top - 0.12 * mouth], [0.9 * mouth, 0.9 * mouth, 0.08 * mouth]),
        [0.02, 0.012, 0.008],
        Surface(mottle=0.8),
    )


def plant(rng):
    """A potted plant or shrub with many stems: slender, oval or round leaves, fronds, or flowers."""
    habit = rng.choice(["slender", "oval", "round", "frond"], p=[0.35, 0.25, 0.2, 0.2])
    model = Model(tubes=True, elevation=(-0.1, 0.5))
    mouth = rng.uniform(0.2, 0.45)
    if rng.random() < 0.7:
        pot(rng, model, 0, mouth)
    count = {
        "slender": rng.integers(30, 80),
        "oval": rng.integers(25, 70),
        "round": rng.integers(40, 110),
        "frond": rng.integers(12, 32),
    }[habit]
    around = rng.uniform(0, 2 * np.pi, count)
    out = np.stack([np.cos(around), np.sin(around), 0 * around], -1)
    roots = out * mouth * 0.7 * np.sqrt(rng.random((count, 1)))
    lean = rng.uniform(0.3, 1.3)
    start = unit(UP + lean * out * rng.random((count, 1)) + 0.15 * rng.normal(size=out.shape))
    droop = rng.uniform(0.0, 0.11)
    field_ = swirl(rng, 0.4)
    lengths = rng.uniform(0.8, 1.5) * rng.uniform(0.45, 1.1, count)
    stems = grow(roots, start, lengths, 20, lambda points, _: -droop * UP + 0.06 * field_(points))
    palette = leaf_palette(rng)
    stem_color = palette[0] * rng.uniform(0.4, 1.2) if rng.random() < 0.6 else hsv(0.07, 0.5, 0.35)
    thick = rng.uniform(0.004, 0.012)
    model.add_strands(stems, thick * np.linspace(1, 0.35, 20), np.clip(stem_color, 0, 1)[None], Surface())

    # All four are drawn, and one is taken: the number of a picture has to go on meaning the same picture.
    foliage = {
        name: (rng.integers(*nodes), *(rng.uniform(*bounds) for bounds in measures), fullness)
        for name, (nodes, *measures, fullness) in FOLIAGE.items()
    }
    nodes, length, slender, opening, fullness = foliage[habit]
    fern = habit == "frond"
    along = np.repeat(np.linspace(0.15, 1, nodes), 2)[None] + rng.normal(
        0, 0.004 if fern else 0.03, (count, 2 * nodes)
    )
    which = np.arange(count)
    bases = sample(stems, which, along)
    forward = unit(sample(np.gradient(stems, axis=1), which, along))
    level = unit(np.cross(forward, UP) + 1e-6)
    side = level if fern else across(forward, rng)[0]
    sign = np.tile([-1.0, 1.0], nodes)[:, None]
    directions = unit(
        np.cos(opening) * forward
        + np.sin(opening) * sign * side
        + (0.05 if fern else 0.2) * rng.normal(size=bases.shape)
    )
    taper = np.clip(1.25 * (1.05 - along), 0.1, 1) if fern else np.clip(1.2 - 0.5 * along, 0.3, 1)
    long = length * taper * rng.uniform(0.85 if fern else 0.5, 1.1, along.shape)
    kept = rng.random(along.shape) < rng.uniform(0.75, 1)
    long = long[kept]
    vertices, faces = leaf_blades(
        rng,
        bases[kept],
        directions[kept],
        long,
        slender * long * rng.uniform(0.7, 1.2, len(long)),
        rng.uniform(0.05, 0.5),
        fullness,
    )
    waxy = Surface(
        gloss=rng.uniform(0.02, 0.15),
        roughness=rng.uniform(0.2, 0.5),
        translucency=rng.uniform(0.1, 0.35),
        mottle=0.2,
    )
    model.add_mesh(vertices, faces, leaf_colors(rng, len(long), palette), waxy)
    if rng.random() < 0.3 and not fern:
        blossoms(rng, model, stems[:, -1], rng.uniform(0.06, 0.14))
    return model


def grass(rng):
    """A tuft or meadow: blades, ears and flowers, of which the lower ends are out of the frame or in earth."""
    model = Model(elevation=(-0.05, 0.3))
    count = int(rng.uniform(700, 2600))
    meadow = rng.random() < 0.5
    reach = np.array([1.6, 0.5, 0]) if meadow else np.full(3, rng.uniform(0.08, 0.3)) * [1, 1, 0]
    roots = rng.uniform(-1, 1, (count, 3)) * reach if meadow else rng.normal(size=(count, 3)) * reach
    lean = rng.uniform(0.15, 0.6)
    start = unit(
        UP + lean * rng.normal(size=(count, 3)) + (0 if meadow else 0.8) * roots / max(reach[0], 0.1) * 0.4
    )
    droop, wind = rng.uniform(0, 0.14), rng.uniform(-0.06, 0.06)
    lengths = rng.uniform(0.6, 1.2) * rng.uniform(0.35, 1.15, count)
    blades = grow(
        roots,
        start,
        lengths,
        14,
        lambda points, directions: np.array([wind, 0, -droop]) * (1.2 - directions[:, 2:]),
    )
    palette = leaf_palette(rng)
    thick = rng.uniform(0.002, 0.009) * rng.uniform(0.5, 1.2, (count, 1))
    shade = blend(palette, rng.random(count))[:, None] * np.linspace(0.5, 1.2, 14)[:, None]
    model.add_strands(
        blades, thick * np.linspace(1, 0.12, 14), np.clip(shade, 0, 1), Surface(gloss=0.05, translucency=0.3)
    )
    stalks = blades[: rng.integers(0, count // 12 + 1)] * [1, 1, rng.uniform(1, 1.25)]
    if len(stalks) and rng.random() < 0.5:
        blossoms(rng, model, stalks[:, -1], rng.uniform(0.03, 0.08))
    elif len(stalks):
        awns = rng.integers(15, 40)
        which = np.repeat(np.arange(len(stalks)), awns)
        bases = sample(stalks, which, rng.uniform(0.8, 1, (len(which), 1)))[:, 0]
        heading = unit(stalks[:, -1] - stalks[:, -3])[which]
        tips = grow(
            bases,
            unit(heading + 0.5 * rng.normal(size=bases.shape)),
            rng.uniform(0.03, 0.15) * rng.uniform(0.5, 1, len(bases)),
            4,
            lambda points, _: 0.1 * heading,
        )
        model.add_strands(
            tips,
            0.0015 * np.linspace(1.5, 0.4, 4),
            hsv(0.12, 0.4, rng.uniform(0.4, 0.8))[None],
            Surface(translucency=0.2),
        )
    model.add_mesh(
        *ball([0, 0, -0.12], [1.8 if meadow else 0.45, 0.6, 0.14]), palette[0] * 0.3, Surface(mottle=0.8)
    )
    return model


def twigs(rng):
    """Bare or budding branches of four generations, or of a conifer with thousands of needles."""
    model = Model(tubes=True, elevation=(-0.5, 0.3), fill=(1.0, 1.6))
    field_ = swirl(rng, 0.5)
    crooked = rng.uniform(0.03, 0.13)

    def bend(points, _):
        return crooked * field_(points) + 0.02 * UP

    stems = rng.integers(1, 5)
    roots = np.array([0, 0, -1.0]) + 0.3 * rng.normal(size=(stems, 3)) * [1, 1, 0]
    branches = grow(roots, unit(UP + 0.4 * rng.normal(size=(stems, 3))), rng.uniform(1.5, 2.2, stems), 20, bend)
    bark = hsv(rng.uniform(0.03, 0.1), rng.uniform(0.1, 0.5), rng.uniform(0.2, 0.6))
    surface = Surface(gloss=0.02, mottle=0.6)
    thick, long = rng.uniform(0.015, 0.04), rng.uniform(0.7, 1.1)
    generations = [branches]
    for _ in range(3):
        model.add_strands(branches, thick * np.linspace(1, 0.4, 20), bark[None], surface)
        children = rng.integers(4, 9)
        which = np.repeat(np.arange(len(branches)), children)
        along = rng.uniform(0.2, 1, (len(which), 1))
        bases = sample(branches, which, along)[:, 0]
        forward = unit(sample(np.gradient(branches, axis=1), which, along)[:, 0])
        aside = across(forward, rng)[0]
        angle = rng.uniform(0.4, 1.1, (len(which), 1))
        lengths = long * rng.uniform(0.4, 1, len(which)) * (1.15 - 0.6 * along[:, 0])
        branches = grow(bases, np.cos(angle) * forward + np.sin(angle) * aside, lengths, 20, bend)
        thick, long = 0.5 * thick, 0.5 * long
        generations.append(branches)
    model.add_strands(branches, max(thick, 0.0015) * np.linspace(1, 0.4, 20), bark[None], surface)

    fine = np.concatenate(generations[2:])
    dress = rng.choice(["bare", "leaves", "needles", "blossoms"], p=[0.35, 0.25, 0.25, 0.15])
    if dress == "needles":
        count = 9000
        which = rng.integers(len(fine), size=count)
        along = rng.random((count, 1))
        forward = unit(sample(np.gradient(fine, axis=1), which, along)[:, 0])
        directions = unit(rng.uniform(0.4, 1.2) * forward + across(forward, rng)[0])
        needle = grow(
            sample(fine, which, along)[:, 0],
            directions,
            rng.uniform(0.05, 0.16) * rng.uniform(0.6, 1.1, count),
            4,
            lambda points, _: 0.05 * UP,
        )
        model.add_strands(
            needle,
            rng.uniform(0.0012, 0.003) * np.linspace(1, 0.4, 4),
            blend(leaf_palette(rng), rng.random(count)),
            Surface(gloss=0.05),
        )
    elif dress == "leaves":
        count = int(rng.uniform(200, 900))
        which = rng.integers(len(fine), size=count)
        bases = sample(fine, which, rng.random((count, 1)))[:, 0]
        lengths = rng.uniform(0.06, 0.16) * rng.uniform(0.5, 1.2, count)
        vertices, faces = leaf_blades(
            rng, bases, sphere_directions(rng, count), lengths, lengths * rng.uniform(0.3, 0.7)
        )
        model.add_mesh(
            vertices, faces, leaf_colors(rng, count, leaf_palette(rng)), Surface(gloss=0.05, translucency=0.3)
        )
    elif dress == "blossoms":
        blossoms(rng, model, fine[rng.integers(len(fine), size=120), -1], rng.uniform(0.03, 0.07))
    return model
