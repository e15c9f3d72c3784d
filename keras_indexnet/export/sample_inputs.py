"""What a file is compared on, and what the ranges of its activations are learned from."""

from typing import NamedTuple

import cv2
import numpy as np

from keras_indexnet.data import Photograph, drawn_photograph
from keras_indexnet.data.trimap import UNKNOWN

FREE_SIZES = ((320, 320), (512, 384))  # that a file of free size is run at
COMPARED = ("hair", "fur", "lace", "smoke")  # kinds of drawn photographs
CALIBRATED = ("hair", "fur", "smoke", "lace", "glass", "leaves", "web", "defocused")


class Sample(NamedTuple):
    """A batch of inputs, and the photograph at their size if the model is a matting network."""

    inputs: np.ndarray  # (B, H, W, C), as the graph takes it
    photograph: Photograph | None


def comparison_samples(graph, photographs):
    """Yield what to compare on: photographs at the graph's size.

    A photograph is resized to a fixed size. Where the size is free, it keeps its own, enlarged to multiples of
    the output stride, and drawn ones have two sizes. Where the batch is not 1, it is repeated.

    Args:
        graph: `InferenceGraph`.
        photographs: iterable of `data.Photograph`, or None: drawn ones.

    Yields:
        `Sample`.
    """
    for number, photograph in enumerate(_drawn(graph, COMPARED, 0) if photographs is None else photographs):
        yield _sample(graph, photograph, None if photographs is not None else FREE_SIZES[number % 2])


def calibration_inputs(graph, photographs):
    """Yield batches to learn the ranges of activations from: whole photographs, and crops of them.

    Args:
        graph: `InferenceGraph` of fixed size.
        photographs: iterable of `data.Photograph`, or None: drawn ones.

    Yields:
        Array of the graph's shape and type.
    """
    for photograph in _drawn(graph, CALIBRATED, 1) if photographs is None else photographs:
        yield _sample(graph, photograph, None).inputs
        crop = _crop_of_unknown(photograph, graph.shape[1:3])
        if crop is not None:
            yield _sample(graph, crop, None).inputs


def _drawn(graph, kinds, seed):
    side = max(graph.shape[1] or FREE_SIZES[0][0], graph.shape[2] or FREE_SIZES[0][1])
    return (drawn_photograph(seed, side, kind) for kind in kinds)


def _sample(graph, photograph, free_size):
    batch, height, width, channels = graph.shape
    own = [-(-length // graph.multiple) * graph.multiple for length in photograph.trimap.shape]
    size = tuple(fixed or free for fixed, free in zip((height, width), free_size or own, strict=True))
    resized = _resized(photograph, size)
    pixels = np.dstack([resized.image, resized.trimap]).astype(graph.dtype)
    if not graph.is_matting:  # other channels of other models: the photograph's in turn
        pixels, resized = pixels[..., np.arange(channels) % 4], None
    return Sample(np.repeat(pixels[np.newaxis], batch or 2, axis=0), resized)


def _resized(photograph, size):
    if photograph.trimap.shape == size:
        return photograph
    shrinks = photograph.trimap.size > size[0] * size[1]
    smooth = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    image, alpha = (
        cv2.resize(pixels, size[::-1], interpolation=smooth) for pixels in (photograph.image, photograph.alpha)
    )
    trimap = cv2.resize(photograph.trimap, size[::-1], interpolation=cv2.INTER_NEAREST)
    return Photograph(photograph.name, image, trimap, alpha)


def _crop_of_unknown(photograph, size):
    """Return a crop at the photograph's own resolution around its unknown region, None of a smaller one."""
    frame = photograph.trimap.shape
    unknown = np.argwhere(photograph.trimap == UNKNOWN)
    if any(length <= side for length, side in zip(frame, size, strict=True)) or not unknown.size:
        return None
    centre = unknown[len(unknown) // 2]
    top, left = (
        int(np.clip(middle - side // 2, 0, length - side))
        for middle, side, length in zip(centre, size, frame, strict=True)
    )
    rows, columns = slice(top, top + size[0]), slice(left, left + size[1])
    parts = (pixels[rows, columns] for pixels in (photograph.image, photograph.trimap, photograph.alpha))
    return Photograph(photograph.name, *parts)
