"""Lace, nets and veils: threads with holes on a cloth that hangs in folds."""

import cv2
import numpy as np

from keras_indexnet.data.procedural import outlines, strands, textures


def lace(rng, size, texture=None):
    """Draws lace: a fine mesh with dense flowers and a border, on a cloth with folds.

    Args:
        rng: `numpy.random.Generator`.
        size: side of the square picture in pixels.
        texture: uint8 RGB photograph that covers the solid part of the cloth, or None.

    Returns:
        alpha: `size x size` float32 in [0, 1].
        rgb: `size x size x 3` float32, 0..255, defined everywhere.
    """
    flat_size = 2 * size
    mesh = thread_mesh(rng, flat_size, cell=rng.uniform(10, 30), width=rng.uniform(1.5, 4))
    pattern = np.maximum(mesh, flowers(rng, flat_size))
    sheer = rng.uniform(0, 0.35) if rng.random() < 0.5 else 0.0
    pattern = np.maximum(pattern, sheer)
    return hang(rng, size, pattern, texture, hem=rng.uniform(4, 14))


def net(rng, size, texture=None):
    """Draws a net or a fence, its meshes from narrow to wide, some with knots.

    Args:
        rng: `numpy.random.Generator`.
        size: side of the square picture in pixels.
        texture: uint8 RGB photograph that colours it, or None.

    Returns:
        alpha: `size x size` float32 in [0, 1].
        rgb: `size x size x 3` float32, 0..255, defined everywhere.
    """
    cell = 11 * 8 ** rng.random()  # as many narrow meshes as wide ones
    width = rng.uniform(1.2, max(3, 0.16 * cell))
    pattern = thread_mesh(rng, 2 * size, cell, width, knots=rng.random() < 0.6)
    return hang(rng, size, pattern, texture, hem=rng.uniform(2, 10))


def hang(rng, size, pattern, texture, hem, relief_of=None):
    """Hangs a flat pattern up as a cloth: outline, hem, solid part, folds, light.

    `relief_of` shades its threads, from dark (0) to light (1); by default they are lightest along the middle.
    """
    flat_size = pattern.shape[0]
    outline = cloth_outline(rng, flat_size)
    cloth = strands.filled([outline], flat_size)
    edge = cv2.distanceTransform(np.uint8(cloth > 0.5), cv2.DIST_L2, 5)
    flat = np.maximum(pattern, np.clip(hem - edge, 0, 1)) * cloth
    solid = cloth * solid_part(rng, flat_size)
    flat = np.maximum(flat, solid)

    place_x, place_y, relief = folds(rng, flat_size)
    bent = [
        cv2.remap(image, place_x, place_y, cv2.INTER_LINEAR)
        for image in (
            flat,
            cv2.dilate(solid, np.ones((5, 5))),
            cv2.GaussianBlur(pattern, (0, 0), 1) if relief_of is None else relief_of.astype(np.float32),
        )
    ]
    alpha, solid, threads = (cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA) for image in bent)

    thread = textures.color(rng.random(), rng.beta(1, 4), rng.choice([0.08, 0.5, 0.9, 1.0]))
    thread = textures.tint(rng, texture, thread)
    rgb = thread * (0.75 + 0.35 * threads[..., None])
    rgb = rgb + 6 * rng.normal(0, 1, (size, size, 1))
    material = textures.surface(rng, size, texture)
    rgb = rgb * (1 - solid[..., None]) + material * solid[..., None]
    relief = cv2.resize(relief, (size, size), interpolation=cv2.INTER_AREA)
    return alpha, rgb * relief[..., None] * textures.lighting(rng, size, 0.6)


def thread_mesh(rng, size, cell, width, knots=False):
    """Draws square, hexagonal or knitted meshes of threads at any angle, as coverage in [0, 1]."""
    kind = rng.choice(["square", "hexagon", "wave"])
    across = np.arange(-size, 2 * size, cell)
    along = np.arange(-size, 2 * size, cell / 4)
    middle = np.array([size, size]) / 2
    if kind == "square":
        swing = np.zeros_like(along)
    elif kind == "wave":  # threads that touch their neighbours in turn: knitting, fishing nets
        swing = 0.5 * cell * np.sin(2 * np.pi * along / (rng.uniform(1.2, 2.5) * cell))
    else:  # straight, slanting, straight, slanting: the zigzag of a chain-link fence
        phase = (along / (2 * cell)) % 1
        swing = 0.5 * cell * np.interp(phase, [0, 0.2, 0.5, 0.7, 1], [-1, -1, 1, 1, -1])
    sign = np.where(np.arange(len(across)) % 2, 1, -1)[:, None]
    xs = across[:, None] + sign * swing
    lines = np.stack([xs, np.broadcast_to(along, xs.shape)], -1)
    wobble = rng.choice([0.0, 0.03]) * cell  # made by machine, or by hand
    curves = [lines + wobble * rng.normal(0, 1, lines.shape)]
    if kind == "square":
        curves.append(lines[..., ::-1] + wobble * rng.normal(0, 1, lines.shape))
    points = outlines.rotated(np.concatenate(curves), rng.uniform(0, np.pi), middle)
    mesh = strands.coverage(points, np.full(len(points), width), size)
    if knots:
        mesh = np.maximum(mesh, mesh_knots(points, size, width))
    return mesh


def mesh_knots(points, size, width):
    """Small blobs at every fourth point of the threads, where a mesh closes."""
    ends = points[:, ::4].reshape(-1, 1, 2)
    inside = np.all((ends > 0) & (ends < size), (1, 2))
    return strands.coverage(np.repeat(ends[inside], 2, 1) + [[[0, 0], [0.5, 0]]], 2 * width, size)


def flowers(rng, size):
    """Draws dense flowers with round petals, and leaves, scattered evenly over the cloth."""
    spacing = size * rng.uniform(0.08, 0.22)
    filled_in = rng.uniform(0.6, 1)
    canvas = np.zeros((size, size), np.float32)
    for row, y in enumerate(np.arange(0, size + spacing, spacing)):
        for x in np.arange(0, size + spacing, spacing) + spacing / 2 * (row % 2):
            center = np.array([x, y]) + rng.normal(0, 0.04 * spacing, 2)
            stamp_flower(rng, canvas, center, spacing * rng.uniform(0.25, 0.45), filled_in)
    return canvas


def stamp_flower(rng, canvas, center, radius, filled_in):
    """Adds one flower: petals whose rim is dense, spokes and an open heart."""
    reach = int(radius) + 2
    left, top = (center - reach).astype(int)
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + 2 * reach, canvas.shape[1]), min(top + 2 * reach, canvas.shape[0])
    if x0 >= x1 or y0 >= y1:
        return
    ys, xs = np.mgrid[y0:y1, x0:x1]
    distance = np.hypot(xs - center[0], ys - center[1])
    angle = np.arctan2(ys - center[1], xs - center[0])
    petals = rng.integers(4, 9)
    rim = radius * (0.65 + 0.35 * np.abs(np.cos(petals * (angle + rng.uniform(0, 3)) / 2)))
    body = np.clip(rim - distance, 0, 1)
    heart = np.clip(distance - 0.22 * radius, 0, 1)
    spokes = 0.5 + 0.5 * np.cos(3 * petals * angle)
    near_rim = np.clip(distance - rim + 0.2 * radius + 1, 0, 1)
    dense = np.maximum(filled_in * textures.smoothstep(spokes, 0.1, 0.5), near_rim)
    view = canvas[y0:y1, x0:x1]
    np.maximum(view, body * heart * dense, out=view)


def cloth_outline(rng, size):
    """A blob, or a curtain from the top with a scalloped lower edge."""
    if rng.random() < 0.4:
        center = size * rng.uniform(0.4, 0.6, 2)
        return outlines.blob(rng, center, size * rng.uniform(0.3, 0.5), 0.2)
    left, right = size * rng.uniform([-0.2, 0.6], [0.3, 1.2])
    xs = np.linspace(left, right, 200)
    scallops = np.abs(np.sin(np.pi * (xs - left) / (size * rng.uniform(0.05, 0.15))))
    ys = size * rng.uniform(0.55, 0.9) + size * rng.uniform(0, 0.03) * scallops
    lower = np.stack([xs, ys], -1)
    curtain = np.concatenate([[[left, -0.2 * size]], lower, [[right, -0.2 * size]]])
    quarter_turns = rng.integers(4)
    return outlines.rotated(curtain, quarter_turns * np.pi / 2, (size / 2, size / 2))


def solid_part(rng, size):
    """Where the cloth is opaque: a dress under the lace, the pole that holds the net."""
    if rng.random() < 0.7:
        center = size * rng.uniform(0.1, 0.9, 2)
        outline = outlines.blob(rng, center, size * rng.uniform(0.15, 0.32), 0.25)
    else:
        middle, half = size * rng.uniform(0.2, 0.8), size * rng.uniform(0.02, 0.07)
        bar = np.array([[-half, -size], [half, -size], [half, 2 * size], [-half, 2 * size]])
        outline = outlines.rotated(bar + [middle, 0], rng.normal(0, 0.3) + rng.choice([0, 1.57]))
    return strands.filled([outline], size)


def folds(rng, size):
    """Where each pixel of the hanging cloth reads the flat one, and how bright its folds are."""
    ys, xs = np.mgrid[:size, :size].astype(np.float32)
    direction, period = rng.uniform(0, np.pi), size * rng.uniform(0.08, 0.4)
    bend = size * 0.15 * (textures.fractal_noise(rng, size, 0.5, 3) - 0.5)
    phase = 2 * np.pi * (np.cos(direction) * xs + np.sin(direction) * ys + bend) / period
    depth = rng.uniform(0, 0.11) * period
    shift = depth * np.sin(phase)
    sag = [size * 0.08 * (textures.fractal_noise(rng, size, 0.6, 2) - 0.5) for _ in range(2)]
    place_x = xs + np.cos(direction) * shift + sag[0]
    place_y = ys + np.sin(direction) * shift + sag[1]
    relief = 1 + rng.uniform(1, 3) * depth / period * np.cos(phase)
    return [field.astype(np.float32) for field in (place_x, place_y, relief)]
