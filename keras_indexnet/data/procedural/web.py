"""Threads of spiders between twigs, from far thinner than a pixel to strung with dew."""

import numpy as np

from keras_indexnet.data.procedural import strands, textures
from keras_indexnet.data.procedural.leaves import branching


def web(rng, size, texture=None):
    """Draws an orb web, a tangle of cobweb or single sagging threads, hung between twigs.

    Args:
        rng: `numpy.random.Generator`.
        size: side of the square picture in pixels.
        texture: uint8 RGB photograph that colours the twigs, or None.

    Returns:
        alpha: `size x size` float32 in [0, 1].
        rgb: `size x size x 3` float32, 0..255, defined everywhere.
    """
    twigs, twig_widths = branching(rng, size, generations=2, stems=rng.integers(2, 5))
    twig_widths = rng.uniform(0.2, 0.6) * twig_widths
    threads = {"orb": orb, "tangle": tangle, "single": single_threads}
    threads = threads[rng.choice(list(threads), p=[0.5, 0.2, 0.3])](rng, size, twigs)
    threads = threads + size * 0.0008 * rng.normal(0, 1, threads.shape)
    widths = rng.uniform(0.25, rng.uniform(0.4, 1.3)) * rng.uniform(0.5, 1.3, len(threads))
    silk = strands.coverage(threads, widths, size)
    beads, radii = dew(rng, size, threads)
    wood = strands.coverage(twigs, twig_widths, size)
    alpha = np.maximum(np.maximum(silk, wood), rng.uniform(0.5, 1) * strands.disks(beads, radii, size))

    bark = textures.tint(rng, texture, textures.color(rng.uniform(0.04, 0.12), rng.uniform(0, 0.5), 0.3))
    gray = textures.color(rng.random(), rng.uniform(0, 0.1), rng.uniform(0.6, 1))
    rgb = np.tile(gray, (size, size, 1)).astype(np.float32)
    rgb = strands.paint(rgb, threads, gray * rng.uniform(0.7, 1.2, (len(threads), 1)), 2)
    thickness = np.ceil(twig_widths.max(1) + 1).astype(int)
    grain = 0.7 + 0.6 * strands.read(textures.fractal_noise(rng, size, 0.04, 4), twigs[:, 8])
    rgb = strands.paint(rgb, twigs, bark * grain[:, None], thickness)
    # A bead shows the world upside down: the bright sky at its lower edge.
    lower = np.stack([beads, beads + 0.01], 1) + (0.4 * radii[:, None, None]) * [0, 1]
    dots = np.stack([beads, beads + 0.01], 1)
    rgb = strands.paint(rgb, dots, np.tile(0.6 * gray, (len(beads), 1)), np.ceil(2 * radii + 1).astype(int))
    rgb = strands.paint(rgb, lower, np.tile([255.0, 255, 255], (len(beads), 1)), np.ceil(radii).astype(int))
    return alpha, rgb


def orb(rng, size, twigs):
    """Spokes, and a spiral whose turns sag from spoke to spoke; some pieces are torn out."""
    hub = size * rng.uniform(0.35, 0.65, 2)
    spokes = rng.integers(14, 34)
    angle = np.sort(np.arange(spokes) + rng.uniform(-0.3, 0.3, spokes)) * 2 * np.pi / spokes
    reach = size * rng.uniform(0.28, 0.5) * rng.uniform(0.8, 1.25, spokes)
    direction = np.stack([np.cos(angle), np.sin(angle)], -1)
    radial = hub + direction[:, None] * (reach[:, None] * np.linspace(0.02, 1.3, 8))[..., None]

    turns = rng.integers(14, 45)
    place = np.arange(turns * spokes)
    outward = 0.12 + 0.85 * place / len(place) + rng.normal(0, 0.1 / turns, len(place))
    here, following = place % spokes, (place + 1) % spokes
    ends = [hub + direction[s] * (reach[s] * outward)[:, None] for s in (here, following)]
    t = np.linspace(0, 1, 8)[:, None]
    chord = ends[0][:, None] * (1 - t) + ends[1][:, None] * t
    # Between two spokes a thread hangs through, towards the hub and a little downwards.
    gap = np.linalg.norm(ends[1] - ends[0], axis=-1)[:, None, None]
    inward = (hub - chord) / (np.linalg.norm(hub - chord, axis=-1, keepdims=True) + 1e-6)
    spiral = chord + 4 * t * (1 - t) * gap * (rng.uniform(0.02, 0.2) * inward + [0, rng.uniform(0, 0.1)])
    torn = textures.fractal_noise(rng, size, 0.3, 3)
    kept = strands.read(torn, spiral[:, 4]) < rng.uniform(0.6, 1.05)
    return np.concatenate([radial, spiral[kept]])


def tangle(rng, size, twigs):
    """Cobweb: threads that cross between random points of the twigs and of each other."""
    count = rng.integers(80, 300)
    ends = strands.sample(twigs, rng.integers(len(twigs), size=2 * count), rng.random((2 * count, 1)))[:, 0]
    focus = size * rng.uniform(0.3, 0.7, (rng.integers(1, 5), 2))
    near = focus[rng.integers(len(focus), size=count)] + size * 0.12 * rng.normal(0, 1, (count, 2))
    to_focus = rng.random(count) < 0.7
    return hung(rng, ends[:count], np.where(to_focus[:, None], near, ends[count:]), 0.03)


def single_threads(rng, size, twigs):
    """A few long threads from twig to twig, each hanging through as far as it is loose."""
    count = rng.integers(6, 40)
    ends = strands.sample(twigs, rng.integers(len(twigs), size=2 * count), rng.random((2 * count, 1)))[:, 0]
    return hung(rng, ends[:count], ends[count:], 0.15)


def hung(rng, start, end, slack):
    """Threads between two points, as parabolas; `slack` is how far they hang, relative to their length."""
    t = np.linspace(0, 1, 16)[None, :, None]
    length = np.linalg.norm(end - start, axis=-1)[:, None, None]
    sag = slack * rng.random((len(start), 1, 1)) * length * 4 * t * (1 - t)
    return start[:, None] * (1 - t) + end[:, None] * t + sag * [0, 1]


def dew(rng, size, threads):
    """Beads of dew on some of the threads, often in rows of one size; returns centres and radii."""
    wet = rng.random(len(threads)) < rng.choice([0.0, rng.uniform(0.1, 0.9)])
    count = int(wet.sum() * rng.uniform(1, 8))
    if count == 0:
        return np.empty((0, 2)), np.empty(0)
    on = np.flatnonzero(wet)[rng.integers(wet.sum(), size=count)]
    centers = strands.sample(threads, on, rng.random((count, 1)))[:, 0]
    of_thread = rng.uniform(0.4, 1.3, len(threads))
    return centers, size / 512 * rng.uniform(0.5, 2.2) * of_thread[on] * rng.uniform(0.7, 1.3, count)
