"""The random changes of `data.augmentation` for batches on a device: a number for each image, or none."""

import math

import numpy as np
from keras import ops

FREQUENCIES, PLACES = np.mgrid[:8, :8]
DCT = np.sqrt(np.where(FREQUENCIES == 0, 1, 2) / 8) * np.cos((2 * PLACES + 1) * FREQUENCIES * np.pi / 16)
DCT = DCT.astype(np.float32)
# The tables of JPEG's Annex K, for a quality of 50.
LUMINANCE = np.array(
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ],
    np.float32,
)
CHROMINANCE = np.full((8, 8), 99, np.float32)
CHROMINANCE[:4, :4] = [[17, 18, 24, 47], [18, 21, 26, 66], [24, 26, 56, 99], [47, 66, 99, 99]]
TO_YCC = ((0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))
FROM_YCC = ((1.0, 0.0, 1.402), (1.0, -0.344136, -0.714136), (1.0, 1.772, 0.0))


def per_image(values):
    """Give numbers of shape `(B,)` the shape `(B, 1, 1, 1)`."""
    return ops.reshape(values, (-1, 1, 1, 1))


def change_colours(rgb, hue, saturation, value, gamma, balance):
    """Change hue, saturation, brightness, contrast and the balance of the colours.

    Args:
        rgb: float32 tensor of shape `(B, H, W, 3)` in [0, 1].
        hue: float32 tensor of shape `(B,)`, degrees; 0 changes nothing.
        saturation: likewise, a factor; 1 changes nothing.
        value: likewise, a factor of HSV's value.
        gamma: likewise, an exponent.
        balance: float32 tensor of shape `(B, 3)`, factors.

    Returns:
        float32 tensor of the same shape in [0, 1].

    Source: Li & Lu, AAAI 2020 (HSV); Hou & Liu, ICCV 2019 (gamma).
    """
    red, green, blue = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    largest, least = ops.max(rgb, axis=-1), ops.min(rgb, axis=-1)
    spread = largest - least
    divisor = ops.where(spread > 0, spread, 1.0)
    angle = ops.where(
        largest == red,
        (green - blue) / divisor,
        ops.where(largest == green, 2.0 + (blue - red) / divisor, 4.0 + (red - green) / divisor),
    )  # in sixths of the circle
    angle = angle + hue[:, None, None] / 60.0
    saturated = spread / ops.where(largest > 0, largest, 1.0) * saturation[:, None, None]
    chroma = ops.minimum(saturated, 1.0)
    lightness = ops.minimum(largest * value[:, None, None], 1.0)
    channels = []
    for offset in (5.0, 3.0, 1.0):  # red, green and blue fall away from their own angle
        position = ops.mod(angle + offset, 6.0)
        slope = ops.clip(ops.minimum(position, 4.0 - position), 0.0, 1.0)
        channels.append(lightness * (1.0 - chroma * slope))
    changed = ops.power(ops.maximum(ops.stack(channels, axis=-1), 1e-8), per_image(gamma))
    return ops.clip(changed * balance[:, None, None], 0.0, 1.0)


def blur(images, deviations, largest):
    """Blur each image by a Gaussian of its own.

    Args:
        images: float32 tensor of shape `(B, H, W, C)`.
        deviations: float32 tensor of shape `(B,)`, standard deviations in pixels; 0 changes nothing.
        largest: float, the largest of them.

    Returns:
        float32 tensor of the same shape.
    """
    radius = math.ceil(4 * largest)
    offsets = np.arange(-radius, radius + 1, dtype=np.float32)
    kernels = ops.exp(-0.5 * ops.square(1.0 / ops.maximum(deviations, 1e-3)[:, None] * offsets))
    kernels = kernels / ops.sum(kernels, axis=1, keepdims=True)
    for axis in (1, 2):
        length = ops.shape(images)[axis]
        padding = [[0, 0], [0, 0], [0, 0], [0, 0]]
        padding[axis] = [radius, radius]
        padded = ops.pad(images, padding, mode="reflect")
        images = sum(
            per_image(kernels[:, tap])
            * (padded[:, tap : tap + length] if axis == 1 else padded[:, :, tap : tap + length])
            for tap in range(2 * radius + 1)
        )
    return images


def compress(images, qualities):
    """Quantize images as JPEG does, with the colours at half the size (4:2:0).

    Args:
        images: float32 tensor of shape `(B, S, S, 3)` in [0, 1]; `S` is a multiple of 16.
        qualities: float32 tensor of shape `(B,)`, 1 to 100.

    Returns:
        float32 tensor of the same shape in [0, 1].

    Source: ITU-T T.81 (JPEG), Annex K; libjpeg's scaling of its tables.
    """
    scale = ops.floor(ops.where(qualities < 50, 5000.0 / qualities, 200.0 - 2.0 * qualities))
    ycc = _mixed(ops.round(images * 255.0), TO_YCC)
    luminance = _quantized(ops.round(ycc[..., 0]) - 128.0, LUMINANCE, scale) + 128.0
    chrominance = [_doubled(_quantized(_halved(ycc[..., channel]), CHROMINANCE, scale)) for channel in (1, 2)]
    restored = ops.stack([ops.clip(ops.round(luminance), 0.0, 255.0), *map(ops.round, chrominance)], axis=-1)
    return ops.round(ops.clip(_mixed(restored, FROM_YCC), 0.0, 255.0)) / 255.0


def _mixed(colours, matrix):
    """Apply a matrix to colours, channel by channel: a product of matrices may be computed in fewer bits."""
    return ops.stack([sum(colours[..., i] * row[i] for i in range(3)) for row in matrix], axis=-1)


def _quantized(plane, table, scale):
    """Round the frequencies of 8 x 8 blocks of a `(B, H, W)` plane to multiples of a table's numbers."""
    height, width = ops.shape(plane)[1:3]
    table = ops.clip(ops.floor((scale[:, None, None] * table + 50.0) / 100.0), 1.0, 255.0)[:, None, None]
    blocks = ops.transpose(ops.reshape(plane, (-1, height // 8, 8, width // 8, 8)), (0, 1, 3, 2, 4))
    frequencies = ops.matmul(ops.matmul(DCT, blocks), DCT.T)
    frequencies = ops.round(frequencies / table) * table
    blocks = ops.matmul(ops.matmul(DCT.T, frequencies), DCT)
    return ops.reshape(ops.transpose(blocks, (0, 1, 3, 2, 4)), (-1, height, width))


def _halved(plane):
    height, width = ops.shape(plane)[1:3]
    return ops.mean(ops.reshape(plane, (-1, height // 2, 2, width // 2, 2)), axis=(2, 4))


def _doubled(plane):
    """Enlarge a `(B, H, W)` plane as decoders do: three quarters of the nearest, a quarter of the next."""
    for axis in (1, 2):
        count = ops.shape(plane)[axis]
        nearer = ops.take(plane, np.repeat(np.arange(count), 2), axis=axis)
        next_one = np.clip(np.arange(2 * count) // 2 + np.tile([-1, 1], count), 0, count - 1)
        plane = 0.75 * nearer + 0.25 * ops.take(plane, next_one, axis=axis)
    return plane
