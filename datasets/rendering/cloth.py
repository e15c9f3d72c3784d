"""Nets, knitwear, basketry and veils."""

import numpy as np

from rendering.colors import any_color, hsv
from rendering.leaves import leaf_blades
from rendering.model import Model, Surface
from rendering.shapes import ball, grid_faces, grow, smooth_profile, sphere_directions, swirl, unit


def sheet_form(rng):
    """A cloth that hangs in folds, or is a bag or tube: a function from -1..1 both ways to points."""
    form = rng.choice(["hanging", "tube", "bag"])
    field_ = swirl(rng, 0.7)
    depth, ripples = rng.uniform(0.03, 0.14), rng.uniform(4, 12)
    phase, sag = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.3)

    def hanging(u, v):
        folds = depth * np.sin(ripples * u + phase + 0.8 * np.sin(2 * v)) * (1.1 - 0.6 * v)
        return np.stack([1.1 * u * (1 - 0.1 * (1 - v) * sag), folds, v - sag * u**2], -1)

    def tube(u, v):
        radius = 0.6 + 0.15 * np.sin(1.5 * v + phase)
        return np.stack([radius * np.sin(np.pi * u), -radius * np.cos(np.pi * u), v], -1)

    def bag(u, v):
        radius = 0.8 * np.cos(0.5 * np.pi * np.clip(v, -1, 1) * 0.85) ** 0.7 + 0.03
        return np.stack([radius * np.sin(np.pi * u), -radius * np.cos(np.pi * u), 0.85 * v], -1)

    chosen = {"hanging": hanging, "tube": tube, "bag": bag}[form]

    def place(u, v):
        points = chosen(u, v)
        return points + 0.06 * field_(points)

    return place, form


def net(rng):
    """A net of cords, square or diamond, that hangs or holds balls."""
    model = Model(tubes=True, azimuth=(-0.8, 0.8))
    place, form = sheet_form(rng)
    meshes = rng.integers(9, 26)
    steps = 240
    along = np.linspace(-1, 1, steps)
    lines = np.linspace(-1, 1, meshes)
    thick = rng.uniform(0.004, 0.016)
    cord = Surface(gloss=rng.uniform(0, 0.1), mottle=0.3)
    color = any_color(rng, (0, 0.8))
    wobble = 0.25 / meshes * np.sin(np.pi * meshes * along)
    if rng.random() < 0.5:
        one = place(lines[:, None] + wobble, along[None] + 0 * lines[:, None])
        other = place(along[None] + 0 * lines[:, None], lines[:, None] + wobble)
    else:
        shifted = np.linspace(-3, 3, 3 * meshes)[:, None]
        pair = []
        for slope in (-1, 1):
            u = shifted + slope * along[None] + wobble
            # A closed net goes round and round; an open one ends at its edge.
            u = np.clip(u, -1, 1) if form == "hanging" else u
            pair.append(place(u, along[None] + 0 * u))
        one, other = pair
    for threads in (one, other):
        model.add_strands(threads, thick, color[None], cord)
    if form != "hanging":
        for _ in range(rng.integers(2, 9)):
            center = rng.uniform(-0.4, 0.4, 3)
            fruit = ball(center, np.full(3, rng.uniform(0.16, 0.3)))
            model.add_mesh(*fruit, any_color(rng, (0.4, 0.95)), Surface(gloss=0.06, roughness=0.3, mottle=0.3))
    return model


def knit(rng):
    """Knitwear of thick yarn with loose fibres: a sheet in folds, a sleeve or a bag, tight or full of holes."""
    model = Model(tubes=True, azimuth=(-0.7, 0.7))
    place, form = sheet_form(rng)
    rows, stitches = rng.integers(14, 30), rng.integers(14, 34)
    turn = np.linspace(0, 2 * np.pi * stitches, 14 * stitches)
    across_row = -1 + 2 * (turn / (2 * np.pi) + 0.16 * np.sin(2 * turn)) / stitches
    level = np.linspace(-0.95, 0.95, rows)[:, None] + 1.25 / rows * np.cos(turn)
    points = place(across_row[None] + 0 * level, level)
    outward = np.array([0, -1.0, 0]) if form == "hanging" else unit(points * [1, 1, 0])
    points = points + (0.5 / rows * np.cos(2 * turn))[:, None] * outward
    thick = rng.uniform(0.16, 0.36) / max(rows, stitches) * 1.6
    stripes = np.array([any_color(rng) for _ in range(rng.integers(1, 4))])
    color = stripes[np.arange(rows) // rng.integers(1, 5) % len(stripes)]
    model.add_strands(points, thick, color, Surface(mottle=0.5))
    count = int(rng.uniform(3000, 14000))
    row, column = rng.integers(rows, size=count), rng.integers(points.shape[1], size=count)
    field_ = swirl(rng, 0.06)
    long = rng.uniform(0.02, rng.choice([0.06, 0.2]))
    fibres = grow(
        points[row, column],
        sphere_directions(rng, count),
        long * rng.uniform(0.3, 1.2, count),
        8,
        lambda points, _: 0.35 * field_(points),
    )
    model.add_strands(fibres, 0.0011, np.clip(color[row] * 1.2, 0, 1), Surface(translucency=0.2))
    return model


def wicker(rng):
    """Basketry: a woven basket or lampshade with gaps, or a wreath of loose canes."""
    model = Model(tubes=True, elevation=(-0.1, 0.6))
    cane = hsv(rng.uniform(0.05, 0.12), rng.uniform(0.2, 0.75), rng.uniform(0.3, 0.9))
    surface = Surface(gloss=rng.uniform(0.02, 0.1), roughness=0.35, mottle=0.5)
    if rng.random() < 0.35:
        canes = rng.integers(30, 110)
        turn = np.linspace(0, rng.uniform(0.7, 1) * 2 * np.pi, 120)
        start = rng.uniform(0, 2 * np.pi, (canes, 1))
        tube = rng.uniform(0.12, 0.3)
        winding = start * 3 + rng.uniform(-3, 3, (canes, 1)) * turn + 0.4 * np.sin(3 * turn + start)
        depth = tube * np.sqrt(rng.uniform(0.2, 1, (canes, 1)))
        radius = 0.8 + depth * np.cos(winding)
        points = np.stack(
            [radius * np.cos(turn + start), depth * np.sin(winding), radius * np.sin(turn + start)], -1
        )
        model.azimuth = (-0.6, 0.6)
        shades = np.clip(cane * rng.uniform(0.5, 1.3, (canes, 1)), 0, 1)
        model.add_strands(points, rng.uniform(0.01, 0.025) * rng.uniform(0.5, 1.2, (canes, 1)), shades, surface)
        return model
    stakes, weavers = 2 * rng.integers(10, 24), rng.integers(9, 26)
    profile = rng.uniform(0.45, 0.95, 4)
    height = rng.uniform(0.9, 1.6)

    def width(at):
        return 0.2 + 0.8 * np.interp(
            at, np.linspace(0, 1, 60), smooth_profile(np.linspace(0, 1, 4), profile, 60)
        )

    at = np.linspace(0, 1, 50)
    around = np.linspace(0, 2 * np.pi, stakes, endpoint=False)[:, None]
    upright = np.stack([width(at) * np.cos(around), width(at) * np.sin(around), height * (at + 0 * around)], -1)
    thin = rng.uniform(0.006, 0.016)
    model.add_strands(upright, thin * 1.2, cane[None], surface)
    turn = np.linspace(0, 2 * np.pi, 12 * stakes)
    level = np.linspace(0.01, 0.97, weavers)[:, None]
    sign = np.where(np.arange(weavers) % 2, 1, -1)[:, None]
    swing = width(level) + 1.6 * thin * sign * np.cos(0.5 * stakes * turn)
    wave = level + rng.normal(0, 0.004, (weavers, 1)) + 0.004 * np.sin(5 * turn + 9 * level)
    rings = np.stack([swing * np.cos(turn), swing * np.sin(turn), height * wave], -1)
    shades = np.clip(cane * rng.uniform(0.7, 1.25, (weavers, 1)), 0, 1)
    model.add_strands(rings, min(thin * rng.uniform(0.7, 1.5), 0.36 * height / weavers), shades, surface)
    for end in (0, 1):
        rim = np.stack([width(end) * np.cos(turn), width(end) * np.sin(turn), height * end + 0 * turn], -1)
        model.add_strands(rim[None], 2 * thin, cane[None], surface)
    return model


def veil(rng):
    """A sheer curtain or bag, often embroidered: alpha is fractional on a whole surface."""
    model = Model(tubes=True, azimuth=(-0.8, 0.8))
    place, _ = sheet_form(rng)
    u, v = np.meshgrid(np.linspace(-1, 1, 180), np.linspace(-1, 1, 120))
    color = any_color(rng, (0, 0.6), (0.5, 1))
    sheer = Surface(opacity=rng.uniform(0.2, 0.65), translucency=0.4)
    model.add_mesh(place(u, v).reshape(-1, 3), grid_faces(*u.shape), color, sheer)
    edge = np.linspace(-1, 1, 200)
    for side in (-1, 1):
        model.add_strands(place(edge, 0 * edge + side)[None], 0.01, color[None], Surface())
    if rng.random() < 0.6:
        count = rng.integers(40, 250)
        at = rng.uniform(-0.95, 0.95, (2, count))
        bases = place(*at)
        toward = unit(
            place(at[0] + 0.01 * rng.normal(size=count), at[1] + 0.01 * rng.normal(size=count)) - bases
        )
        lengths = rng.uniform(0.05, 0.15) * rng.uniform(0.6, 1, count)
        vertices, faces = leaf_blades(rng, bases - [0, 0.008, 0], toward, lengths, 0.5 * lengths, 0)
        model.add_mesh(vertices, faces, any_color(rng), Surface(translucency=0.2))
    return model
