"""Which part of a photograph is its subject, by a segmentation network of rembg's (Gatis, MIT)."""

import os
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from keras_indexnet.data.ranges import eight_bit_colours
from keras_indexnet.data.trimap import BACKGROUND, FOREGROUND, UNKNOWN
from keras_indexnet.errors import IndexNetError
from keras_indexnet.optional import first_line, required
from keras_indexnet.paths import StrPath

SELECTING_MODEL = "u2net"  # Apache-2.0, as rembg's own default is not
# Of 255: such networks are seldom quite sure, and what they are not sure of is left to the matte.
LEAST_SURE, MOST_ABSENT = 217, 38
PURPOSE = "Without a trimap, a --mask, a --box or --strokes the subject is selected automatically, which"
OTHER_WAYS = "try another model, or give a trimap, a mask, a box or strokes"
LEAST_PART = 0.02  # of the largest part, in pixels: smaller ones are specks


def select_subject(image: np.ndarray, model: str = SELECTING_MODEL, file: StrPath | None = None) -> np.ndarray:
    """Select the subject of a photograph with a segmentation network, for `data.trimap_from_mask`.

    rembg (extra `auto`) runs it, and fetches its weights when a model is used for the first time.

    Args:
        image: array of shape `(H, W, 3)`, RGB: uint8, uint16, or float in [0, 1].
        model: str, one of rembg's models, such as `u2net`, `isnet-general-use` or `birefnet-general`. Each has
            a licence of its own.
        file: str or path, an ONNX file of that model, so that nothing is fetched. Any network will do that
            takes what the model takes: for `u2net`, float32 of shape `(1, 3, 320, 320)`, RGB in [0, 1] less
            `(0.485, 0.456, 0.406)`, over `(0.229, 0.224, 0.225)`. Its first output, `(1, 1, H', W')`, is higher
            where there is the subject.

    Returns:
        uint8 array of shape `(H, W)`: 255 for the subject, 0 for the rest, 128 where the network is not sure.

    Raises:
        ValueError: if there is no such model or file, it cannot be fetched, opened or run, or finds no subject.
        ImportError: if rembg is not installed.

    Example:

    ```python
    trimap = data.trimap_from_mask(inference.select_subject(image))
    ```
    """
    image = eight_bit_colours(image)
    session = open_selecting_model(model, None if file is None else os.fspath(file))
    try:
        with np.errstate(invalid="ignore"):  # rembg divides by the range of the output, which may be constant
            masks = session.predict(Image.fromarray(image))
    except Exception as error:  # onnxruntime has its own, and so has every model
        raise IndexNetError(
            f"{file or model} does not run as {model} does (--auto names the model that a file is of): "
            f"{first_line(error)}."
        ) from error
    return _without_specks(np.max([np.asarray(mask.convert("L")) for mask in masks], axis=0))


@lru_cache(maxsize=1)
def open_selecting_model(model, file=None):
    """Open what `select_subject` runs, and fetch it if need be.

    Args:
        model: str.
        file: str or None.

    Returns:
        A session of rembg's.
    """
    for module in ("onnxruntime", "rembg"):  # without the first, rembg ends the program
        required(module, PURPOSE, "keras_indexnet[auto]")
    import onnxruntime
    from rembg.sessions import sessions

    if model not in sessions:
        raise IndexNetError(f"rembg has no model {model!r}; it has {', '.join(sessions)}.")
    kind = sessions[model]
    if file is None:
        paths = {}
    elif Path(file).is_file():
        paths = {"model_path": file}  # which some models ask for
        kind = type(kind.__name__, (kind,), {"download_models": lambda *_, **__: file})
    else:
        raise IndexNetError(f"There is no file {file}.")
    try:
        return kind(model, onnxruntime.SessionOptions(), **paths)
    except OSError as error:  # what requests raises is one, too
        raise IndexNetError(
            f"{model} cannot be fetched ({error.strerror or type(error).__name__}): fetch it where there is a "
            "network, and name its file with --auto-model (in Python, auto_model)."
        ) from error
    except Exception as error:
        raise IndexNetError(f"{file or model} cannot be opened as {model} is: {first_line(error)}.") from error


def _without_specks(mask):
    sure = mask >= LEAST_SURE
    count, parts = cv2.connectedComponents((mask > MOST_ABSENT).astype(np.uint8))
    sizes = np.bincount(parts[sure], minlength=count)
    if not sizes.any():
        raise IndexNetError(f"No subject was found in the photograph: {OTHER_WAYS}.")
    kept = (sizes > 0) & (sizes >= LEAST_PART * sizes.max())
    selected = np.where(sure, FOREGROUND, np.where(mask > MOST_ABSENT, UNKNOWN, BACKGROUND)).astype(np.uint8)
    selected[~kept[parts]] = BACKGROUND
    if not (selected == BACKGROUND).any():
        raise IndexNetError(f"The whole photograph was taken for the subject: {OTHER_WAYS}.")
    return selected
