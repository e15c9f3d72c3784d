"""Shapes as arrays of points: solids, curves that grow, and the vectors that they need."""

import bpy  # noqa: F401  mathutils can be imported only after it
import numpy as np
from mathutils import Matrix

UP = np.array([0.0, 0.0, 1.0])


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


def frame_of(backward):
    """The rotation whose columns are right, up and backward, as Blender's cameras and lights have them."""
    right = unit(np.cross(UP, backward))
    return np.stack([right, np.cross(backward, right), backward], -1)


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
