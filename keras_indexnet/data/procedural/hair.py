"""Hair on a head, and fur on an animal-like shape."""

import cv2
import numpy as np

from keras_indexnet.data.procedural import outlines, strands, textures


def hair(rng, size, texture=None):
    """Draws a head, seen from behind or the side, with locks of hair and stray hairs.

    Locks follow guide curves that leave the scalp, bend towards the ground and wander; each hair
    follows the guide of its lock at its own distance, curls and ends at its own length.

    Args:
        rng: `numpy.random.Generator`.
        size: side of the square picture in pixels.
        texture: uint8 RGB photograph to clothe the body with, or None.

    Returns:
        alpha: `size x size` float32 in [0, 1].
        rgb: `size x size x 3` float32, 0..255, defined everywhere.
    """
    radius = size * rng.choice([rng.uniform(0.12, 0.3), rng.uniform(0.3, 0.55)])
    center = size * rng.uniform([0.25, 0.25], [0.75, 0.65])
    guides = hair_guides(rng, size, center, radius)
    points, guide_of = hair_strands(rng, size, guides, radius)

    body = body_outlines(rng, size, center, radius)
    widths = rng.uniform(0.2, rng.uniform(0.5, 1.4), (len(points), 1))
    taper = np.linspace(1, rng.uniform(0.3, 0.8), points.shape[1])
    opens = rng.uniform(0.45, 0.8)  # how dense hair must be for nothing to shine through
    hairs = strands.coverage(points, widths * taper, size)
    hairs = strands.thicken(hairs, size / 170, opens, opens + 0.3)
    alpha = np.maximum(hairs, strands.filled(body, size))

    shades = hair_colors(rng, texture)
    of_guide = rng.random(len(guides))[guide_of]
    tone = 0.15 + 0.4 * of_guide + 0.45 * rng.beta(3, 3, len(points))
    rgb = textures.colorize(0.7 * crown_streaks(rng, size, center, radius), shades)
    rgb = clothed(rng, size, texture, rgb, body[1:])
    colors = textures.colorize(tone, shades)
    shadow = np.linspace(0.65, 1, len(points))[:, None]  # on the hair that lies underneath
    rgb = strands.paint(rgb, points, colors * shadow, 1)
    return alpha, rgb * hair_gloss(rng, size, center, radius)


def hair_guides(rng, size, center, radius):
    """Grows the guide curve of each lock from the scalp."""
    count, steps = rng.integers(50, 150), 32
    # Roots lie all over the back of the head, most of them near its rim.
    around = rng.uniform(0.75 * np.pi, 2.25 * np.pi, count)
    out = np.stack([0.85 * np.cos(around), np.sin(around)], -1)
    roots = center + radius * out * np.sqrt(rng.uniform(0, 0.9, (count, 1)))
    length = radius * rng.uniform(0.5, 3.2) * rng.uniform(0.75, 1.2, count)
    weight = rng.uniform(0.02, 0.25)
    wind = rng.normal(0, 0.5) + np.pi / 2
    wander = rng.uniform(0.5, 5) * (textures.fractal_noise(rng, size, 0.4, 3) - 0.5)

    def turn(points, angles, step):
        towards = np.arctan2(np.sin(wind - angles), np.cos(wind - angles))
        return angles + weight * towards + 0.3 * step * strands.read(wander, points)

    angles = around + rng.normal(0, 0.35, count)
    return strands.grow(roots, angles, length, steps, turn)


def hair_strands(rng, size, guides, radius):
    """Spreads single hairs around the guides; returns them and the guide of each."""
    growth = np.sqrt(size / 512) * np.clip(radius / (0.25 * size), 0.7, 1.5)
    count, steps = int(rng.uniform(1500, 6000) * growth), 28
    guide_of = rng.integers(len(guides), size=count)
    short = rng.random((count, 1)) < 0.35  # they cover the scalp
    ends = np.where(short, rng.uniform(0.08, 0.5, (count, 1)), rng.uniform(0.55, 1, (count, 1)))
    along = np.linspace(0, 1, steps) * ends
    points = strands.sample(guides, guide_of, along)
    across = strands.sample(strands.normals(guides), guide_of, along)

    spread = radius * rng.uniform(0.04, 0.22)
    clump = 1 - rng.uniform(-0.8, 0.75) * along  # locks close towards the tip, or open
    offset = spread * rng.normal(0, 1, (count, 1)) * clump
    curl = radius * rng.choice([0.0, 0.02, 0.06, 0.12]) * rng.uniform(0.5, 1, (len(guides), 1))
    turns = rng.uniform(2, 7) * 2 * np.pi
    phase = rng.uniform(0, 2 * np.pi, (len(guides), 1))[guide_of] + rng.normal(0, 0.4, (count, 1))
    offset += curl[guide_of] * np.sin(turns * along + phase) * np.minimum(3 * along, 1)
    points = points + across * offset[..., None]

    stray = rng.random(count) < rng.uniform(0.03, 0.25)
    wander = np.cumsum(rng.normal(0, 0.025, (count, steps, 2)), 1)
    drift = np.cumsum(wander, 1) + rng.normal(0, 3, (count, 1, 2)) * along[..., None] ** 2
    strength = radius * 0.09 * np.where(stray, rng.uniform(0.5, 2, count), 0.08)
    return points + strength[:, None, None] * drift, guide_of


def body_outlines(rng, size, center, radius):
    """The solid parts under the hair: the head, then neck and shoulders."""
    head = outlines.blob(rng, center, 0.75 * radius, 0.05, 1.25)
    below = center + [0, 1.1 * radius]
    wide, slope = radius * rng.uniform(1.7, 2.6), radius * rng.uniform(0.4, 1.1)
    neck = radius * rng.uniform(0.38, 0.55)
    turn = np.linspace(0, np.pi / 2, 16)
    edge = np.stack([neck + (wide - neck) * np.sin(turn), slope * (1 - np.cos(turn))], -1)
    edge = np.concatenate([[[neck, -0.6 * radius]], edge, [[rng.uniform(1.1, 1.5) * wide, 2 * size]]])
    mirrored = edge[::-1] * [-1, 1]
    return [head, below + np.concatenate([edge, mirrored])]


def clothed(rng, size, texture, rgb, shoulders):
    """Covers the outlines of the shoulders with a material."""
    # It reaches a little past them, so that alpha never meets the colour of hair there.
    inside = cv2.dilate(strands.filled(shoulders, size), np.ones((5, 5)))[..., None]
    clothes = textures.surface(rng, size, texture) * textures.lighting(rng, size, 1.0)
    return rgb * (1 - inside) + inside * clothes


def hair_colors(rng, texture):
    """A ramp from shadow to highlight in a hair colour (rarely a dyed one)."""
    hue, saturation = rng.uniform(0.02, 0.12), rng.uniform(0.1, 0.75)
    if rng.random() < 0.12:
        hue, saturation = rng.random(), rng.uniform(0.3, 0.8)
    value = rng.beta(1.3, 1.6)
    base = textures.tint(rng, texture, textures.color(hue, saturation, 0.1 + 0.65 * value))
    shine = np.clip(1.35 * base + rng.uniform(10, 60), 0, 255)
    return [0.3 * base, 0.7 * base, base, shine]


def crown_streaks(rng, size, center, radius):
    """Noise in 0..1 drawn out into streaks that radiate from the crown: the hair underneath."""
    noise = textures.fractal_noise(rng, size, 0.03, 4, 0.7, aspect=8)
    ys, xs = np.mgrid[:size, :size].astype(np.float32)
    crown = center + radius * rng.uniform(-0.4, 0.3, 2)
    angle = np.arctan2(ys - crown[1], xs - crown[0])
    distance = np.hypot(xs - crown[0], ys - crown[1])
    # Half a turn spans the noise once; its mirror image closes the circle without a seam.
    place_x = np.abs(angle) / np.pi * (size - 1)
    place = np.dstack([place_x, 0.7 * distance]).astype(np.float32)
    return cv2.remap(noise, place, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)


def hair_gloss(rng, size, center, radius):
    """Brightness over the picture: a soft band of gloss around the head, light from a side."""
    ys, xs = np.mgrid[:size, :size].astype(np.float32)
    wobble = 0.5 * (textures.fractal_noise(rng, size, 0.1, 4, aspect=0.3) - 0.5)
    distance = np.hypot(xs - center[0], ys - center[1]) / radius + wobble
    band = np.exp(-(((distance - rng.uniform(0.4, 1.1)) / 0.18) ** 2))
    return (1 + rng.uniform(0, 0.6) * band)[..., None] * textures.lighting(rng, size, 0.6)


def fur(rng, size, texture=None):
    """Draws an animal-like shape, solid inside, with a border of short dense fur.

    Args:
        rng: `numpy.random.Generator`.
        size: side of the square picture in pixels.
        texture: uint8 RGB photograph that colours the coat, or None.

    Returns:
        alpha: `size x size` float32 in [0, 1].
        rgb: `size x size x 3` float32, 0..255, defined everywhere.
    """
    skin = strands.filled(animal_outlines(rng, size), size)
    inside = cv2.distanceTransform(np.uint8(skin > 0.5), cv2.DIST_L2, 5)
    outside = cv2.distanceTransform(np.uint8(skin <= 0.5), cv2.DIST_L2, 5)
    depth = cv2.GaussianBlur(inside - outside, (0, 0), size / 80)

    length = size * rng.uniform(0.012, rng.choice([0.04, 0.12]))
    points = fur_strands(rng, size, depth, length)
    widths = rng.uniform(0.3, rng.uniform(0.8, 1.8), (len(points), 1))
    alpha = strands.coverage(points, widths * np.linspace(1, 0.35, points.shape[1]), size)
    alpha = strands.thicken(alpha, size / 250, 0.65, 0.95)
    solid = textures.smoothstep(depth, -0.25 * length, 0.2 * length + 2)
    alpha = np.maximum(alpha, solid)
    if rng.random() < 0.3:
        alpha = np.maximum(alpha, whiskers(rng, size, depth))

    coat = coat_colors(rng, size, texture)
    tufts = 0.6 + 0.5 * textures.fractal_noise(rng, size, 0.04, 4, 0.7)
    tone = strands.read(tufts, points[:, -1]) * rng.uniform(0.8, 1.15, len(points))
    colors = strands.read(coat, points[:, 0]) * tone[:, None]
    rgb = strands.paint(coat * tufts[..., None], points, colors, 1)
    rounding = 0.75 + 0.35 * np.clip(depth / (0.15 * size), -0.3, 1)
    return alpha, rgb * rounding[..., None] * textures.lighting(rng, size, 0.8)


def animal_outlines(rng, size):
    """A body, often with a head, ears and legs: rough blobs that overlap."""
    radius = size * rng.uniform(0.16, 0.36)
    center = size * rng.uniform(0.3, 0.7, 2)
    side = rng.choice([-1, 1])
    parts = [outlines.blob(rng, center, radius, 0.15, rng.uniform(0.6, 1.2))]
    if rng.random() < 0.7:
        head = center + radius * np.array([side * rng.uniform(0.6, 1.1), -rng.uniform(0.6, 1.0)])
        small = radius * rng.uniform(0.45, 0.65)
        parts.append(outlines.blob(rng, head, small, 0.08))
        tall = rng.uniform(1.2, 2.6)
        for ear in (-0.7, 0.7):
            place = head + small * np.array([ear, -0.8])
            parts.append(outlines.blob(rng, place, 0.32 * small, 0.05, tall))
    for _ in range(rng.integers(0, 5)):
        foot = center + radius * np.array([rng.uniform(-0.8, 0.8), 0.9])
        parts.append(outlines.blob(rng, foot, 0.3 * radius, 0.1, rng.uniform(2, 4)))
    return parts


def fur_strands(rng, size, depth, length):
    """Short hairs all over the shape, denser at its border, along the outward normal."""
    slope_y, slope_x = np.gradient(depth)
    ys, xs = np.nonzero(depth > -1)
    near = np.flatnonzero(depth[ys, xs] < 1.2 * length)
    everywhere = rng.integers(len(xs), size=4500)
    chosen = np.concatenate([rng.choice(near, 7000), everywhere])
    roots = np.stack([xs, ys], -1)[chosen] + rng.uniform(-0.5, 0.5, (len(chosen), 2))
    outward = np.arctan2(-strands.read(slope_y, roots), -strands.read(slope_x, roots))
    comb = rng.uniform(0, 2 * np.pi)  # the coat lies over to one side
    lie = rng.uniform(0, 0.8)
    angles = np.arctan2(np.sin(outward) + lie * np.sin(comb), np.cos(outward) + lie * np.cos(comb))
    tuft = rng.uniform(0.5, 3) * (textures.fractal_noise(rng, size, 0.08, 3) - 0.5)
    angles += strands.read(tuft, roots) + rng.normal(0, 0.15, len(roots))
    bend = rng.normal(0, 0.08, len(roots))
    return strands.grow(
        roots,
        angles,
        length * rng.uniform(0.5, 1.4, len(roots)),
        7,
        lambda points, angles, step: angles + bend,
    )


def coat_colors(rng, size, texture):
    """Colours of a coat: a photograph, or patches of two related colours."""
    if texture is not None and rng.random() < 0.5:
        return cv2.GaussianBlur(textures.surface(rng, size, texture), (0, 0), size / 128)
    hue, saturation = rng.uniform(0.02, 0.13), rng.uniform(0.05, 0.7)
    dark, light = np.sort(rng.uniform(0.12, 0.85, 2))
    shades = [textures.color(hue, saturation, v) for v in (dark, light)]
    edge = rng.uniform(0.05, 0.3)
    patches = textures.turbulence(rng, size, rng.uniform(0.08, 0.6), 4)
    blend = textures.smoothstep(patches, 0.5 - edge, 0.5 + edge)
    return textures.colorize(blend, shades) + 10 * rng.normal(0, 1, (size, size, 1))


def whiskers(rng, size, depth):
    """A few long fine stiff hairs that start inside the shape."""
    ys, xs = np.nonzero(depth > 0)
    root = rng.integers(len(xs))
    count = rng.integers(6, 20)
    roots = np.array([xs[root], ys[root]]) + rng.normal(0, size / 60, (count, 2))
    angles = rng.choice([0, np.pi], count) + rng.normal(0, 0.4, count)
    bend = rng.normal(0, 0.03, count)
    length = size * rng.uniform(0.15, 0.4, count)
    points = strands.grow(roots, angles, length, 12, lambda p, angles, step: angles + bend)
    return strands.coverage(points, np.linspace(1, 0.3, 12) * np.ones((count, 1)), size)
