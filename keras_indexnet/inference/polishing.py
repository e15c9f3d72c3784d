import math
import os
import sys
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout
from fractions import Fraction
from itertools import chain, count
from threading import Lock

import cv2
import numpy as np

from keras_indexnet.data.ranges import eight_bit_range, unit_alpha_of
from keras_indexnet.data.trimap import UNKNOWN, alpha_with_known_pixels
from keras_indexnet.inference.guided_filter import guided_upsampling
from keras_indexnet.inference.inputs import checked_pair
from keras_indexnet.inference.tiles import even_tiles
from keras_indexnet.optional import required

EPSILON = 1e-7  # of the Laplacian: what is added to the variance of colours in [0, 1]
TOLERANCE = 1e-5  # of the solution: residual over right-hand side
# The system is solved for a smaller photograph: a little smaller loses nothing but time and noise, and more
# than 3 megapixels of detail are rare (docs/experiments/polishing.md).
LEAST_SHRINKINGS = Fraction(5, 4), Fraction(3, 2)  # then 2, 3, ...
SOLVED_PIXELS = 3_000_000
SOLVED_SHARE = 0.2  # of the photograph, in unknown pixels: solving more would take longer than the network
# In pixels of the smaller photograph.
SIDE = 384  # of a tile
OVERLAP = 48  # of neighbours
CONTEXT = 6  # around unknown pixels: two windows, and what enlarging needs
BLOCK = 16  # pixels of the photograph itself, the side of a block whose noise is estimated

NOT_POLISHED = "The matte is the network's own."  # before the reason

# How far colours are, in 8-bit levels, from the line through black near which most of them lie: 0 in a grey or
# sepia photograph, up to 3 after JPEG, 11 or more in those in colour that were tried. Without hues foreground
# and background mix to a grey that their textures have, too, and polishing is worse than the network
# (docs/use/polishing.md).
LEAST_SPREAD = 4.0
NOT_COLOURED = (
    "The matte is the network's own: the photograph is grey, so that its colours cannot decide; "
    "--polish polishes it all the same."
)
_one_at_a_time = Lock()


class UnpolishedWarning(UserWarning):
    """A part of a matte could not be polished."""


def polish_alpha(
    image: np.ndarray, trimap: np.ndarray, alpha: np.ndarray, *, progress: Callable | None = None
) -> np.ndarray:
    """Polish an alpha matte by the photograph's colours: the network proposes, the picture decides.

    The network knows what is hair, the matting Laplacian `L` knows which pixels beside each other are mixed of
    the same two colours. Both together, for the unknown pixels (those that are known keep the trimap's value):

        (L + diag(w)) x = diag(w) a,    w = (0.0003 + 0.01 |2 a - 1|^32) (1 + (noise / 1.5)^2)

    where `a` is the network's alpha, which counts more where it is sure and where the photograph is noisy, and
    `x` the polished one, whose values from 0.005 to 0.995 become those from 0 to 1. Time and memory follow the
    unknown region. The same arguments give the same matte, on one core or many.

    Args:
        image: array of shape `(H, W, 3)`, RGB: uint8, uint16, or float in [0, 1].
        trimap: uint8 array of shape `(H, W)`: 0 background, 128 unknown, 255 foreground.
        alpha: array of shape `(H, W)`: uint8, uint16, or float in [0, 1], of any network.
        progress: function that takes the list of tiles and yields them, such as `tqdm.tqdm`. None: nothing is
            shown.

    Returns:
        float32 array of shape `(H, W)` in [0, 1]. Where no solution is found, which is warned of, it is the
        network's alpha.

    Raises:
        ImportError: if PyMatting is not installed (extra `foreground`).
        ValueError: if image, trimap and alpha are not of one size, or a dtype or a range is none
            of these.

    Example:

    ```python
    alpha = keras_indexnet.predict_alpha(model, image, trimap)
    alpha = inference.polish_alpha(image, trimap, alpha)
    ```

    Source: Levin et al., "A closed-form solution to natural image matting", TPAMI 2008, where strokes stand
    for `a`; solved with PyMatting (Germer et al., JOSS 2020). It is solved for a smaller photograph, and
    carried over as in He and Sun, "Fast guided filter", arXiv:1505.00996.
    """
    image, trimap = checked_pair(image, trimap)
    alpha = unit_alpha_of(image, alpha)
    check_pymatting()
    alpha = alpha_with_known_pixels(alpha, trimap)
    if not (trimap == UNKNOWN).any():
        return alpha
    shrinking = shrinking_of(trimap)
    noise = noise_level(image)
    side, overlap, context = (int(length * shrinking) for length in (SIDE, OVERLAP, CONTEXT))
    tiles = even_tiles(trimap, side, overlap, context, multiple=shrinking.numerator)

    def polished_tile(tile):
        return _polished(image[tile.area], trimap[tile.area], alpha[tile.area], shrinking, noise)

    polished, weights = np.zeros((2, *trimap.shape), np.float32)
    # PyMatting prints remarks about its preconditioner, and Python has one standard output for all threads.
    with _one_at_a_time, redirect_stdout(sys.stderr):
        pool = ThreadPoolExecutor(min(len(tiles), os.cpu_count() or 1))
        try:
            solutions = pool.map(polished_tile, tiles)
            for tile, solution in zip(tiles if progress is None else progress(tiles), solutions, strict=True):
                polished[tile.area] += tile.weights * solution
                weights[tile.area] += tile.weights
        finally:
            pool.shutdown(cancel_futures=True)  # after Ctrl-C those that are not begun are not
    np.divide(polished, weights, out=polished, where=weights > 0)
    return alpha_with_known_pixels(polished, trimap)


def shrinking_of(trimap):
    """Return by how much a photograph is shrunk, a `Fraction`: as little as time and its detail allow."""
    unknown = np.count_nonzero(trimap == UNKNOWN)
    pixels = max(trimap.size / SOLVED_PIXELS, unknown / (SOLVED_SHARE * trimap.size))
    return next(factor for factor in chain(LEAST_SHRINKINGS, map(Fraction, count(2))) if factor**2 >= pixels)


def why_not_to_polish(image: np.ndarray, trimap: np.ndarray) -> str | None:
    """Return why a matte had better stay the network's where nobody asked for one or the other.

    Args:
        image: array of shape `(H, W, 3)`, RGB: uint8, uint16, or float in [0, 1].
        trimap: uint8 array of shape `(H, W)`.

    Returns:
        A sentence, or None if polishing is possible and helps.

    Raises:
        ValueError: if image or trimap are none of these, or not of one size.
    """
    image, trimap = checked_pair(image, trimap)
    unknown = trimap == UNKNOWN
    if unknown.any() and _spread_of_hues(image[unknown]) < LEAST_SPREAD:
        return NOT_COLOURED
    try:
        check_pymatting()
    except ImportError as error:
        return f"{NOT_POLISHED} {error}"
    return None


def _spread_of_hues(colours):
    colours = eight_bit_range(colours[:: -(-len(colours) // 100_000)])  # more of them say the same
    moments = colours.T @ colours.astype(np.float64) / len(colours)
    return math.sqrt(max(0.0, np.linalg.eigvalsh(moments)[1]))  # of three, in ascending order


def check_pymatting():
    """Raise an ImportError that says why, unless PyMatting can be imported."""
    required("pymatting", "Polishing", "keras_indexnet[foreground]")


def _polished(image, trimap, alpha, shrinking, noise):
    """Polish a tile: solve for the shrunk photograph, and carry the solution over to the large one."""
    image = eight_bit_range(image) / np.float32(255)
    size = [max(1, round(length / shrinking)) for length in trimap.shape[::-1]]
    small_image, small_alpha, known = (
        cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        for picture in (image, alpha, (trimap != UNKNOWN).astype(np.float32))
    )
    try:
        small_alpha = _solution(small_image, small_alpha, known == 1, noise)
    except (ValueError, ZeroDivisionError) as error:  # no preconditioner, no convergence, or a singular window
        warnings.warn(
            f"A part of the matte is the network's own, since no better one was found: {error}.",
            UnpolishedWarning,
            stacklevel=2,
        )
        return alpha
    # What a network is surest of it calls 0.005 and 0.995, and the solution agrees.
    return (guided_upsampling(small_alpha, small_image, image) - 0.005) / 0.99


def _solution(image, alpha, known, noise):
    """Solve (L + diag(w)) x = diag(w) a for the unknown pixels; those that are known keep their alpha."""
    import scipy.sparse
    from pymatting import cf_laplacian, cg, ichol

    laplacian = cf_laplacian(image.astype(np.float64), EPSILON, is_known=known)
    a = alpha.ravel().astype(np.float64)
    unknown, known = np.flatnonzero(~known), np.flatnonzero(known)
    rows = laplacian[unknown]
    w = trust(a[unknown], noise)
    system = (rows[:, unknown] + scipy.sparse.diags(w)).tocsc()
    right = w * a[unknown] - rows[:, known] @ a[known]
    # Its factor has 40 to 115 numbers a row; PyMatting would reserve 4 GB for any.
    preconditioner = ichol(system, max_nnz=max(1000, 300 * len(unknown)))
    x = a.copy()
    x[unknown] = cg(system, right, a[unknown], rtol=TOLERANCE, maxiter=500, M=preconditioner)
    return x.reshape(alpha.shape).astype(np.float32)


def trust(alpha, noise):
    """Return how much the network's alpha counts: more where it is nearly 0 or 1, and in a noisy photograph."""
    return (0.0003 + 0.01 * np.abs(2.0 * alpha - 1.0) ** 32) * (1.0 + (noise / 1.5) ** 2)


def noise_level(image):
    """Estimate the noise of a photograph where it is smoothest, which is where noise is all that there is.

    Args:
        image: array of shape `(H, W, 3)`, RGB: uint8, uint16, or float in [0, 1].

    Returns:
        float, standard deviation in 8-bit levels; 0 of a photograph of fewer than 16 x 16 pixels.
    """
    rows, columns = (length // BLOCK for length in image.shape[:2])
    blocks = image[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, columns, BLOCK, 3).swapaxes(1, 2)
    step = max(1, math.isqrt(rows * columns) // 64)  # some 4000 blocks of a large photograph say the same
    blocks = eight_bit_range(blocks[::step, ::step].reshape(-1, BLOCK, BLOCK, 3))
    if len(blocks) == 0:
        return 0.0
    # Slopes cancel in the difference of two diagonals.
    differences = blocks[:, ::2, ::2] - blocks[:, ::2, 1::2] - blocks[:, 1::2, ::2] + blocks[:, 1::2, 1::2]
    deviations = np.sqrt(np.square(differences / 2).mean(axis=(1, 2, 3)))
    return float(np.percentile(deviations, 10))
