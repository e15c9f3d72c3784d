"""Renders foregrounds with Blender: hair, fur, plants, feathers, threads and cloth, as RGBA cut-outs.

    pip install bpy==5.0.1 click numpy pillow scipy tqdm
    python datasets/render_foregrounds.py --count 80 --output datasets/rendered --size 448

Every picture is a small scene made from its number alone: shapes are NumPy arrays, Cycles only lights them.
Alpha is what the camera's rays hit, from a rendering of its own, in which everything glows and which takes many
more rays. Files that are there already are kept, so that a stopped run goes on where it was.
"""

import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import bpy
import click
import numpy as np
from mathutils import Matrix
from PIL import Image
from scipy.ndimage import gaussian_filter
from tqdm import tqdm

UP = np.array([0.0, 0.0, 1.0])


# Scenes: what a kind of foreground is made of


@dataclass(frozen=True)
class Surface:
    """How a material answers light: shares of gloss and of light let through, and how much it covers."""

    gloss: float = 0.05
    roughness: float = 0.5
    translucency: float = 0.0
    opacity: float = 1.0
    mottle: float = 0.0


@dataclass
class Model:
    """Strands and meshes, with a colour (linear RGB) for each of their points.

    `tubes` says whether strands are round, or ribbons that face the camera, which is enough for hair.
    `elevation` and `azimuth` are the angles, in radians, from which the model may be seen; `fill` is how much
    of the frame's side it spans, above 1 where the frame crops it. `framed` are the points that the camera aims
    at, all unless told otherwise.
    """

    tubes: bool = False
    elevation: tuple = (-0.15, 0.35)
    azimuth: tuple = (-np.pi, np.pi)
    fill: tuple = (0.85, 1.5)
    framed: np.ndarray = None
    strands: list = field(default_factory=list)
    meshes: list = field(default_factory=list)

    def add_strands(self, points, radii, colors, surface):
        """Add curves: points `N x S x 3`; radii and colours of one strand, one point, or each."""
        count, steps = points.shape[:2]
        radii = np.broadcast_to(radii, (count, steps))
        colors = np.asarray(colors, float)
        if colors.ndim == 2:
            colors = colors[:, None]
        self.strands.append((points, radii, np.broadcast_to(colors, (count, steps, 3)), surface))

    def add_mesh(self, vertices, faces, colors, surface):
        """Add a mesh: vertices `N x 3`, quadrilaterals `M x 4`, one colour or one for each vertex."""
        self.meshes.append((vertices, faces, np.broadcast_to(colors, vertices.shape), surface))

    def add(self, other, scale, angle, offset):
        """Add another model: scaled, turned about the vertical axis, moved."""
        turn = scale * rotation(UP, angle).T
        for points, radii, colors, surface in other.strands:
            self.strands.append((points @ turn + offset, scale * radii, colors, surface))
        for vertices, faces, colors, surface in other.meshes:
            self.meshes.append((vertices @ turn + offset, faces, colors, surface))

    def points(self):
        """All points, `N x 3`."""
        parts = [strand[0].reshape(-1, 3) for strand in self.strands] + [mesh[0] for mesh in self.meshes]
        return np.concatenate(parts)


# Shapes: arrays of points


def unit(vectors):
    """Scale vectors to length 1."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)


def rotation(axis, angle):
    """The matrix that turns column vectors about an axis."""
    return np.array(Matrix.Rotation(angle, 3, axis))


def sphere_directions(rng, count):
    """Directions evenly spread over the sphere."""
    return unit(rng.normal(size=(count, 3)))


def across(directions, rng=None):
    """Two unit vectors at right angles to each direction, turned at random if a generator is given."""
    first = unit(np.cross(directions, [0.31, 0.17, 0.93]))
    second = np.cross(directions, first)
    if rng is None:
        return first, second
    turn = rng.uniform(0, 2 * np.pi, (*directions.shape[:-1], 1))
    return np.cos(turn) * first + np.sin(turn) * second, np.cos(turn) * second - np.sin(turn) * first


def swirl(rng, scale, waves=6):
    """A smooth random vector field whose features are about `scale` wide; a function of points."""
    frequencies = rng.normal(0, 2 / scale, (waves, 3))
    phases = rng.uniform(0, 2 * np.pi, waves)
    strengths = rng.normal(0, np.sqrt(2 / waves), (waves, 3))
    return lambda points: np.sin(points @ frequencies.T + phases) @ strengths


def grid_faces(rows, columns, closed=False):
    """Quadrilaterals between the points of a grid; `closed` joins the last column to the first."""
    index = np.arange(rows * columns).reshape(rows, columns)
    if closed:
        index = np.concatenate([index, index[:, :1]], 1)
    corners = [index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]]
    return np.stack(corners, -1).reshape(-1, 4)


def lathe(radii, heights, columns=96, flatness=1.0):
    """A surface of revolution about the vertical axis, deeper or shallower than wide by `flatness`."""
    around = np.linspace(0, 2 * np.pi, columns, endpoint=False)
    circle = np.stack([np.cos(around), flatness * np.sin(around), 0 * around], -1)
    vertices = np.asarray(radii)[:, None, None] * circle + np.asarray(heights)[:, None, None] * UP
    return vertices.reshape(-1, 3), grid_faces(len(radii), columns, closed=True)


def ball(center, radii, rows=40):
    """An ellipsoid."""
    polar = np.linspace(1e-3, np.pi - 1e-3, rows)
    vertices, faces = lathe(np.sin(polar), -np.cos(polar), 2 * rows)
    return vertices * radii + center, faces


def smooth_profile(positions, values, steps=90):
    """A curve through a few values, without corners."""
    at = np.linspace(0, 1, steps)
    curve = np.interp(at, positions, values)
    kernel = np.hanning(steps // 8 + 2)
    padded = np.pad(curve, len(kernel) // 2, mode="edge")
    return np.convolve(padded, kernel / kernel.sum(), "same")[len(kernel) // 2 :][:steps]


def grow(roots, directions, lengths, steps, turn, obstacles=()):
    """Grow strands step by step.

    Args:
        roots, directions: `N x 3`.
        lengths: `N`.
        steps: points of a strand.
        turn: function of points and directions that returns what is added to the directions at a step.
        obstacles: pairs of centre and radii of ellipsoids that strands slide along.

    Returns:
        Points, `N x steps x 3`.
    """
    points = [roots]
    stride = (lengths / (steps - 1))[:, None]
    for _ in range(steps - 1):
        directions = unit(directions + turn(points[-1], directions))
        ahead = points[-1] + stride * directions
        for center, radii in obstacles:
            depth = np.linalg.norm((ahead - center) / radii, axis=-1, keepdims=True)
            ahead = np.where(depth < 1, center + (ahead - center) / np.maximum(depth, 0.05), ahead)
        points.append(ahead)
    return np.stack(points, 1)


def sample(curves, which, along):
    """Points at the positions `along` (0 to 1) of the curves numbered `which`: `N x K x 3`."""
    last = curves.shape[1] - 1
    position = np.clip(along, 0, 1) * last
    before = np.minimum(position.astype(int), last - 1)
    share = (position - before)[..., None]
    which = np.broadcast_to(which[:, None], before.shape)
    return curves[which, before] * (1 - share) + curves[which, before + 1] * share


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


# Colours: linear RGB


def linear(srgb):
    """From display values to linear light."""
    return np.where(
        np.asarray(srgb) <= 0.04045, np.asarray(srgb) / 12.92, ((np.asarray(srgb) + 0.055) / 1.055) ** 2.4
    )


def hsv(hue, saturation, value):
    """Linear RGB of a colour that is given as on a display."""
    around = np.abs((np.asarray(hue) * 6 + np.array([0, 4, 2])) % 6 - 3) - 1
    return linear(value * (1 - saturation * (1 - np.clip(around, 0, 1))))


def blend(palette, positions):
    """Colours between those of a palette, `K x 3`, at positions from 0 to 1."""
    stops = np.linspace(0, 1, len(palette))
    return np.stack([np.interp(positions, stops, channel) for channel in np.asarray(palette).T], -1)


def any_color(rng, saturation=(0.1, 0.9), value=(0.25, 0.95)):
    """A colour of any hue."""
    return hsv(rng.random(), rng.uniform(*saturation), rng.uniform(*value))


def hair_palette(rng):
    """Three shades of hair: of a natural colour, or dyed."""
    if rng.random() < 0.3:
        hue, saturation, value = rng.random(), rng.uniform(0.4, 0.9), rng.uniform(0.5, 0.95)
    else:
        natural = [(0.1, 0.5, 0.85), (0.08, 0.6, 0.55), (0.07, 0.6, 0.35), (0.05, 0.5, 0.18), (0.04, 0.75, 0.6)]
        natural += [(0.1, 0.1, 0.75), (0.1, 0.25, 0.95), (0.11, 0.65, 0.75)]
        hue, saturation, value = np.array(natural[rng.integers(len(natural))]) * rng.uniform(0.9, 1.1, 3)
    shades = [(0.02, 1.1, 0.65), (0, 1, 0.85), (0.01, rng.uniform(0.5, 0.9), rng.uniform(0.95, 1.3))]
    return np.array([hsv(hue + shift, min(saturation * s, 1), min(value * v, 1)) for shift, s, v in shades])


def leaf_palette(rng):
    """Three shades of foliage: mostly greens, sometimes autumnal, silvery or purple."""
    mood = rng.random()
    if mood < 0.75:
        hue, saturation = rng.uniform(0.19, 0.36), rng.uniform(0.35, 0.9)
    elif mood < 0.9:
        hue, saturation = rng.uniform(0.0, 0.14), rng.uniform(0.5, 0.9)
    else:
        hue, saturation = rng.uniform(0.25, 0.9), rng.uniform(0.05, 0.4)
    value = rng.uniform(0.3, 0.7)
    drift = rng.uniform(-0.06, 0.03)
    return np.array(
        [hsv(hue + drift * t, saturation * (1 - 0.3 * t), value * (0.75 + 0.5 * t)) for t in (0, 0.5, 1)]
    )


def pattern(rng, across_cloth, along_cloth):
    """Colours of printed cloth at positions `across_cloth` and `along_cloth`, in the same unit."""
    first, second = any_color(rng), any_color(rng)
    pitch = rng.uniform(0.05, 0.25)
    u, v = across_cloth / pitch, along_cloth / pitch
    style = rng.choice(["plain", "stripes", "checks", "dots", "blobs"])
    mask = {
        "plain": 0 * u * v,
        "stripes": np.sin(2 * np.pi * v) > 0.2 + 0 * u,
        "checks": 0.5 * (np.sin(2 * np.pi * u) > 0) + 0.5 * (np.sin(2 * np.pi * v) > 0),
        "dots": np.hypot(u % 1 - 0.5, v % 1 - 0.5) < 0.3,
        "blobs": np.sin(5 * u + 2 * np.sin(3 * v)) + np.sin(4 * v + 2 * np.sin(2 * u)) > 0.6,
    }[style]
    mask = np.asarray(mask, float)[..., None]
    return first * (1 - mask) + second * mask


# Kinds: functions from a random generator to a model


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


def hair(rng):
    """A doll with hair that hangs, falls in curls, stands up, is blown aside or frizzy."""
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

    per_lock = int(rng.uniform(7000, 13000) / locks)
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

    nodes, length, slender, opening, fullness = {
        "slender": (
            rng.integers(6, 16),
            rng.uniform(0.18, 0.4),
            rng.uniform(0.1, 0.22),
            rng.uniform(0.4, 0.9),
            0.8,
        ),
        "oval": (
            rng.integers(5, 12),
            rng.uniform(0.12, 0.3),
            rng.uniform(0.35, 0.6),
            rng.uniform(0.6, 1.2),
            1.0,
        ),
        "round": (
            rng.integers(10, 22),
            rng.uniform(0.05, 0.12),
            rng.uniform(0.6, 0.95),
            rng.uniform(0.7, 1.3),
            1.5,
        ),
        "frond": (
            rng.integers(24, 45),
            rng.uniform(0.12, 0.3),
            rng.uniform(0.08, 0.2),
            rng.uniform(1.0, 1.4),
            0.8,
        ),
    }[habit]
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


SHARES = {
    hair: 0.4,
    fur: 0.15,
    plant: 0.15,
    twigs: 0.06,
    grass: 0.04,
    feathers: 0.06,
    net: 0.04,
    wicker: 0.04,
    knit: 0.04,
    veil: 0.02,
}


def kind_of(number):
    """The kind of a picture: the first pictures of any count hold the kinds in their shares."""
    position = (0.5 + number * 0.6180339887) % 1
    return list(SHARES)[int(np.searchsorted(np.cumsum(list(SHARES.values())), position))]


def composed(rng, kind):
    """One model of a kind, or a few side by side."""
    model = kind(rng)
    if model.framed is None:
        model.framed = model.points()
    width = np.ptp(model.framed[:, 0])
    for number in range(rng.choice([0, 1, 2], p=[0.72, 0.2, 0.08])):
        offset = np.array(
            [(-1) ** number * width * rng.uniform(0.45, 0.9), rng.uniform(-0.5, 0.8), rng.normal(0, 0.1)]
        )
        model.add(kind(rng), rng.uniform(0.6, 1.0), rng.normal(0, 0.4), offset)
    return model


# Blender: from a model to pixels


def new_material(surface):
    """A material that glows white, for alpha; `lit` in its node tree reads colours from the points."""
    material = bpy.data.materials.new("surface")
    material.use_nodes = True
    nodes, links = material.node_tree.nodes, material.node_tree.links
    nodes.clear()

    def mixed(share, first, second):
        mix = nodes.new("ShaderNodeMixShader")
        mix.inputs[0].default_value = share
        links.new(first.outputs[0], mix.inputs[1])
        links.new(second.outputs[0], mix.inputs[2])
        return mix

    color = nodes.new("ShaderNodeAttribute")
    color.attribute_name = "tint"
    color_output = color.outputs["Color"]
    if surface.mottle:
        noise = nodes.new("ShaderNodeTexNoise")
        noise.inputs["Scale"].default_value = 18
        noise.inputs["Detail"].default_value = 5
        bright = nodes.new("ShaderNodeMapRange")
        bright.inputs["From Min"].default_value = 0.25
        bright.inputs["From Max"].default_value = 0.75
        bright.inputs["To Min"].default_value = 1 - surface.mottle
        bright.inputs["To Max"].default_value = 1 + surface.mottle
        links.new(noise.outputs[0], bright.inputs["Value"])
        scaled = nodes.new("ShaderNodeVectorMath")
        scaled.operation = "SCALE"
        links.new(color_output, scaled.inputs[0])
        links.new(bright.outputs[0], scaled.inputs["Scale"])
        color_output = scaled.outputs[0]
    shader = nodes.new("ShaderNodeBsdfDiffuse")
    links.new(color_output, shader.inputs["Color"])
    if surface.translucency:
        through = nodes.new("ShaderNodeBsdfTranslucent")
        links.new(color_output, through.inputs["Color"])
        shader = mixed(surface.translucency, shader, through)
    if surface.gloss:
        glossy = nodes.new("ShaderNodeBsdfGlossy")
        glossy.inputs["Roughness"].default_value = surface.roughness
        shader = mixed(surface.gloss, shader, glossy)
    shader.name = "lit"
    covered = mixed(surface.opacity, nodes.new("ShaderNodeBsdfTransparent"), nodes.new("ShaderNodeEmission"))
    covered.name = "covered"
    output = nodes.new("ShaderNodeOutputMaterial")
    links.new(covered.outputs[0], output.inputs["Surface"])
    return material


def set_colors(data, colors):
    """Give every point of a curve or mesh its colour."""
    attribute = data.attributes.new("tint", "FLOAT_COLOR", "POINT")
    flat = np.concatenate([colors, np.ones((len(colors), 1))], 1)
    attribute.data.foreach_set("color", flat.astype(np.float32).ravel())


def add_object(scene, data, surface):
    """Put a curve or mesh into the scene."""
    data.materials.append(new_material(surface))
    scene.collection.objects.link(bpy.data.objects.new(data.name, data))


def build(scene, model):
    """Put a model into the scene."""
    for points, radii, colors, surface in model.strands:
        data = bpy.data.hair_curves.new("strands")
        count, steps = points.shape[:2]
        data.add_curves([steps] * count)
        data.points.foreach_set("position", points.astype(np.float32).ravel())
        data.points.foreach_set("radius", np.ascontiguousarray(radii, np.float32).ravel())
        set_colors(data, colors.reshape(-1, 3))
        add_object(scene, data, surface)
    for vertices, faces, colors, surface in model.meshes:
        data = bpy.data.meshes.new("mesh")
        data.vertices.add(len(vertices))
        data.vertices.foreach_set("co", vertices.astype(np.float32).ravel())
        data.loops.add(faces.size)
        data.loops.foreach_set("vertex_index", faces.astype(np.int32).ravel())
        data.polygons.add(len(faces))
        data.polygons.foreach_set("loop_start", np.arange(0, faces.size, 4, dtype=np.int32))
        data.update(calc_edges=True)
        data.shade_smooth()
        set_colors(data, colors)
        add_object(scene, data, surface)


def add_light(rng, scene):
    """End the glow; light comes from the sky, a sun somewhere in front, often another from behind."""
    for material in bpy.data.materials:
        nodes = material.node_tree.nodes
        material.node_tree.links.new(nodes["lit"].outputs[0], nodes["covered"].inputs[2])
    world = bpy.data.worlds.new("sky")
    world.use_nodes = True
    sky = world.node_tree.nodes["Background"]
    sky.inputs["Color"].default_value = (*hsv(rng.random(), rng.uniform(0, 0.35), 1), 1)
    sky.inputs["Strength"].default_value = rng.uniform(0.15, 1.0)
    scene.world = world
    for behind in (False, True):
        if behind and rng.random() < 0.4:
            continue
        sun = bpy.data.lights.new("sun", "SUN")
        sun.energy = rng.uniform(1, 4)
        sun.angle = rng.uniform(0.02, 0.6)
        warm = rng.uniform(0, 0.35)
        sun.color = hsv(rng.choice([0.08, 0.58, rng.random()], p=[0.6, 0.25, 0.15]), warm, 1)
        around = rng.uniform(-1.2, 1.2) + np.pi * behind
        toward = np.array([np.sin(around), -np.cos(around), rng.uniform(0.2, 1.5)])
        lamp = bpy.data.objects.new("sun", sun)
        lamp.rotation_euler = Matrix(frame_of(unit(toward))).to_euler()
        scene.collection.objects.link(lamp)


def frame_of(backward):
    """The rotation whose columns are right, up and backward, as Blender's cameras and lights have them."""
    right = unit(np.cross(UP, backward))
    return np.stack([right, np.cross(backward, right), backward], -1)


def add_camera(rng, scene, model, size):
    """Aim a camera at the model, in focus or not, at rest or moving.

    Returns:
        By how many pixels the picture may be softened, less than the lens or the movement blurs it.
    """
    azimuth, elevation = rng.uniform(*model.azimuth), rng.uniform(*model.elevation)
    backward = np.array(
        [np.sin(azimuth) * np.cos(elevation), -np.cos(azimuth) * np.cos(elevation), np.sin(elevation)]
    )
    frame = frame_of(backward) @ rotation(UP, rng.normal(0, 0.1))
    view = model.framed @ frame
    low, high = np.percentile(view, [1.5, 98.5], axis=0)
    half = 0.5 * np.max((high - low)[:2])
    fill = rng.uniform(*model.fill)
    camera = bpy.data.cameras.new("camera")
    camera.lens = rng.uniform(40, 110)
    middle = 0.5 * (low + high)
    middle[:2] += rng.normal(0, 0.12, 2) * half
    distance = half / fill / (0.5 * camera.sensor_width / camera.lens)
    middle[2] += distance
    holder = bpy.data.objects.new("camera", camera)
    holder.matrix_world = Matrix(frame).to_4x4()
    holder.location = frame @ middle
    scene.collection.objects.link(holder)
    scene.camera = holder

    pixel = 2 * half / fill / size  # at the distance of the model
    look = rng.choice(["sharp", "shallow", "defocused", "moving"], p=[0.62, 0.18, 0.1, 0.1])
    if look in ("shallow", "defocused"):
        # The aperture is what makes a point `blur` pixels wide when it lies `away` from the plane in focus.
        away = {"shallow": 0.3 * half, "defocused": rng.choice([-1, 1]) * 0.3 * distance}[look]
        blur = {"shallow": rng.uniform(2, 7), "defocused": rng.uniform(4, 14)}[look]
        focus = distance if look == "shallow" else distance + away
        aperture = blur * pixel * focus / abs(away)
        camera.dof.use_dof = True
        camera.dof.focus_distance = focus
        camera.dof.aperture_fstop = camera.lens / 1000 / aperture
    if look == "moving":
        scene.render.use_motion_blur = True
        scene.render.motion_blur_shutter = 1.0
        step = rng.uniform(3, 14) * pixel * (frame @ [*unit(rng.normal(size=2)), 0])
        for number in (0, 2):
            holder.location = frame @ middle + (number - 1) * step
            holder.keyframe_insert("location", frame=number)
    scene.frame_set(1)
    return {"sharp": 0, "shallow": 0, "defocused": 1.5, "moving": 0.8}[look]


def rendered(scene, samples, path, softness):
    """Render the scene and soften the grain; returns `H x W x 4`, linear and multiplied by alpha."""
    scene.cycles.samples = samples
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)
    image = bpy.data.images.load(str(path))
    pixels = np.empty(image.size[0] * image.size[1] * 4, np.float32)
    image.pixels.foreach_get(pixels)
    pixels = pixels.reshape(image.size[1], image.size[0], 4)[::-1]
    bpy.data.images.remove(image)
    return gaussian_filter(pixels, (softness, softness, 0)) if softness else pixels


def new_scene(rng, model, size):
    """An empty Blender with the model, glowing white, and a camera in it; returns its softness, too."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.render.resolution_x = scene.render.resolution_y = size
    scene.render.resolution_percentage = 100
    scene.render.film_transparent = True
    scene.render.threads_mode, scene.render.threads = "FIXED", 1
    scene.render.image_settings.file_format = "OPEN_EXR"
    scene.render.image_settings.color_mode = "RGBA"
    scene.view_settings.view_transform = "Standard"
    scene.cycles.device = "CPU"
    scene.cycles.use_denoising = False
    scene.cycles.seed = int(rng.integers(2**31))
    scene.cycles.transparent_max_bounces = 12
    scene.cycles.sample_clamp_direct = scene.cycles.sample_clamp_indirect = 6
    scene.cycles_curves.shape = "THICK" if model.tubes else "RIBBONS"
    build(scene, model)
    return scene, add_camera(rng, scene, model, size)


def render_foreground(number, kind, size, folder, samples=16, alpha_samples=200):
    """Render a picture of a kind as straight RGBA, `size x size x 4`, uint8."""
    for attempt in range(6):
        rng = np.random.default_rng([number, list(SHARES).index(kind), attempt])
        scene, softness = new_scene(rng, composed(rng, kind), size)
        scene.cycles.use_adaptive_sampling = True
        scene.cycles.adaptive_min_samples = 24
        scene.cycles.adaptive_threshold = 0.015
        scene.cycles.max_bounces = 0
        alpha = np.clip(rendered(scene, alpha_samples, folder / "alpha.exr", softness)[..., 3], 0, 1)
        if 0.15 < alpha.mean() < 0.9:  # neither next to nothing nor a frame that is full to its corners
            break
    add_light(rng, scene)
    scene.cycles.use_adaptive_sampling = False
    scene.cycles.max_bounces = 2
    lit = rendered(scene, samples, folder / "lit.exr", softness)
    rgb = developed(rng, straight_colors(lit), alpha)
    return np.dstack([rgb, np.rint(255 * alpha).astype(np.uint8)])


def straight_colors(premultiplied):
    """Divide colours by alpha; where alpha is 0, colours come from around, ever further away."""
    color, weight = premultiplied[..., :3].astype(float), premultiplied[..., 3:].astype(float)
    if max(weight.shape) == 1 or weight.min() > 0.05:
        return color / np.maximum(weight, 1e-6)
    height, width = (side + side % 2 for side in weight.shape[:2])
    padded = [np.pad(a, ((0, height - a.shape[0]), (0, width - a.shape[1]), (0, 0))) for a in (color, weight)]
    smaller = [a.reshape(height // 2, 2, width // 2, 2, -1).mean((1, 3)) for a in padded]
    around = straight_colors(np.dstack(smaller)).repeat(2, 0).repeat(2, 1)[: weight.shape[0], : weight.shape[1]]
    trust = np.clip(weight / 0.05, 0, 1)
    return trust * color / np.maximum(weight, 1e-6) + (1 - trust) * around


def developed(rng, color, alpha):
    """From linear light to display values, exposed for the foreground, at random brighter or darker."""
    shown = color.mean(-1)[alpha > 0.5] if (alpha > 0.5).any() else color.mean(-1)
    exposure = linear(rng.uniform(0.35, 0.62)) / max(np.percentile(shown, 60), 1e-3)
    exposed = np.clip(color * min(exposure, 0.95 / max(np.percentile(shown, 97), 1e-3) * 1.3), 0, 1)
    srgb = np.where(exposed <= 0.0031308, 12.92 * exposed, 1.055 * exposed ** (1 / 2.4) - 0.055)
    return np.rint(255 * srgb).astype(np.uint8)


def save(path, rgba):
    """Write a WebP with lossless alpha, so that the file is either whole or not there."""
    partial = path.with_suffix(".partial")
    Image.fromarray(rgba).save(partial, "WEBP", quality=90, alpha_quality=100, exact=True, method=6)
    partial.replace(path)


@click.command()
@click.option("--count", default=80, show_default=True, help="How many pictures.")
@click.option("--output", default="datasets/rendered", show_default=True, help="Folder.")
@click.option("--size", default=448, show_default=True, help="Side in pixels.")
@click.option(
    "--first", default=0, show_default=True, help="Number of the first picture; other numbers, other pictures."
)
@click.option("--kind", "only", type=click.Choice([kind.__name__ for kind in SHARES]), help="Only this kind.")
def main(count, output, size, first, only):
    """Render COUNT foregrounds into the folder OUTPUT, on one thread and at low priority."""
    os.nice(max(0, 12 - os.nice(0)))
    output = Path(output)
    output.mkdir(parents=True, exist_ok=True)
    by_name = {kind.__name__: kind for kind in SHARES}
    with tempfile.TemporaryDirectory() as folder:
        for number in tqdm(range(first, first + count), unit="picture"):
            kind = by_name[only] if only else kind_of(number)
            path = output / f"{number:04}_{kind.__name__}.webp"
            if not path.exists():
                save(path, render_foreground(number, kind, size, Path(folder)))


if __name__ == "__main__":
    main()
