"""Soft toys."""

import numpy as np

from rendering.colors import any_color, blend, hair_palette, pattern
from rendering.model import Model, Surface
from rendering.shapes import UP, ball, grow, sphere_directions, swirl, unit


def fur(rng):
    """A soft toy of round limbs with a coat: short or shaggy, combed or wild."""
    turned = 1.2 if rng.random() < 0.8 else np.pi
    model = Model(azimuth=(-turned, turned), fill=(0.75, 1.2))
    wide = rng.uniform(0.85, 1.2)
    limb = rng.uniform(0.17, 0.26)
    ear = rng.uniform(0.1, 0.2)
    tall = rng.choice([1, rng.uniform(1.5, 3)])
    limbs = [([0, 0, 0], [0.5 * wide, 0.45, 0.6]), ([0, -0.05, 0.85], [0.42 * wide, 0.4, 0.38])]
    limbs += [([0, -0.42, 0.76], [0.17, 0.16, 0.13])]
    lift = rng.uniform(-0.3, 0.35)
    for side in (-1, 1):
        limbs.append(([side * 0.3 * wide, 0, 1.15 + ear * (tall - 1)], [ear, 0.5 * ear, ear * tall]))
        limbs.append(([side * 0.58 * wide, -0.12, 0.2 + lift], [limb * 1.3, limb, limb * 1.2]))
        limbs.append(([side * 0.35 * wide, -0.3, -0.55], [limb, limb * 1.5, limb]))
    palette = hair_palette(rng)
    if rng.random() < 0.3:
        palette = np.clip(palette * 0.4 + 0.6 * any_color(rng), 0, 1)
    patch = rng.uniform(0.5, 1.3, len(limbs))
    length = rng.choice([rng.uniform(0.04, 0.1), rng.uniform(0.1, 0.3)])
    comb = rng.uniform(0.2, 1.2) * unit(rng.normal(size=3) - UP)
    messy = rng.uniform(0.1, 0.5)
    field_ = swirl(rng, 0.35)
    shade = swirl(rng, 0.5)
    per_area = rng.uniform(2500, 5000)
    for number, (center, radii) in enumerate(limbs):
        center, radii = np.array(center), np.array(radii)
        model.add_mesh(*ball(center, radii), np.clip(palette[0] * patch[number], 0, 1), Surface())
        area = 4 * np.pi * np.mean(radii) ** 2
        sides = sphere_directions(rng, int(per_area * area))
        roots = center + sides * radii * 0.99
        buried = np.zeros(len(roots), bool)
        for other, (middle, size) in enumerate(limbs):
            if other != number:
                buried |= np.linalg.norm((roots - middle) / np.array(size), axis=1) < 0.93
        roots, normals = roots[~buried], unit(sides / radii)[~buried]
        flow = comb - (normals @ comb)[:, None] * normals
        start = unit(normals + 0.4 * flow + messy * rng.normal(size=roots.shape) + 0.5 * messy * field_(roots))
        lengths = length * rng.uniform(0.4, 1.15, len(roots)) * min(1, 4 * np.mean(radii))
        points = grow(
            roots,
            start,
            lengths,
            7,
            lambda points, _: 0.12 * comb + messy * 0.8 * field_(points) + 0.1 * rng.normal(size=points.shape),
        )
        tone = np.clip(0.5 + 0.25 * shade(roots)[:, 0] + 0.2 * rng.normal(size=len(roots)), 0, 1)
        colors = np.clip(blend(palette, tone) * patch[number], 0, 1)
        thick = rng.uniform(0.0012, 0.003)
        model.add_strands(points, thick * np.linspace(1, 0.3, 7), colors, Surface(gloss=0.03, translucency=0.2))
    hard = Surface(gloss=0.1, roughness=0.15)
    for side in (-1, 1):
        model.add_mesh(
            *ball([side * 0.16, -0.43, 0.93], np.full(3, 0.055), 24), any_color(rng, value=(0.02, 0.3)), hard
        )
    model.add_mesh(*ball([0, -0.58, 0.8], [0.06, 0.04, 0.045], 24), [0.01, 0.01, 0.01], hard)
    if rng.random() < 0.5:
        scarf, faces = ball([0, -0.03, 0.5], [0.4 * wide, 0.4, 0.09])
        model.add_mesh(scarf, faces, pattern(rng, scarf[:, 0], scarf[:, 2]), Surface(mottle=0.2))
    return model
