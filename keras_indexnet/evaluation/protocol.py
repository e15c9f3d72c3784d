"""How the published evaluation measures: photograph by photograph, mattes of 8 bits."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from keras_indexnet.data.image_files import eight_bit_matte
from keras_indexnet.data.photographs import Photograph
from keras_indexnet.errors import IndexNetError
from keras_indexnet.evaluation.errors import matting_errors


def evaluate_photographs(
    method: Callable[[np.ndarray, np.ndarray], np.ndarray], photographs: Iterable[Photograph]
) -> Iterator[tuple[str, dict[str, float]]]:
    """Matte photographs one after another and measure each matte as the published evaluation does.

    Mattes are rounded to 8 bits before they are measured: the published evaluation reads them from PNG files.
    That changes the connectivity error by up to half a percent, so that mattes which are measured in float
    compare with no published figure.

    Args:
        method: function from an image, uint8 of shape `(H, W, 3)`, and a trimap, uint8 of shape `(H, W)`, to
            alpha, a float array of shape `(H, W)` in [0, 1] that has the trimap's values where it is known.
        photographs: iterable of `data.Photograph`.

    Yields:
        Pairs of a photograph's name and its errors, a dict as `matting_errors` returns it.

    Raises:
        ValueError: if a photograph cannot be matted or measured; the error names it.

    Example:

    >>> from keras_indexnet.data import drawn_photograph
    >>> drawn = drawn_photograph(size=64)
    >>> for name, errors in evaluate_photographs(lambda image, trimap: drawn.alpha / 255, [drawn]):
    ...     print(name, errors["sad"])
    hair_0 0.0

    Source: Lu et al., ICCV 2019, sec. 5.1.
    """
    for photograph in photographs:
        try:
            alpha = method(photograph.image, photograph.trimap)
            errors = matting_errors(eight_bit_matte(alpha), photograph.alpha, photograph.trimap)
        except IndexNetError as error:
            raise IndexNetError(f"{photograph.name}: {error}") from error
        yield photograph.name, errors
