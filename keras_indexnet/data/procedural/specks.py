"""Many small things in the air: snow, dust, sparks, confetti, seeds with parachutes."""

import cv2
import numpy as np

from keras_indexnet.data.procedural import outlines, strands, textures
from keras_indexnet.data.procedural.blur import blurred, disk


def specks(rng, size, texture=None):
    """Draws snow, dust, sparks, confetti or dandelion seeds, near and far, sharp and out of focus.

    Args:
        rng: `numpy.random.Generator`.
        size: side of the square picture in pixels.
        texture: uint8 RGB photograph that lends confetti its colours, or None.

    Returns:
        alpha: `size x size` float32 in [0, 1].
        rgb: `size x size x 3` float32, 0..255, defined everywhere.
    """
    draw = {"snow": snow, "dust": dust, "sparks": sparks, "confetti": confetti, "dandelion": dandelion}
    return draw[rng.choice(list(draw))](rng, size, texture)


def snow(rng, size, texture):
    """Flakes at three distances, the nearest large and out of focus, all drifting with the wind."""
    wind = rng.normal(np.pi / 2, 0.5)
    drawn_out = rng.uniform(0, 0.02)
    remaining = np.ones((size, size), np.float32)
    for count, radius, focus in ((2500, 0.0018, 0.3), (600, 0.0045, 0.5), (60, 0.014, 1.0)):
        number = int(count * rng.uniform(0.3, 1.2))
        centers = size * rng.random((number, 2))
        step = size * radius * np.array([np.cos(wind), np.sin(wind)]) * (1 + 60 * drawn_out)
        flakes = centers[:, None] + np.linspace(-0.5, 0.5, 3)[:, None] * step
        layer = strands.coverage(flakes, 2 * size * radius * rng.uniform(0.4, 1.3, number), size)
        softness = size * radius * focus * rng.uniform(0.3, 1.2)
        remaining *= 1 - rng.uniform(0.6, 1) * cv2.GaussianBlur(layer, (0, 0), max(softness, 0.3))
    white = textures.color(rng.uniform(0.5, 0.7), rng.uniform(0, 0.12), rng.uniform(0.85, 1))
    return 1 - remaining, np.tile(white, (size, size, 1)) * textures.lighting(rng, size, 0.2)


def dust(rng, size, texture):
    """Motes in a beam of light: faint, most of them disks of defocus, in clouds."""
    cloud = textures.turbulence(rng, size, 0.5, 4)
    remaining = np.ones((size, size), np.float32)
    for radius in size * np.array([0.0015, 0.004, 0.01, 0.02]):
        number = int(rng.uniform(0.2, 1) * 0.02 * (size / radius) ** 1.7) + 3
        centers = size * rng.random((3 * number, 2))
        lit = strands.read(cloud, centers)
        centers = centers[np.argsort(-lit * rng.random(len(lit)))[:number]]
        layer = strands.disks(centers, radius * rng.uniform(0.6, 1.4, number), size)
        ring = cv2.GaussianBlur(layer, (0, 0), max(0.08 * radius, 0.3))
        remaining *= 1 - rng.uniform(0.1, 0.7) * ring
    haze = rng.uniform(0, 0.35) * textures.smoothstep(cloud, 0.4, 0.9)
    tone = textures.color(rng.uniform(0.08, 0.14), rng.uniform(0.05, 0.4), rng.uniform(0.8, 1))
    return 1 - remaining * (1 - haze), np.tile(tone, (size, size, 1)) * (0.9 + 0.2 * cloud[..., None])


def sparks(rng, size, texture):
    """Trails that fly from a grinding wheel or a firework, bending under gravity, and their glow."""
    source = size * rng.uniform(0.1, 0.9, 2)
    count, steps = int(rng.uniform(150, 700)), 14
    aim, width = rng.uniform(0, 2 * np.pi), rng.choice([0.25, 0.5, np.pi])
    angles = aim + width * rng.uniform(-1, 1, count) * rng.random(count) ** 0.5
    fly = rng.uniform(0.05, 1, (count, 1)) ** 0.7 + rng.uniform(0.02, 0.2) * np.linspace(0, 1, steps)
    along = size * rng.uniform(0.4, 1.1) * rng.uniform(0.5, 1, (count, 1)) * fly
    direction = np.stack([np.cos(angles), np.sin(angles)], -1)
    trails = source + direction[:, None] * along[..., None]
    trails[..., 1] += size * rng.uniform(0, 0.25) * fly**2
    trails += size * 0.004 * np.cumsum(rng.normal(0, 0.3, trails.shape), 1)
    widths = rng.uniform(0.3, 2.2, (count, 1)) * size / 512 * np.linspace(0.15, 1, steps)
    lines = strands.coverage(trails, widths, size)
    glow = cv2.GaussianBlur(lines, (0, 0), size / 60)
    alpha = 1 - (1 - lines) * (1 - np.clip(rng.uniform(0.5, 2) * glow, 0, 0.8))
    hot = textures.color(rng.uniform(0.04, 0.13), rng.uniform(0.5, 1), 1)
    rgb = np.tile(hot * [1, 0.7, 0.5], (size, size, 1))
    heat = rng.random((count, 1))
    rgb = strands.paint(rgb, trails, hot * (1 - heat) + np.array([255, 245, 215]) * heat, 2)
    return alpha, rgb


def confetti(rng, size, texture):
    """Turning scraps of paper, opaque, in a few colours; the near ones out of focus."""
    base = rng.random()
    colors = np.array(
        [textures.color(base + h, rng.uniform(0.5, 1), rng.uniform(0.6, 1)) for h in rng.random(6)]
    )
    if texture is not None:
        colors = np.array([textures.tint(rng, texture, shade) for shade in colors])
    alpha = np.zeros((size, size), np.float32)
    rgb = np.tile(colors.mean(0), (size, size, 1)).astype(np.float32)
    for count, radius, near in ((260, 0.008, False), (120, 0.016, False), (12, 0.045, True)):
        for _ in range(int(count * rng.uniform(0.3, 1))):
            center = size * rng.uniform(-0.02, 1.02, 2)
            half = size * radius * rng.uniform(0.6, 1.3) * np.array([1, rng.uniform(0.1, 1)])
            scrap = half * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
            scrap = outlines.rotated(scrap, rng.uniform(0, np.pi)) + center
            stamp_scrap(alpha, rgb, scrap, colors[rng.integers(6)] * rng.uniform(0.6, 1.1))
        if not near:
            alpha, rgb = blurred(alpha, rgb, disk(rng, size / 6))
    return alpha, rgb


def stamp_scrap(alpha, rgb, scrap, color):
    """Adds one polygon to alpha and colours in place."""
    bits = strands.SUBPIXEL_BITS
    corners = [strands.fixed_point(scrap)]
    shade = np.clip(color, 0, 255).tolist()
    cv2.polylines(rgb, corners, True, shade, 3, cv2.LINE_8, bits)
    cv2.fillPoly(rgb, corners, shade, cv2.LINE_8, bits)
    left, top = np.maximum(np.floor(scrap.min(0)).astype(int) - 1, 0)
    right, bottom = np.minimum(np.ceil(scrap.max(0)).astype(int) + 2, alpha.shape[0])
    side = max(right - left, bottom - top)
    if side <= 0 or right <= left or bottom <= top:
        return
    own = strands.filled([scrap - [left, top]], side)[: bottom - top, : right - left]
    view = alpha[top:bottom, left:right]
    np.maximum(view, own, out=view)


def dandelion(rng, size, texture):
    """A clock of seeds on its stalk, some of them blown away, each with a parachute of fine hairs."""
    head, radius = size * rng.uniform(0.3, 0.7, 2), size * rng.uniform(0.12, 0.3)
    seeds = rng.integers(60, 160)
    # Points spread evenly over a sphere; those in front look short.
    turn = 2.39996 * np.arange(seeds)
    height = np.linspace(-1, 1, seeds)
    out = np.stack([np.cos(turn) * np.sqrt(1 - height**2), height], -1)
    out = out[rng.random(seeds) < rng.uniform(0.4, 1)]
    near = head + radius * (0.1 + 0.65 * np.linspace(0, 1, 6))[:, None] * out[:, None]
    flying = rng.integers(0, 25)
    wind = rng.uniform(0, 2 * np.pi)
    start = size * rng.random((flying, 1, 2))
    aim = wind + rng.normal(0, 0.4, (flying, 1))
    step = np.stack([np.cos(aim), np.sin(aim)], -1)
    far = start + 0.65 * radius * np.linspace(0, 1, 6)[:, None] * step
    stems = np.concatenate([near, far])

    hairs, steps = 22, 5
    tips, roots = np.repeat(stems[:, -1], hairs, 0), np.repeat(stems[:, 0], hairs, 0)
    length = np.linalg.norm(tips - roots, axis=-1)
    heading = np.arctan2(*(tips - roots).T[::-1])
    spread = rng.uniform(-1.35, 1.35, len(tips))
    bend = -0.06 * np.sign(spread)
    plumes = strands.grow(
        tips,
        heading + spread,
        (0.32 * radius + 0.1 * length) * rng.uniform(0.6, 1, len(tips)),
        steps,
        lambda points, angles, step: angles + bend,
    )
    stalk = strands.grow(
        head[None],
        np.array([np.pi / 2 + rng.normal(0, 0.1)]),
        size,
        20,
        lambda points, angles, step: angles + rng.normal(0, 0.02),
    )
    fine = strands.coverage(
        plumes, rng.uniform(0.15, 0.6) * np.linspace(1, 0.6, steps) * np.ones((len(plumes), 1)), size
    )
    stem = strands.coverage(stems, rng.uniform(0.4, 0.9), size)
    solid = np.maximum(strands.coverage(stalk, size * 0.012, size), strands.disks([head], [0.1 * radius], size))
    grains = strands.coverage(stems[:, :2], size * 0.005, size)
    brown, pale = (
        textures.color(0.09, 0.5, rng.uniform(0.25, 0.5)),
        textures.color(0.12, 0.08, rng.uniform(0.8, 1)),
    )
    rgb = np.tile(pale, (size, size, 1)).astype(np.float32)
    rgb = strands.paint(rgb, stalk, [textures.color(0.2, 0.4, 0.55)], int(size * 0.012) + 3)
    rgb = strands.paint(rgb, np.array([[head, head + 0.1]]), [brown], int(0.2 * radius) + 2)
    rgb = strands.paint(rgb, stems[:, :2], np.tile(brown, (len(stems), 1)), 4)
    return np.maximum.reduce([fine, stem, solid, grains]), rgb * textures.lighting(rng, size, 0.3)
