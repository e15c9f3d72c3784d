import os
import warnings
from functools import lru_cache

import numpy as np
from PIL import Image

from keras_indexnet import data, inference
from keras_indexnet.cutting_out.backgrounds import lay_over, read_background
from keras_indexnet.cutting_out.trimap_making import make_trimap
from keras_indexnet.inference.compositing import foreground_or_image
from keras_indexnet.paths import Picture, StrPath


class CutoutWarning(UserWarning):
    """Something about what `cutout` was given was changed, is unlikely to be meant, or could not be done."""


def cutout(
    photo: Picture | np.ndarray,
    trimap: Picture | np.ndarray | None = None,
    mask: Picture | np.ndarray | None = None,
    box: str | tuple[int, int, int, int] | None = None,
    strokes: Picture | np.ndarray | None = None,
    preset: StrPath = "indexnet_base",
    background=None,
    *,
    width: float | tuple[float, float] = 0.02,
    auto: str | None = None,
    auto_model: StrPath | None = None,
) -> np.ndarray | Image.Image:
    """Cut the subject out of a photograph.

    A trimap, a mask, a box or strokes say where it is; without any of them it is selected automatically (extra
    `auto`). Pictures are files, by their names or opened, what Pillow has opened, or arrays.

    Args:
        photo: the photograph; as an array of shape `(H, W, 3)`, RGB: uint8, uint16, or float in [0, 1].
        trimap: black in the background, white in the foreground, grey where alpha is unknown. An array has the
            shape `(H, W)`.
        mask: white in the foreground, rough or soft; a cut-out is one, too. An array has the shape `(H, W)`:
            bool, uint8, uint16, or float in [0, 1].
        box: `(x, y, width, height)` in pixels, or str such as `"10%,5%,80%,90%"`: around the subject.
        strokes: white on the foreground, black on the background, anything between means nothing; alone, or
            to correct what comes of the others. An array has the shape `(H, W)`.
        preset: name of a preset, or a file, as for `inference.open_model`. It stays open for the next call.
        background: None for a cut-out, or what it is laid over: the name of a colour, 3 numbers in 0..255, a
            picture, `"blur"` or `"checkerboard"`.
        width: of the unknown region, as for `data.trimap_from_mask`, where there is no trimap.
        auto: the model of the automatic selection, as for `inference.select_subject`. None: u2net.
        auto_model: an ONNX file of that model, so that nothing is fetched.

    Returns:
        uint8 array of shape `(H, W, 4)`, RGBA with straight alpha; `(H, W, 3)` over a background. A
        `PIL.Image.Image` if the photograph is one.

    Raises:
        ValueError: if a picture cannot be read or does not fit, or there are several sources of a trimap.
        ImportError: if there is none, and no extra `auto`.

    Example:

    ```python
    rgba = keras_indexnet.cutout("cat.jpg")
    cat = keras_indexnet.cutout(Image.open("cat.jpg"), box="10%,5%,80%,90%", background="white")
    cat.save("cat_on_white.jpg")
    ```
    """
    image = photo if isinstance(photo, np.ndarray) else data.read_image(photo)
    background = read_background(background)
    known, notes = make_trimap(image, trimap, mask, box, strokes, width, auto, auto_model)
    name = os.fspath(preset)
    network = _opened(name, os.path.getmtime(name) if os.path.exists(name) else None)
    unpolished = inference.why_not_to_polish(image, known)
    alpha = inference.predict_alpha(network, image, known, polish=unpolished is None)
    foreground, not_estimated = foreground_or_image(image, alpha)
    for note in (*notes, not_estimated):
        if note is not None:
            warnings.warn(CutoutWarning(note), stacklevel=2)
    if background is None:
        result = inference.cutout(foreground, alpha)
    else:
        result = lay_over(background, image, foreground, alpha)
    return Image.fromarray(result) if isinstance(photo, Image.Image) else result


@lru_cache(maxsize=2)
def _opened(name, changed):
    """Open a network, anew if its file was changed since."""
    return inference.open_model(name)
