"""The doll that wears the hair."""

import numpy as np

from rendering.colors import any_color, hsv, pattern
from rendering.model import Surface
from rendering.shapes import ball, lathe, smooth_profile, swirl


def figure(rng, model):
    """Adds a doll to a model, its head at the origin; returns ellipsoids that hair slides along."""
    skin = Surface(gloss=rng.uniform(0.02, 0.12), roughness=rng.uniform(0.25, 0.6), mottle=0.1)
    tone = hsv(rng.uniform(0.04, 0.08), rng.uniform(0.25, 0.65), rng.uniform(0.3, 0.95))
    radii = np.array([0.42, 0.46, 0.52]) * rng.uniform(0.92, 1.08, 3)
    model.add_mesh(*ball([0, 0, 0], radii), tone, skin)
    size, apart, height = rng.uniform(0.055, 0.11), rng.uniform(0.15, 0.22), rng.uniform(-0.12, 0.05)
    iris = any_color(rng)
    for side in (-1, 1):
        depth = -radii[1] * np.sqrt(max(1 - (apart / radii[0]) ** 2 - (height / radii[2]) ** 2, 0.1))
        center = np.array([side * apart, depth + 0.02, height])
        eye, faces = ball(center, np.full(3, size), 24)
        facing = -(eye - center)[:, 1:2] / size
        colors = np.where(facing > 0.93, 0.01, np.where(facing > 0.75, iris, 0.8))
        model.add_mesh(eye, faces, colors, Surface(gloss=0.1, roughness=0.1))
        model.add_mesh(*ball([side * radii[0], 0.02, -0.05], [0.06, 0.1, 0.13]), tone, skin)
    model.add_mesh(*ball([0, -radii[1], -0.13], [0.06, 0.09, 0.07]), tone, skin)
    lips = hsv(rng.uniform(-0.03, 0.03), 0.6, rng.uniform(0.4, 0.8))
    model.add_mesh(*ball([0, -0.9 * radii[1], -0.26], [0.12, 0.05, 0.03]), lips, skin)

    shoulders = rng.uniform(0.45, 0.75)
    waist, hem = shoulders * rng.uniform(0.55, 0.9), shoulders * rng.uniform(0.6, 1.3)
    outline = smooth_profile([0, 0.05, 0.12, 0.5, 1], [0.15, 0.3, shoulders, waist, hem])
    body, faces = lathe(outline, np.linspace(-0.5, -2.2, len(outline)), flatness=0.6)
    cloth = pattern(rng, np.arctan2(body[:, 1], body[:, 0]) * shoulders, body[:, 2])
    model.add_mesh(body + 0.012 * swirl(rng, 0.15)(body), faces, cloth, Surface(gloss=0.02, mottle=0.25))
    model.add_mesh(*lathe([0.16, 0.16], [-0.3, -0.75]), tone, skin)
    return [(np.zeros(3), 1.01 * radii), (np.array([0, 0, -0.95]), np.array([shoulders, 0.45, 0.4]))]
