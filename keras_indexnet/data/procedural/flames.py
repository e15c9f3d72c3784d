"""Fire: tongues of flame over logs, candles; light that hides little of what is behind its edges."""

import cv2
import numpy as np

from keras_indexnet.data.procedural import outlines, strands, textures


def flames(rng, size, texture=None):
    """Draws a fire with sparks on logs, or burning candles.

    Args:
        rng: `numpy.random.Generator`.
        size: side of the square picture in pixels.
        texture: uint8 RGB photograph that covers the logs or candles, or None.

    Returns:
        alpha: `size x size` float32 in [0, 1].
        rgb: `size x size x 3` float32, 0..255, defined everywhere.
    """
    draw = candles if rng.random() < 0.25 else fire
    return draw(rng, size, texture)


def fire(rng, size, texture):
    """Tongues that rise from a bed of logs, torn by turbulence, more so further up."""
    bed = size * rng.uniform(0.75, 0.95)
    middle, wide = size * rng.uniform(0.35, 0.65), size * rng.uniform(0.12, 0.35)
    ys, xs = np.mgrid[:size, :size].astype(np.float32)
    heat = np.zeros((size, size), np.float32)
    for _ in range(rng.integers(6, 18)):
        place = rng.normal(0, 0.45)
        height = bed * rng.uniform(0.5, 1.1) * np.exp(-(place**2))
        up = np.clip((bed - ys) / height, -0.2, 1)
        sway = wide * 0.3 * np.sin(rng.uniform(2, 6) * up + rng.uniform(0, 6.3)) * up
        breadth = wide * rng.uniform(0.15, 0.4) * np.sqrt(np.maximum(1 - up, 0)) + 1
        across = (xs - middle - wide * place * (1 - 0.5 * up) - sway) / breadth
        heat += np.exp(-(across**2)) * (1 - up) ** rng.uniform(0.2, 0.6)
    risen = np.clip((bed - ys) / bed, 0, 1)
    bend = [textures.fractal_noise(rng, size, 0.3, 5, 0.55, aspect=1.7) - 0.5 for _ in range(2)]
    torn = [size * rng.uniform(0.2, 0.45) * (0.15 + risen) * field for field in bend]
    heat = textures.warp(heat, torn[0], torn[1])
    # Gas burns in sheets: bright folds where noise crosses its middle, drawn out upwards.
    folds = 1 - 2 * np.abs(textures.fractal_noise(rng, size, 0.25, 4, 0.6, aspect=3) - 0.5)
    folds = textures.warp(folds, 0.5 * torn[0], 0.5 * torn[1])
    heat = np.maximum(heat * (0.1 + 1.1 * folds**2) - rng.uniform(0.15, 0.4), 0)
    heat = heat * textures.smoothstep(ys, bed, bed - 0.03 * size)
    alpha = 1 - np.exp(-rng.uniform(1, 4) * heat)
    rgb = flame_colors(rng, heat)

    sparks = spark_trails(rng, size, (middle, bed), wide)
    alpha = np.maximum(alpha, strands.coverage(sparks, rng.uniform(0.5, 1.8, len(sparks)), size))
    rgb = strands.paint(rgb, sparks, np.tile([255, 190, 90], (len(sparks), 1)), 3)
    return lay_over_logs(rng, size, texture, alpha, rgb, (middle, bed), wide)


def flame_colors(rng, heat):
    """Deep red where the gas is thin, orange, yellow, almost white where it is hottest."""
    hue = rng.choice([0.02, 0.58], p=[0.93, 0.07])  # a fire of wood, or the blue one of gas
    drift = np.array([0.0, 0.03, 0.08, 0.12]) if hue < 0.5 else np.array([0.06, 0.02, 0.0, -0.02])
    saturations, values = (0.98, 0.95, 0.7, 0.2), (0.75, 0.95, 1.0, 1.0)
    ramp = [textures.color(hue + d, s, v) for d, s, v in zip(drift, saturations, values, strict=True)]
    return textures.colorize(np.clip(heat / rng.uniform(1.5, 3.5), 0, 1) ** 0.8, ramp)


def spark_trails(rng, size, bed, wide):
    """Short curved trails of glowing specks above the fire."""
    count = rng.integers(5, 90)
    roots = np.array(bed) + rng.normal(0, 1, (count, 2)) * [wide, 0]
    roots[:, 1] -= size * rng.uniform(0.05, 0.9, count)
    bend = rng.normal(0, 0.15, count)
    length = size * rng.uniform(0.003, 0.04, count)
    return strands.grow(
        roots, rng.normal(-np.pi / 2, 0.5, count), length, 6, lambda points, angles, step: angles + bend
    )


def lay_over_logs(rng, size, texture, alpha, rgb, bed, wide):
    """Puts the fire in front of dark, opaque logs."""
    bars = []
    for _ in range(rng.integers(2, 6)):
        half = np.array([wide * rng.uniform(0.8, 1.5), size * rng.uniform(0.015, 0.04)])
        bar = half * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
        place = np.array(bed) + size * rng.normal(0, [0.05, 0.015])
        bars.append(outlines.rotated(bar, rng.normal(0, 0.35)) + place)
    logs = strands.filled(bars, size)
    wood = 0.35 * textures.surface(rng, size, texture) * textures.lighting(rng, size)
    ember = textures.smoothstep(textures.fractal_noise(rng, size, 0.05, 4), 0.6, 0.8)[..., None]
    wood = wood * (1 - ember) + np.array([235, 80, 20]) * ember
    shown = cv2.dilate(logs, np.ones((5, 5)))[..., None] * (1 - alpha[..., None])
    return 1 - (1 - alpha) * (1 - logs), rgb * (1 - shown) + wood * shown


def candles(rng, size, texture):
    """Candles side by side: opaque wax, a wick, and a flame whose lower part is clear."""
    count = rng.integers(1, 5)
    ys, xs = np.mgrid[:size, :size].astype(np.float32)
    remaining = np.ones((size, size), np.float32)
    heat = np.zeros((size, size), np.float32)
    bodies, wicks = [], []
    for place in (np.arange(count) + rng.uniform(0.3, 0.7, count)) / count:
        x, top = size * place, size * rng.uniform(0.45, 0.75)
        half = size * rng.uniform(0.03, 0.3 / count)
        bodies.append(
            np.array([[x - half, top], [x + half, top], [x + half, 1.1 * size], [x - half, 1.1 * size]])
        )
        wick = np.stack([np.full(6, x), np.linspace(top, top - 0.04 * size, 6)], -1)
        wick[:, 0] += np.linspace(0, 1, 6) ** 2 * rng.normal(0, 0.01) * size
        wicks.append(wick)
        height = size * rng.uniform(0.15, 0.35)
        up = np.clip((top - 0.015 * size - ys) / height, 0, 1)
        lean = height * rng.normal(0, 0.12) * up**2
        breadth = height * rng.uniform(0.1, 0.16) * 2.2 * np.sqrt(up) * (1 - up) ** 0.8 + 0.1
        core = np.exp(-(((xs - x - lean) / breadth) ** 4)) * (up > 0) * textures.smoothstep(up, 1.0, 0.85)
        clear = 1 - 0.75 * np.exp(-(((up - 0.12) / 0.12) ** 2))
        remaining *= 1 - 0.97 * core * clear
        heat = np.maximum(heat, core * (0.5 + 2 * up))
        halo = np.hypot(xs - x, (ys - top + 0.5 * height) / 1.4) / height
        remaining *= 1 - rng.uniform(0, 0.25) * np.exp(-4 * halo**2)
    wax = strands.filled(bodies, size)
    thread = strands.coverage(np.array(wicks), size * 0.006, size)
    wax_color = (
        textures.surface(rng, size, texture)
        if rng.random() < 0.5
        else textures.color(rng.random(), rng.beta(1, 3), rng.uniform(0.5, 1))
    )
    rgb = flame_colors(rng, cv2.GaussianBlur(heat, (0, 0), size / 150))
    inside = cv2.dilate(wax, np.ones((5, 5)))[..., None]
    rgb = rgb * (1 - inside) + wax_color * textures.lighting(rng, size, 1.2) * inside
    dark = cv2.dilate(thread, np.ones((3, 3)))[..., None]
    alpha = np.maximum(np.maximum(1 - remaining, wax), thread)
    return alpha, rgb * (1 - dark) + 40 * dark
