"""Feathers."""

import numpy as np

from rendering.colors import any_color, blend, hsv
from rendering.model import Model, Surface
from rendering.shapes import UP, grow, rotation, sample, swirl, unit


def feathers(rng):
    """One to nine feathers: vanes of barbs that part, down at the base."""
    model = Model(elevation=(-0.4, 0.6), azimuth=(-0.6, 0.6), fill=(1.0, 2.2))
    count = rng.choice([1, 1, 2, 3, 5, 9])
    for number in range(count):
        lean = (number - (count - 1) / 2) * rng.uniform(0.2, 0.35) + 0.05 * rng.normal()
        one = Model()
        feather(rng, one)
        turn = rotation(np.array([0, 1.0, 0]), lean)
        for points, radii, colors, surface in one.strands:
            model.strands.append((points @ turn.T + [0, 0.06 * number, 0], radii, colors, surface))
    return model


def feather(rng, model):
    """Adds an upright feather to a model, its quill at the origin."""
    length, bend = rng.uniform(1.6, 2), rng.normal(0, 0.006, 3)
    shaft = grow(np.zeros((1, 3)), UP[None], np.array([length]), 60, lambda points, _: bend)
    base_color = any_color(rng, (0, 0.7))
    bands = np.array([base_color, any_color(rng, (0, 0.6)), base_color * rng.uniform(0.2, 1)])
    model.add_strands(shaft, np.linspace(0.014, 0.002, 60), hsv(0.1, 0.2, 0.85)[None], Surface(gloss=0.1))
    barbs = int(rng.uniform(170, 330))
    breadth = rng.uniform(0.18, 0.5)
    bars = rng.choice([0, rng.uniform(3, 9)])
    for side in (-1, 1):
        along = np.linspace(0.2, 1, barbs)
        bases = sample(shaft, np.zeros(barbs, int), along[:, None])[:, 0]
        # Barbs hold together in groups, which part from each other.
        group = np.cumsum(rng.random(barbs) < rng.uniform(0.01, 0.06))
        parted = rng.normal(0, rng.uniform(0.05, 0.25), group.max() + 1)[group]
        angle = np.linspace(1.2, 0.25, barbs) * rng.uniform(0.8, 1.1) + parted + rng.normal(0, 0.015, barbs)
        start = np.stack([side * np.sin(angle), 0.15 * np.sin(angle), np.cos(angle)], -1)
        profile = np.sin(np.pi * np.clip(along * 0.92, 0, 1) ** 0.8) ** 0.6
        lengths = breadth * (profile + 0.08) * rng.uniform(0.94, 1.0, barbs)
        points = grow(bases, start, lengths, 10, lambda points, _: 0.06 * UP)
        spacing = 1.5 / barbs
        tone = 0.5 + 0.5 * np.sin(2 * np.pi * bars * along) if bars else along
        color = blend(bands, np.clip(tone, 0, 1))[:, None] * np.linspace(0.8, 1.1, 10)[:, None]
        width = spacing * rng.uniform(0.35, 0.6) * np.sqrt(np.linspace(1, 0.05, 10))
        model.add_strands(points, width, np.clip(color, 0, 1), Surface(gloss=0.06, translucency=0.2))
    count = int(rng.uniform(150, 700))
    bases = sample(shaft, np.zeros(count, int), rng.uniform(0.1, 0.35, (count, 1)))[:, 0]
    start = unit(rng.normal(size=(count, 3)) * [1, 0.3, 0.5] + 0.2 * UP)
    field_ = swirl(rng, 0.15)
    down = grow(
        bases, start, breadth * rng.uniform(0.3, 1.1, count), 16, lambda points, _: 0.25 * field_(points)
    )
    model.add_strands(down, 0.0012, np.clip(bands[0] * 0.5 + 0.4, 0, 1)[None], Surface(translucency=0.3))
