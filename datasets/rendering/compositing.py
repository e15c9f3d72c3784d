"""From rendered light to an RGBA file."""

import numpy as np
from PIL import Image

from rendering.colors import linear


def straight_colors(premultiplied):
    """Divide colours by alpha; where alpha is 0, colours come from around, ever further away."""
    color, weight = premultiplied[..., :3].astype(float), premultiplied[..., 3:].astype(float)
    if max(weight.shape) == 1 or weight.min() > 0.05:
        return color / np.maximum(weight, 1e-6)
    height, width = (side + side % 2 for side in weight.shape[:2])
    padded = [np.pad(a, ((0, height - a.shape[0]), (0, width - a.shape[1]), (0, 0))) for a in (color, weight)]
    smaller = [a.reshape(height // 2, 2, width // 2, 2, -1).mean((1, 3)) for a in padded]
    around = straight_colors(np.dstack(smaller)).repeat(2, 0).repeat(2, 1)[: weight.shape[0], : weight.shape[1]]
    trust = np.clip(weight / 0.05, 0, 1)
    return trust * color / np.maximum(weight, 1e-6) + (1 - trust) * around


def developed(rng, color, alpha):
    """From linear light to display values, exposed for the foreground, at random brighter or darker."""
    shown = color.mean(-1)[alpha > 0.5] if (alpha > 0.5).any() else color.mean(-1)
    exposure = linear(rng.uniform(0.35, 0.62)) / max(np.percentile(shown, 60), 1e-3)
    exposed = np.clip(color * min(exposure, 0.95 / max(np.percentile(shown, 97), 1e-3) * 1.3), 0, 1)
    srgb = np.where(exposed <= 0.0031308, 12.92 * exposed, 1.055 * exposed ** (1 / 2.4) - 0.055)
    return np.rint(255 * srgb).astype(np.uint8)


def save(path, rgba):
    """Write a WebP with lossless alpha, so that the file is either whole or not there."""
    partial = path.with_suffix(".partial")
    Image.fromarray(rgba).save(partial, "WEBP", quality=90, alpha_quality=100, exact=True, method=6)
    partial.replace(path)
