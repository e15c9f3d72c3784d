"""Foliage, bare twigs and grass."""

import cv2
import numpy as np

from keras_indexnet.data.procedural import outlines, strands, textures


def leaves(rng, size, texture=None):
    """Draws branches with many leaves, holes between them.

    Args:
        rng: `numpy.random.Generator`.
        size: side of the square picture in pixels.
        texture: uint8 RGB photograph that mottles the leaves, or None.

    Returns:
        alpha: `size x size` float32 in [0, 1].
        rgb: `size x size x 3` float32, 0..255, defined everywhere.
    """
    branches, widths = branching(rng, size, generations=3, stems=rng.integers(1, 4))
    count = int(150 * 14 ** rng.random())
    polygons, ribs, order = leaf_outlines(rng, size, branches, widths, count)
    alpha = np.maximum(strands.coverage(branches, widths, size), strands.filled(polygons, size))

    green = foliage_colors(rng)
    rgb = textures.colorize(textures.fractal_noise(rng, size, 0.1, 4), green)
    bark = textures.color(rng.uniform(0.05, 0.1), rng.uniform(0.1, 0.5), rng.uniform(0.15, 0.5))
    thickness = np.ceil(widths.max(1) + 1).astype(int)
    rgb = strands.paint(rgb, branches, np.tile(bark, (len(branches), 1)), thickness)
    tone = np.clip(0.6 * order + 0.4 * rng.random(count), 0, 1)
    colors = textures.colorize(tone, green)
    rgb = paint_leaves(rgb, polygons, ribs, colors)
    mottle = 0.8 + 0.4 * textures.fractal_noise(rng, size, 0.03, 3)[..., None]
    if texture is not None:
        photo = textures.surface(rng, size, texture)
        mottle = mottle * (0.75 + 0.5 * photo.mean(-1, keepdims=True) / 255)
    return alpha, rgb * mottle * textures.lighting(rng, size, 0.8)


def twigs(rng, size, texture=None):
    """Draws the bare branches of a tree or shrub.

    Args:
        rng: `numpy.random.Generator`.
        size: side of the square picture in pixels.
        texture: uint8 RGB photograph that colours the bark, or None.

    Returns:
        alpha: `size x size` float32 in [0, 1].
        rgb: `size x size x 3` float32, 0..255, defined everywhere.
    """
    branches, widths = branching(rng, size, generations=4, stems=rng.integers(1, 3))
    alpha = strands.coverage(branches, widths, size)
    base = textures.color(rng.uniform(0.04, 0.12), rng.uniform(0, 0.5), rng.uniform(0.1, 0.6))
    base = textures.tint(rng, texture, base)
    grain = textures.fractal_noise(rng, size, 0.04, 4, aspect=2)[..., None]
    rgb = base * (0.6 + 0.8 * grain)
    # Round branches: a lighter line along one side of each.
    lit = branches - [0.25, 0.15] * widths[..., None]
    thick = widths.mean(1) > 1.5
    thickness = np.maximum(widths.mean(1)[thick] * 0.4, 1).astype(int)
    shine = np.tile(np.clip(1.3 * base + 20, 0, 255), (int(thick.sum()), 1))
    painted = cv2.GaussianBlur(strands.paint(rgb, lit[thick], shine, thickness), (0, 0), 0.8)
    return alpha, (0.5 * rgb + 0.5 * painted) * textures.lighting(rng, size, 0.6)


def branching(rng, size, generations, stems):
    """Grows several branching structures; returns all curves and their widths together."""
    parts = [branch(rng, size, generations) for _ in range(stems)]
    curves, widths = zip(*parts, strict=False)
    return np.concatenate(curves), np.concatenate(widths)


def branch(rng, size, generations):
    """Grows a branching structure; returns its curves and their width at each point."""
    steps = 16
    side = rng.integers(4)  # it enters the picture from this side
    along = rng.uniform(0.25, 0.75)
    root = size * np.array([[along, 1.03], [-0.03, along], [along, -0.03], [1.03, along]][side])
    angles = np.array([-np.pi / 2, 0, np.pi / 2, np.pi])[side] + rng.normal(0, 0.3, 1)
    wander = rng.uniform(0.05, 0.16)
    length, width = np.array([size * rng.uniform(0.55, 1.0)]), size * rng.uniform(0.02, 0.05)
    roots, all_curves, all_widths = root[None], [], []
    for generation in range(generations):
        curves = strands.grow(
            roots,
            angles,
            length,
            steps,
            lambda points, angles, step: angles + rng.normal(0, wander, len(angles)),
        )
        all_curves.append(curves)
        taper = np.linspace(1, 0.4, steps) if generation else np.linspace(1, 0.5, steps)
        all_widths.append(np.ones((len(curves), 1)) * max(width, 0.6) * taper)
        children = int(rng.integers(5, 10))
        parent = np.repeat(np.arange(len(curves)), children)
        position = rng.uniform(0.15, 1, (len(parent), 1))
        roots = strands.sample(curves, parent, position)[:, 0]
        heading = strands.sample(np.gradient(curves, axis=1), parent, position)[:, 0]
        fork = rng.choice([-1, 1], len(parent)) * rng.uniform(0.3, 1.0, len(parent))
        angles = np.arctan2(heading[:, 1], heading[:, 0]) + fork
        length = length[parent] * rng.uniform(0.3, 0.65, len(parent))
        width = width * rng.uniform(0.35, 0.5)
    return np.concatenate(all_curves), np.concatenate(all_widths)


def leaf_outlines(rng, size, branches, widths, count):
    """Places leaves along the branches; returns outlines, midribs and the order of depth, 0..1."""
    slim = 1 / widths.mean(1) ** 2  # leaves sit on the thin twigs
    parent = rng.choice(len(branches), count, p=slim / slim.sum())
    position = rng.uniform(0.1, 1, (count, 1))
    base = strands.sample(branches, parent, position)[:, 0]
    heading = strands.sample(np.gradient(branches, axis=1), parent, position)[:, 0]
    angles = np.arctan2(heading[:, 1], heading[:, 0]) + rng.normal(0, 0.9, count)
    length = size * rng.uniform(0.02, 0.09) * rng.uniform(0.6, 1.3, count)
    slender = rng.uniform(0.12, 0.4) * rng.uniform(0.3, 1.1, count)  # turned leaves look narrow
    outline, middle = leaf_shapes(rng, base, angles, length, slender)
    return outline, middle, np.linspace(0, 1, count)


def leaf_shapes(rng, base, angles, length, slender):
    """Bends and turns single leaves; returns their outlines, 20 corners each, and midribs, 10 points.

    Args:
        rng: `numpy.random.Generator`.
        base: `N x 2` points where the leaves are attached.
        angles: `N` directions in radians.
        length: `N` lengths in pixels.
        slender: `N` half widths, relative to the length.
    """
    count = len(base)
    bend = rng.normal(0, 0.3, (count, 1))
    t = np.linspace(0, 1, 10)
    half_width = np.sin(np.pi * t**0.8) ** rng.uniform(0.6, 1.3)
    middle = np.stack([np.broadcast_to(t, (count, 10)), bend * t**2], -1)
    aside = np.stack([np.zeros((count, 10)), slender[:, None] * half_width], -1)
    outline = np.concatenate([middle + aside, (middle - aside)[:, ::-1]], 1)
    cos, sin = np.cos(angles), np.sin(angles)
    turn = np.moveaxis(np.array([[cos, sin], [-sin, cos]]), -1, 0)
    turn = length[:, None, None] * turn
    return base[:, None] + outline @ turn, base[:, None] + middle @ turn


def paint_leaves(rgb, polygons, ribs, colors):
    """Paints leaves one over the other: a body, a darker half, a lighter midrib."""
    halves = np.concatenate([polygons[:, :10], ribs[:, ::-1]], 1)
    canvas = strands.to_bytes(rgb)
    bits = strands.SUBPIXEL_BITS
    for body, half, rib, shade in zip(
        strands.fixed_point(polygons),
        strands.fixed_point(halves),
        strands.fixed_point(ribs),
        np.clip(colors, 0, 255),
        strict=False,
    ):
        # A border of one pixel carries the colour past the edge of the coverage.
        cv2.fillPoly(canvas, [body], shade.tolist(), cv2.LINE_AA, bits)
        cv2.polylines(canvas, [body], True, shade.tolist(), 2, cv2.LINE_AA, bits)
        cv2.fillPoly(canvas, [half], (0.82 * shade).tolist(), cv2.LINE_AA, bits)
        lighter = np.minimum(1.2 * shade + 12, 255).tolist()
        cv2.polylines(canvas, [rib], False, lighter, 1, cv2.LINE_AA, bits)
    return canvas.astype(np.float32)


def foliage_colors(rng):
    """A ramp from shadow to sunlit: greens, or the reds and yellows of autumn."""
    hue = rng.uniform(0.17, 0.32) if rng.random() < 0.8 else rng.uniform(0.02, 0.15)
    saturation, value = rng.uniform(0.25, 0.75), rng.uniform(0.4, 0.95)
    brightness = np.array([0.3, 0.6, 0.85, 1.0]) * value
    drift = hue - rng.uniform(0, 0.06) * np.arange(4) / 3
    paler = saturation * np.linspace(1, 0.75, 4)
    return [textures.color(h, s, v) for h, s, v in zip(drift, paler, brightness, strict=False)]


def grass(rng, size, texture=None):
    """Draws a tuft or meadow of grass, some blades with ears.

    Args:
        rng: `numpy.random.Generator`.
        size: side of the square picture in pixels.
        texture: unused; grass has its own colours.

    Returns:
        alpha: `size x size` float32 in [0, 1].
        rgb: `size x size x 3` float32, 0..255, defined everywhere.
    """
    count, steps = int(rng.uniform(250, 1600)), 14
    spread, middle = size * rng.uniform(0.2, 0.7), size * rng.uniform(0.25, 0.75)
    roots = np.stack([rng.normal(middle, spread, count), np.full(count, 1.02 * size)], -1)
    wind, stiffness = rng.normal(0, 0.05), rng.uniform(0.03, 0.09)
    bend = wind + rng.normal(0, stiffness, count)
    fan = rng.uniform(0, 0.5) * (roots[:, 0] - middle) / spread
    angles = -np.pi / 2 + fan + rng.normal(0, 0.15, count)
    length = size * rng.uniform(0.4, 0.95) * rng.beta(3, 1.8, count)
    blades = strands.grow(roots, angles, length, steps, lambda points, angles, step: angles + 1.5 * step * bend)
    widths = rng.uniform(0.8, rng.uniform(1.5, 6), (count, 1))
    widths = widths * np.linspace(1, 0, steps) ** 0.6
    alpha = strands.coverage(blades, np.maximum(widths, 0.25), size)
    ground = outlines.blob(
        rng, (middle, 1.05 * size), size * rng.uniform(0.12, 0.3), 0.2, rng.uniform(0.3, 0.7)
    )
    alpha = np.maximum(strands.thicken(alpha, size / 200, 0.75, 0.98), strands.filled([ground], size))

    green = foliage_colors(rng)
    rgb = textures.colorize(0.5 * textures.fractal_noise(rng, size, 0.1, 5, aspect=4), green)
    colors = textures.colorize(rng.random(count), green)
    thickness = np.ceil(widths[:, 2] + 0.5).astype(int)
    rgb = strands.paint(rgb, blades, colors, thickness)
    height = np.linspace(1.15, 0.55, size, dtype=np.float32)[:, None, None]
    return alpha, rgb * height * textures.lighting(rng, size, 0.5)
