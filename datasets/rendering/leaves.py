"""Leaves and petals."""

import numpy as np

from rendering.colors import any_color, blend
from rendering.model import Surface
from rendering.shapes import UP, across, grid_faces, unit


def leaf_blades(rng, bases, directions, lengths, widths, bend=0.3, fullness=1.0, rows=8):
    """Leaves: `bases`, `directions` `N x 3`, `lengths`, `widths` `N`; returns vertices and faces of them all.

    `bend` is how far the tip hangs down, as a share of the length; with more `fullness` leaves are rounder.
    """
    count = len(bases)
    along = np.linspace(0, 1, rows)
    outline = np.sin(np.pi * along ** (0.85 / fullness)) ** (0.9 / fullness)
    outline[[0, -1]] = 0.02
    side = unit(np.cross(directions, UP) + 0.6 * rng.normal(size=(count, 3)))
    face = np.cross(side, directions)
    hang = (bend * rng.uniform(0.2, 1.8, (count, 1)))[..., None] * along[:, None] ** 2 * np.array([0, 0, -1.0])
    twist = 0.15 * rng.normal(size=(count, 1, 1)) * along[:, None] ** 2 * side[:, None]
    rib = bases[:, None] + lengths[:, None, None] * (along[:, None] * directions[:, None] + hang + twist)
    half = 0.5 * widths[:, None, None] * outline[:, None]
    fold = half * rng.uniform(0, 0.6, (count, 1, 1)) * face[:, None]
    vertices = np.stack([rib - half * side[:, None] + fold, rib, rib + half * side[:, None] + fold], 2)
    faces = grid_faces(rows, 3) + np.arange(count)[:, None, None] * 3 * rows
    return vertices.reshape(-1, 3), faces.reshape(-1, 4)


def leaf_colors(rng, count, palette, rows=8):
    """A colour for each vertex of `count` leaves: from the palette, with paler ribs and darker edges."""
    own = blend(palette, rng.random(count)) * rng.uniform(0.6, 1.2, (count, 1))
    edge = rng.uniform(0.7, 1.3)
    across_leaf = np.array([edge, rng.uniform(1.0, 1.4), edge])
    colors = own[:, None, None] * np.broadcast_to(across_leaf, (rows, 3))[..., None]
    return np.clip(colors, 0, 1).reshape(-1, 3)


def blossoms(rng, model, centers, size):
    """Adds a flower to a model at each of the centres."""
    petals = rng.integers(5, 14)
    count = len(centers)
    axes = unit(UP + 0.7 * rng.normal(size=(count, 3)))
    first, second = across(axes, rng)
    turn = np.linspace(0, 2 * np.pi, petals, endpoint=False)[:, None, None]
    directions = unit(np.cos(turn) * first + np.sin(turn) * second + rng.uniform(0.1, 0.8) * axes).reshape(
        -1, 3
    )
    lengths = size * rng.uniform(0.8, 1.2, petals * count)
    bases = np.tile(centers, (petals, 1))
    vertices, faces = leaf_blades(rng, bases, directions, lengths, lengths * rng.uniform(0.25, 0.8), 0.1, 1.3)
    first_color = any_color(rng, value=(0.6, 1))
    palette = [first_color, first_color * 0.7 + 0.3, any_color(rng, value=(0.6, 1))]
    model.add_mesh(vertices, faces, leaf_colors(rng, len(lengths), palette), Surface(translucency=0.3))
