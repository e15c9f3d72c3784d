"""Closed outlines as arrays of corners, `T x 2`, x before y, in pixels."""

import numpy as np


def blob(rng, center, radius, roughness=0.2, aspect=1.0, corners=120):
    """A smooth irregular outline: a circle whose radius swings in a few random waves.

    Args:
        rng: `numpy.random.Generator`.
        center: (x, y).
        radius: mean radius in pixels.
        roughness: how far the radius swings, relative to itself.
        aspect: height over width.
        corners: number of points.

    Returns:
        `corners x 2` array.
    """
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    waves = np.arange(2, 7)
    swing = rng.normal(0, 1 / waves, len(waves)) @ np.cos(
        np.outer(waves, angle) + rng.uniform(0, 2 * np.pi, (len(waves), 1))
    )
    radii = radius * np.clip(1 + roughness * swing, 0.3, 2)
    stretch = np.sqrt(aspect)
    ring = np.stack([np.cos(angle) / stretch, np.sin(angle) * stretch], -1)
    return np.asarray(center) + radii[:, None] * ring


def polygon(rng, center, radius):
    """A random polygon of 3 to 8 corners around `center`."""
    corners = rng.integers(3, 9)
    angle = np.sort(np.arange(corners) + rng.uniform(-0.35, 0.35, corners)) * 2 * np.pi / corners
    radii = radius * rng.uniform(0.6, 1.2, corners)
    return np.asarray(center) + radii[:, None] * np.stack([np.cos(angle), np.sin(angle)], -1)


def rotated(points, angle, center=(0, 0)):
    """Turns points around `center` by `angle` radians, clockwise as y points down."""
    cos, sin = np.cos(angle), np.sin(angle)
    return (np.asarray(points) - center) @ np.array([[cos, sin], [-sin, cos]]) + center
