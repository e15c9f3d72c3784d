"""From a photograph and a trimap to an alpha matte, foreground colours and a composite."""

import cv2
import numpy as np
from keras import ops

from keras_indexnet.data.composition import composite
from keras_indexnet.data.trimap import alpha_with_known_pixels

OUTPUT_STRIDE = 32  # of a model that does not tell


def predict_alpha(model, image, trimap, flip=False):
    """Predict the alpha matte of a photograph of any size.

    The photograph and the trimap are enlarged to a multiple of the network's output stride, its alpha is
    brought back and clipped, and known pixels take the trimap's value.

    Args:
        model: a matting network, or anything that maps `(1, H, W, 4)` to `(1, H, W, 1)` like it.
        image: uint8 array of shape `(H, W, 3)`, RGB.
        trimap: uint8 array of shape `(H, W)`: 0 background, 128 unknown, 255 foreground.
        flip: bool, whether to average with the matte of the mirrored photograph: a little better, and twice
            the time.

    Returns:
        float32 array of shape `(H, W)` in [0, 1].

    Raises:
        ValueError: if the image is not `(H, W, 3)`, or the trimap has another size or other values.

    Example:

    ```python
    model = keras_indexnet.models.matting_model("m2o_nonlinear_context", weights="indexnet_base")
    alpha = keras_indexnet.predict_alpha(model, image, trimap)
    ```

    Source: Lu et al., ICCV 2019, sec. 5.1.
    """
    _check(image, trimap)
    if not (trimap == 128).any():  # nothing to predict
        return alpha_with_known_pixels(trimap / 255.0, trimap)
    height, width = trimap.shape
    inputs = network_input(image, trimap, getattr(model, "output_stride", OUTPUT_STRIDE))
    alpha = _alpha(model, inputs)
    if flip:
        alpha = (alpha + _alpha(model, inputs[:, ::-1])[:, ::-1]) / 2.0
    alpha = cv2.resize(alpha.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    return alpha_with_known_pixels(alpha, trimap)


def estimate_foreground(image, alpha):
    """Estimate the colours that the foreground has where it is mixed with the background.

    Args:
        image: uint8 array of shape `(H, W, 3)`, RGB.
        alpha: float array of shape `(H, W)` in [0, 1].

    Returns:
        uint8 array of shape `(H, W, 3)`.

    Raises:
        ImportError: if PyMatting is not installed (extra `foreground`).

    Source: Germer et al., "Fast multi-level foreground estimation", ICPR 2020, as in PyMatting.
    """
    from pymatting import estimate_foreground_ml

    foreground = estimate_foreground_ml(image / 255.0, alpha.astype(np.float64))
    return np.rint(np.clip(foreground, 0.0, 1.0) * 255.0).astype(np.uint8)


def cutout(foreground, alpha):
    """Put foreground colours and alpha together as an RGBA image with straight alpha.

    Args:
        foreground: uint8 array of shape `(H, W, 3)`.
        alpha: float array of shape `(H, W)` in [0, 1].

    Returns:
        uint8 array of shape `(H, W, 4)`.
    """
    return np.dstack([foreground, np.rint(alpha * 255.0).astype(np.uint8)])


def place_over(foreground, alpha, background):
    """Lay a foreground over a colour or an image, which is cropped and resized to fill the frame.

    Args:
        foreground: uint8 array of shape `(H, W, 3)`.
        alpha: float array of shape `(H, W)` in [0, 1].
        background: uint8 array of shape `(H', W', 3)`, or 3 numbers in 0..255.

    Returns:
        uint8 array of shape `(H, W, 3)`.
    """
    background = np.asarray(background, np.uint8)
    if background.ndim == 1:
        background = np.broadcast_to(background, foreground.shape)
    else:
        background = _filling(background, *alpha.shape)
    image = composite(alpha, foreground.astype(np.float32), background.astype(np.float32))
    return np.rint(image).astype(np.uint8)


def _filling(image, height, width):
    scale = max(height / image.shape[0], width / image.shape[1])
    size = (max(width, round(image.shape[1] * scale)), max(height, round(image.shape[0] * scale)))
    image = cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    top, left = (image.shape[0] - height) // 2, (image.shape[1] - width) // 2
    return image[top : top + height, left : left + width]


def network_input(image, trimap, multiple=OUTPUT_STRIDE):
    """Stack a photograph and a trimap, enlarged to a multiple of the network's output stride.

    Args:
        image: uint8 array of shape `(H, W, 3)`, RGB.
        trimap: uint8 array of shape `(H, W)`.
        multiple: int, of which height and width become multiples.

    Returns:
        float32 array of shape `(H', W', 4)` in 0..255.
    """
    height, width = trimap.shape
    size = (-(-width // multiple) * multiple, -(-height // multiple) * multiple)
    image = cv2.resize(image, size, interpolation=cv2.INTER_CUBIC)
    trimap = cv2.resize(trimap, size, interpolation=cv2.INTER_NEAREST)
    return np.dstack([image, trimap]).astype(np.float32)


def _alpha(model, inputs):
    return ops.convert_to_numpy(model(inputs[np.newaxis], training=False))[0, :, :, 0]


def _check(image, trimap):
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise ValueError(
            f"The image is a uint8 array of shape (H, W, 3), not {image.dtype} of shape {image.shape}."
        )
    if trimap.shape != image.shape[:2]:
        raise ValueError(
            f"The trimap has the shape {trimap.shape}, but the image has {image.shape[:2]}; "
            "they must be of one size."
        )
    if not np.isin(trimap, (0, 128, 255)).all():
        levels = np.unique(trimap)
        shown = ", ".join(str(level) for level in levels[:6]) + (", ..." if levels.size > 6 else "")
        raise ValueError(f"A trimap holds 0, 128 and 255 only, but this one holds {shown}.")
