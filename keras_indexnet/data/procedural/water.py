"""Water in the air: splashes, streams and fountains, clear inside, bright and dark at their edges."""

import cv2
import numpy as np

from keras_indexnet.data.procedural import outlines, strands, textures


def water(rng, size, texture=None):
    """Draws a splash, a stream that is poured, or a fountain of fine drops.

    Args:
        rng: `numpy.random.Generator`.
        size: side of the square picture in pixels.
        texture: uint8 RGB photograph that the surface reflects, or None.

    Returns:
        alpha: `size x size` float32 in [0, 1].
        rgb: `size x size x 3` float32, 0..255, defined everywhere.
    """
    draw = {"splash": splash, "stream": stream, "fountain": fountain}
    body, spray = draw[rng.choice(list(draw), p=[0.4, 0.3, 0.3])](rng, size)
    alpha, rgb = liquid(rng, size, body, texture)
    white = cv2.dilate(spray, np.ones((3, 3)))[..., None]
    rgb = rgb * (1 - white) + 235 * white
    return np.clip(1 - (1 - alpha) * (1 - spray), 0, 1), rgb


def splash(rng, size):
    """Jets that are thrown up from a pool, with drops that come off them; returns body and spray."""
    base = size * np.array([rng.uniform(0.35, 0.65), rng.uniform(0.8, 1.05)])
    wide = size * rng.uniform(0.15, 0.35)
    jets = ballistic(rng, size, base, wide, rng.integers(25, 70))
    widths = size * rng.uniform(0.004, 0.03, (len(jets), 1)) * np.linspace(1, 0.2, jets.shape[1])
    pool = outlines.blob(rng, base, wide, 0.15, rng.uniform(0.15, 0.4))
    drops, radii = drops_along(rng, size, jets, rng.integers(150, 900))
    body = np.maximum(strands.coverage(jets, widths, size), strands.filled([pool, *sheets(rng, jets)], size))
    body = np.maximum(body, strands.disks(drops, radii, size))
    return body, fine_spray(rng, size, jets)


def sheets(rng, jets):
    """Films of water between the lower ends of neighbouring jets, each with a sagging upper edge."""
    jets = jets[np.argsort(jets[:, 5, 0])]
    films = []
    for left, right in zip(jets[:-1], jets[1:], strict=True):
        ends = (jets.shape[1] * rng.uniform(0.1, 0.6, 2)).astype(int) + 2
        low = left[: ends[0]], right[: ends[1]]
        t = np.linspace(0, 1, 12)[:, None]
        edge = low[0][-1] * (1 - t) + low[1][-1] * t
        edge[:, 1] += rng.uniform(0.2, 0.6) * np.abs(edge[-1, 0] - edge[0, 0]) * 4 * (t * (1 - t))[:, 0]
        films.append(np.concatenate([low[0], edge, low[1][::-1]]))
    return films


def stream(rng, size):
    """Water poured from above, narrowing, twisting, and splashing where it lands."""
    x = size * rng.uniform(0.35, 0.65)
    end = size * rng.uniform(0.6, 0.95)
    t = np.linspace(0, 1, 60)
    wide = size * rng.uniform(0.02, 0.09)
    bands = []
    for _ in range(rng.integers(1, 4)):
        sway = wide * rng.uniform(0.1, 0.6) * np.sin(rng.uniform(3, 12) * t + rng.uniform(0, 6.3))
        bands.append(np.stack([x + sway + size * rng.normal(0, 0.01), -5 + (end + 5) * t], -1))
    swelling = 1 + 0.35 * np.sin(rng.uniform(10, 40) * t + rng.uniform(0, 6.3, (len(bands), 1)))
    widths = wide * np.linspace(1, rng.uniform(0.4, 1), 60) * swelling
    jets = ballistic(rng, size, np.array([x, end]), 1.5 * wide, rng.integers(5, 30))
    jet_widths = size * rng.uniform(0.003, 0.012, (len(jets), 1)) * np.linspace(1, 0.2, jets.shape[1])
    drops, radii = drops_along(rng, size, jets, rng.integers(30, 250))
    pool = outlines.blob(rng, (x, end), 2 * wide, 0.2, 0.35)
    body = np.maximum(strands.coverage(np.array(bands), widths, size), strands.filled([pool], size))
    body = np.maximum(body, strands.coverage(jets, jet_widths, size))
    return np.maximum(body, strands.disks(drops, radii, size)), fine_spray(rng, size, jets)


def fountain(rng, size):
    """A jet that breaks up into fine drops, each drawn out by its motion, and mist."""
    base = size * np.array([rng.uniform(0.3, 0.7), rng.uniform(0.85, 1.0)])
    jets = ballistic(rng, size, base, size * rng.uniform(0.01, 0.08), 200)
    count = int(rng.uniform(1500, 5000))
    jet, place = rng.integers(len(jets), size=count), rng.beta(1.3, 1, (count, 1))
    drawn_out = rng.uniform(0.002, 0.03) * np.linspace(0, 1, 4)
    streaks = strands.sample(jets, jet, place + drawn_out)
    streaks = streaks + size * 0.02 * place[..., None] * rng.normal(0, 1, (count, 1, 2))
    spray = strands.coverage(streaks, rng.uniform(0.3, 2.0, count) * size / 512, size)
    mist = cv2.GaussianBlur(spray, (0, 0), size / 30)
    core = strands.coverage(jets[:25, :8], size * rng.uniform(0.004, 0.012), size)
    return core, 1 - (1 - 0.9 * spray) * (1 - np.clip(rng.uniform(0.2, 1.2) * mist, 0, 0.8))


def ballistic(rng, size, base, wide, count, steps=24):
    """Parabolas of water thrown up around `base`."""
    place = rng.normal(0, 0.5, count)
    speed = size * np.stack(
        [place * rng.uniform(0.3, 1) + rng.normal(0, 0.1, count), rng.uniform(-1.9, -0.6, count)]
    )
    t = np.linspace(0, 1, steps) * rng.uniform(0.3, 1, (count, 1))
    x = base[0] + wide * place[:, None] + speed[0, :, None] * t
    y = base[1] + speed[1, :, None] * t + 1.4 * size * t**2
    return np.stack([x, y], -1)


def drops_along(rng, size, jets, count):
    """Drops near the far ends of the jets, many small ones and few large; returns centres and radii."""
    place = rng.beta(3, 1, (count, 1))
    centers = strands.sample(jets, rng.integers(len(jets), size=count), place)[:, 0]
    centers = centers + size * 0.04 * rng.normal(0, 1, (count, 2)) * place
    return centers, size * 0.0016 * np.minimum(rng.pareto(1.6, count) + 0.4, 12)


def fine_spray(rng, size, jets):
    """Coverage of droplets too small to have a shape, around the far ends of the jets."""
    count = int(rng.uniform(200, 3000))
    centers, radii = drops_along(rng, size, jets, count)
    centers = centers + size * 0.03 * rng.normal(0, 1, (count, 2))
    return rng.uniform(0.3, 0.9) * strands.disks(centers, 0.4 * np.minimum(radii, 0.004 * size), size)


def liquid(rng, size, body, texture):
    """Gives a flat shape the smooth outline of a liquid, and its edges, reflections and highlights."""
    smooth = cv2.GaussianBlur(body, (0, 0), size / 350)
    slope = np.hypot(*np.gradient(smooth)) + 1e-3
    shape = np.clip((smooth - 0.4) / slope + 0.5, 0, 1)
    ripples = textures.turbulence(rng, size, rng.uniform(0.05, 0.2), 4, 0.1)
    swell = sum(cv2.GaussianBlur(shape, (0, 0), size / d) * size / d for d in (250, 100, 40))
    slope_y, slope_x = np.gradient(swell + size * rng.uniform(0.001, 0.01) * ripples)
    steep = np.clip(np.hypot(slope_x, slope_y), 0, 1.5)
    angle = rng.uniform(-0.9 * np.pi, -0.1 * np.pi)
    facing = -(np.cos(angle) * slope_x + np.sin(angle) * slope_y)

    shine = textures.smoothstep(facing, *(rng.uniform(0.5, 0.8) + np.array([0, 0.25])))
    alpha = rng.uniform(0.05, 0.3) + rng.uniform(0.25, 0.6) * steep + 0.8 * shine
    tint = textures.color(rng.uniform(0.45, 0.62), rng.uniform(0, 0.4), rng.uniform(0.5, 1))
    rgb = tint * (0.75 - 0.5 * facing)[..., None]
    mirrored = textures.warp(textures.surface(rng, size, texture), 0.2 * size * slope_x, 0.2 * size * slope_y)
    rgb = rgb + rng.uniform(0.1, 0.5) * (mirrored - rgb)
    rgb = rgb * (1 - shine[..., None]) + 252 * shine[..., None]
    return np.minimum(alpha, 1) * shape, rgb
