"""Thin curves with exact coverage, many at once: hairs, twigs, blades of grass, threads.

Curves are arrays of points, `N x T x 2` (N curves of T points), x before y, in pixels; the centre
of the first pixel is (0, 0).
"""

import functools

import cv2
import numpy as np

SUPERSAMPLING = 4
SUBPIXEL_BITS = 4
OPACITIES = 64


def fixed_point(points, scale=1):
    """Converts points to the integers that OpenCV draws at, on a grid `scale` times finer."""
    fine = (np.asarray(points) + 0.5) * scale - 0.5
    return np.round(np.clip(fine, -30000, 30000) * 2**SUBPIXEL_BITS).astype(np.int32)


@functools.cache
def drawn_width(thickness):
    """Measures how wide OpenCV really draws an anti-aliased line of a nominal thickness.

    The two differ by up to two pixels, and differently from release to release.
    """
    length, side = 600, 800
    widths = []
    for angle in np.radians([0, 15, 30, 45, 60, 75]):
        half = 0.5 * length * np.array([np.cos(angle), np.sin(angle)])
        canvas = np.zeros((side, side), np.uint8)
        line = fixed_point(np.array([-half, half]) + side / 2 + 0.3)
        cv2.polylines(canvas, [line], False, 255, thickness, cv2.LINE_AA, SUBPIXEL_BITS)
        widths.append(canvas.sum() / 255 / length)
    return float(np.mean(widths))


def coverage(points, widths, size):
    """Draws curves as the fraction of each pixel that they cover.

    Curves are drawn four times finer and averaged. A curve thinner than the thinnest line that
    can be drawn there is drawn fainter instead: a hair 0.1 pixels wide covers a tenth of the pixels
    it crosses. Where curves cross, the more opaque one counts.

    Args:
        points: `N x T x 2` float array of points (x, y) in pixels.
        widths: width in pixels; a number, `N` of them, or `N x T` for curves that taper.
        size: side of the square canvas in pixels.

    Returns:
        `size x size` float32 array in [0, 1].

    Example:
        diagonal = np.array([[[10.0, 10.0], [50.0, 50.0]]])
        alpha = coverage(diagonal, widths=0.3, size=64)
    """
    points, widths = np.asarray(points, float), np.asarray(widths, float)
    if widths.ndim < 2:
        widths = np.broadcast_to(widths, len(points))[:, None]
    widths = np.broadcast_to(widths, points.shape[:2])
    canvas = np.zeros((size * SUPERSAMPLING,) * 2, np.uint8)
    wide = widths.max(1) > 2
    draw_thin(canvas, points[~wide], widths[~wide])
    draw_wide(canvas, points[wide], widths[wide])
    return shrink(canvas, size)


def draw_thin(canvas, points, widths):
    """Draws curves on the finer canvas, in pieces of one width, as faint as they are thin."""
    if len(points) == 0:
        return
    steps = points.shape[1]
    tapers = np.any(widths[:, :1] != widths)
    stride = max((steps - 1) // 4, 1) if tapers else max(steps - 1, 1)
    starts = range(0, max(steps - 1, 1), stride)
    ends = [min(start + stride, steps - 1) for start in starts]  # pieces share their end points
    rounded = fixed_point(points, SUPERSAMPLING)
    pieces = [part for s, e in zip(starts, ends, strict=False) for part in rounded[:, s : e + 1]]
    fine = np.concatenate([widths[:, s : e + 1].mean(1) for s, e in zip(starts, ends, strict=False)])
    fine = fine * SUPERSAMPLING

    thicknesses = np.arange(1, 10)
    drawn = np.array([drawn_width(int(thickness)) for thickness in thicknesses])
    choice = np.minimum(np.searchsorted(drawn, fine), len(drawn) - 1)
    opacities = np.clip(np.round(fine / drawn[choice] * OPACITIES), 1, OPACITIES).astype(int)
    order = opacities * 100 + choice
    for key in np.unique(order):  # the faint ones first: what is drawn later replaces
        opacity, index = divmod(int(key), 100)
        group = [pieces[i] for i in np.flatnonzero(order == key)]
        value, thickness = opacity * 255 / OPACITIES, int(thicknesses[index])
        cv2.polylines(canvas, group, False, value, thickness, cv2.LINE_AA, SUBPIXEL_BITS)


def draw_wide(canvas, points, widths):
    """Draws curves on the finer canvas as opaque bands between their two edges."""
    # OpenCV fills half a pixel past the outline.
    half = np.maximum(0.5 * widths - 0.5 / SUPERSAMPLING, 0)[..., None]
    across = half * normals(points)
    outlines = np.concatenate([points + across, (points - across)[:, ::-1]], 1)
    outlines = fixed_point(outlines, SUPERSAMPLING)
    for outline in outlines:
        cv2.fillPoly(canvas, [outline], 255, cv2.LINE_8, SUBPIXEL_BITS)
    # In sharp bends the edges cross and leave holes; a line along the middle closes them.
    for line, narrowest in zip(fixed_point(points, SUPERSAMPLING), widths.min(1), strict=False):
        thickness = int(SUPERSAMPLING * narrowest) - 2
        if thickness > 0:
            cv2.polylines(canvas, [line], False, 255, thickness, cv2.LINE_AA, SUBPIXEL_BITS)


def filled(polygons, size):
    """Draws the union of filled polygons as the fraction of each pixel that they cover.

    Args:
        polygons: sequence of `T x 2` float arrays of corners (x, y) in pixels.
        size: side of the square canvas in pixels.

    Returns:
        `size x size` float32 array in [0, 1].
    """
    canvas = np.zeros((size * SUPERSAMPLING,) * 2, np.uint8)
    for polygon in polygons:
        cv2.fillPoly(canvas, [fixed_point(polygon, SUPERSAMPLING)], 255, cv2.LINE_8, SUBPIXEL_BITS)
    return shrink(canvas, size)


def disks(centers, radii, size):
    """Draws the union of disks as the fraction of each pixel that they cover.

    Args:
        centers: `N x 2` points (x, y) in pixels.
        radii: `N` radii in pixels; what is smaller than a pixel is fainter.
        size: side of the square canvas in pixels.

    Returns:
        `size x size` float32 array in [0, 1].
    """
    centers, radii = np.reshape(centers, (-1, 2)).astype(float), np.asarray(radii, float)
    large = radii > 1.5
    canvas = np.zeros((size * SUPERSAMPLING,) * 2, np.uint8)
    middles = fixed_point(centers[large], SUPERSAMPLING)
    reaches = SUPERSAMPLING * radii[large] - 0.5  # OpenCV fills half a pixel past the outline
    for middle, reach in zip(middles.tolist(), np.round(reaches * 2**SUBPIXEL_BITS).astype(int), strict=True):
        cv2.circle(canvas, middle, int(reach), 255, cv2.FILLED, cv2.LINE_8, SUBPIXEL_BITS)
    return np.maximum(shrink(canvas, size), small_disks(centers[~large], radii[~large], size))


def small_disks(centers, radii, size):
    """Draws disks of at most 1.5 pixels, which OpenCV draws too small, with the area that they have."""
    margin = 3  # takes what lies outside
    canvas = np.zeros((size + 2 * margin,) * 2, np.float32)
    nearest = np.round(centers).astype(int)
    around = np.stack(np.meshgrid(np.arange(-2, 3), np.arange(-2, 3)), -1).reshape(-1, 2)
    pixels = nearest[:, None] + around
    distance = np.linalg.norm(pixels - centers[:, None], axis=-1)
    cover = np.clip(np.maximum(radii, 0.5)[:, None] + 0.5 - distance, 0, 1)
    cover = cover * (np.pi * radii**2 / np.maximum(cover.sum(1), 1e-6))[:, None]
    columns, rows = np.moveaxis(np.clip(pixels + margin, 0, size + 2 * margin - 1), -1, 0)
    np.maximum.at(canvas, (rows, columns), cover.astype(np.float32))
    return np.minimum(canvas[margin:-margin, margin:-margin], 1)


def shrink(canvas, size):
    """Averages a finer canvas down to `size`, as coverage in [0, 1]."""
    small = cv2.resize(canvas, (size, size), interpolation=cv2.INTER_AREA)
    return small.astype(np.float32) / 255


def paint(rgb, points, colors, thickness=2):
    """Paints curves over a copy of an image, one colour (RGB, 0..255) for each curve.

    Colour may reach further than coverage, so that alpha never meets an unpainted pixel.
    """
    canvas = to_bytes(rgb)
    colors = np.clip(colors, 0, 255).tolist()
    thicknesses = np.broadcast_to(thickness, len(colors)).tolist()
    for line, shade, thick in zip(fixed_point(points), colors, thicknesses, strict=False):
        cv2.polylines(canvas, [line], False, shade, thick, cv2.LINE_AA, SUBPIXEL_BITS)
    return canvas.astype(np.float32)


def to_bytes(rgb):
    """Rounds float colours to uint8, contiguous, as OpenCV wants them for drawing."""
    return np.ascontiguousarray(np.clip(np.round(rgb), 0, 255).astype(np.uint8))


def normals(points):
    """Unit vectors at right angles to each curve, at each of its points."""
    along = np.gradient(points, axis=1)
    along /= np.linalg.norm(along, axis=-1, keepdims=True) + 1e-6
    return np.stack([-along[..., 1], along[..., 0]], -1)


def sample(curves, index, positions):
    """Reads curves between their points.

    Args:
        curves: `G x T x C` array.
        index: `N` integers, the curve to read.
        positions: `N x S` positions along it, 0 (first point) to 1 (last point).

    Returns:
        `N x S x C` array.
    """
    last = curves.shape[1] - 1
    place = np.clip(positions, 0, 1) * last
    left = np.minimum(place.astype(int), last - 1)
    part = (place - left)[..., None]
    rows = np.asarray(index)[:, None]
    return curves[rows, left] * (1 - part) + curves[rows, left + 1] * part


def grow(roots, angles, length, steps, turn):
    """Grows curves from their roots, letting `turn` bend them step by step.

    Args:
        roots: `N x 2` points.
        angles: `N` initial directions in radians (0 points right, pi / 2 down).
        length: length in pixels, a number or `N` of them.
        steps: number of points of each curve.
        turn: function of (points `N x 2`, angles `N`, step as 0..1) that returns the new angles.

    Returns:
        `N x steps x 2` points.
    """
    points = np.empty((len(roots), steps, 2))
    points[:, 0] = roots
    stride = np.broadcast_to(np.asarray(length, float) / (steps - 1), len(roots))[:, None]
    for step in range(1, steps):
        angles = turn(points[:, step - 1], angles, step / (steps - 1))
        direction = np.stack([np.cos(angles), np.sin(angles)], -1)
        points[:, step] = points[:, step - 1] + stride * direction
    return points


def read(field, points):
    """Reads an image at the nearest pixel to each point; points outside read the border."""
    limit = np.array(field.shape[1::-1]) - 1
    x, y = np.moveaxis(np.clip(np.round(points), 0, limit).astype(int), -1, 0)
    return field[y, x]


def thicken(alpha, sigma, low=0.55, high=0.85):
    """Closes the gaps where strands lie densely: inside a mass of hair nothing shines through."""
    density = cv2.GaussianBlur(alpha, (0, 0), sigma)
    closed = np.clip((density - low) / (high - low), 0, 1)
    return 1 - (1 - alpha) * (1 - closed)
