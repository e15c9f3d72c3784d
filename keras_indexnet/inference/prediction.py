import math
import sys
from collections.abc import Callable, Iterable

import cv2
import keras
import numpy as np

from keras_indexnet.data.trimap import FOREGROUND, UNKNOWN, alpha_with_known_pixels
from keras_indexnet.errors import IndexNetError
from keras_indexnet.export.runtimes import Runtime
from keras_indexnet.given_numbers import number, whole_number
from keras_indexnet.inference.inputs import checked_pair, enlarged, magnified, stacked
from keras_indexnet.inference.polishing import check_pymatting, polish_alpha
from keras_indexnet.inference.runner import runner_of
from keras_indexnet.inference.tiles import tiles_of

MAX_PIXELS = 1_500_000  # 1.5 GB beyond what TensorFlow and the photograph take (docs/use/large_photographs.md)
LARGEST_SCALE = 4  # more shows the network nothing but blur


def predict_alpha(
    model: keras.Model | Runtime | Callable,
    image: np.ndarray,
    trimap: np.ndarray,
    *,
    flip: bool = False,
    scales: float | Iterable[float] = (1.0,),
    polish: bool = False,
    max_pixels: int = MAX_PIXELS,
    progress: Callable | None = None,
) -> np.ndarray:
    """Predict the alpha matte of a photograph of any size, in bounded memory.

    The photograph and the trimap are enlarged to a multiple of the network's output stride, its alpha is
    brought back and clipped, and known pixels take the trimap's value. Of a photograph of more than
    `max_pixels`, only the unknown region and its surroundings are computed, in overlapping tiles.

    Args:
        model: a matting network, what `open_model` returns, or a function that maps `(1, H, W, 4)` to
            `(1, H, W, 1)` like it and takes the argument `training`. One of a fixed size always computes tiles
            of that size.
        image: array of shape `(H, W, 3)`, RGB: uint8, uint16, or float in [0, 1].
        trimap: array of shape `(H, W)`: 0 background, 128 unknown, 255 foreground. Others, such as soft edges
            or JPEG leave, are read as `data.standardize_trimap` reads them, with a warning.
        flip: bool, whether to average with the matte of the mirrored photograph: a little better, and twice
            the time.
        scales: one number or several from 1 to 4, by which the photograph is magnified for each of the mattes
            that are averaged. `(1.0, 1.5)` is better at leaves and single hairs, and takes three times as long.
        polish: bool, whether the colours of the photograph have the last word (`polish_alpha`, extra
            `foreground`): a quarter fewer errors.
        max_pixels: int, the largest photograph or tile that the network is given at once. Fewer take less
            memory, and more time.
        progress: function that takes the list of tiles and yields them, such as `tqdm.tqdm`, to show how far
            it is; called for each scale, and to polish a large photograph. None: nothing is shown.

    Returns:
        float32 array of shape `(H, W)` in [0, 1].

    Raises:
        ValueError: if the image is not `(H, W, 3)` of one of these types, or leaves [0, 1]; if the trimap has
            another size or cannot be one; or if a scale is not from 1 to 4.
        ImportError: if it is to be polished and PyMatting is not installed.

    Example:

    ```python
    model = keras_indexnet.models.matting_model("m2o_nonlinear_context", weights="indexnet_base")
    alpha = keras_indexnet.predict_alpha(model, image, trimap)
    ```

    Source: Lu et al., ICCV 2019, sec. 5.1.
    """
    image, trimap = checked_pair(image, trimap)
    max_pixels = _checked_limit(max_pixels)
    factors = checked_scales(scales)
    if polish:
        check_pymatting()  # before the network computes
    if not (trimap == UNKNOWN).any():  # nothing to predict
        return alpha_with_known_pixels(trimap / np.float32(FOREGROUND), trimap)
    runner = runner_of(model)
    alpha = np.zeros(trimap.shape, np.float32)
    for scale in factors:
        inputs = enlarged(*magnified(image, trimap, scale), runner.multiple)
        scaled_alpha = _tiled(runner, *inputs, flip, max_pixels, progress)
        if scaled_alpha.shape != trimap.shape:
            kernel = cv2.INTER_CUBIC if scale == 1 else cv2.INTER_AREA
            scaled_alpha = cv2.resize(scaled_alpha, trimap.shape[::-1], interpolation=kernel)
        alpha += scaled_alpha / len(factors)
    alpha = alpha_with_known_pixels(alpha, trimap)
    if polish:  # without showing how far it is if the network was done at once: it takes no longer
        return polish_alpha(image, trimap, alpha, progress=progress if trimap.size > max_pixels else None)
    return alpha


def _tiled(runner, image, trimap, flip, max_pixels, progress):
    tiles = tiles_of(trimap, max_pixels, runner.multiple, runner.size)
    alpha, weights = np.zeros((2, *trimap.shape), np.float32)
    for tile in tiles if progress is None else progress(tiles):
        inputs = stacked(image[tile.area], trimap[tile.area])
        alpha[tile.area] += tile.weights * _predicted(runner, inputs, flip)
        weights[tile.area] += tile.weights
    return np.divide(alpha, weights, out=alpha, where=weights > 0)


def _predicted(runner, inputs, flip):
    height, width, _ = inputs.shape
    missing = [max(0, (side or 0) - length) for side, length in zip(runner.size, (height, width), strict=True)]
    inputs = np.pad(inputs, [(0, missing[0]), (0, missing[1]), (0, 0)], mode="symmetric")
    alpha = runner.run(inputs[np.newaxis])[0, :, :, 0]
    if not np.isfinite(alpha).all():
        raise IndexNetError(
            "The network's alpha is not finite: its weights hold NaN, or numbers that are too large."
        )
    if flip:
        mirrored = np.ascontiguousarray(inputs[np.newaxis, :, ::-1])
        alpha = (alpha + runner.run(mirrored)[0, :, ::-1, 0]) / 2.0
    return alpha[:height, :width].astype(np.float32)


def checked_scales(scales):
    """Return the scales of `predict_alpha`, one number or several, as a tuple."""
    given = tuple(scales) if np.iterable(scales) and not isinstance(scales, str) else (scales,)
    name = f"Scales are one or more numbers from 1 to {LARGEST_SCALE}, such as 1 and 1.5: each"
    if not given:
        raise IndexNetError(f"{name} is a number, and there is none.")
    return tuple(number(scale, name, least=1, most=LARGEST_SCALE) for scale in given)


def _checked_limit(max_pixels):
    if isinstance(max_pixels, float) and max_pixels == math.inf:
        return sys.maxsize  # all at once, whatever it takes
    return whole_number(max_pixels, "max_pixels")
