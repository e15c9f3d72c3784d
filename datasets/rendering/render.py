"""From the number of a picture to its pixels."""

import bpy
import numpy as np
from scipy.ndimage import gaussian_filter

from rendering.compositing import developed, straight_colors
from rendering.kinds import SHARES, composed
from rendering.scene import add_light, new_scene


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
