"""Pictures for people: results side by side."""

import cv2
import keras
import numpy as np
from keras import ops

from keras_indexnet.inference import network_input, place_over


def side_by_side(images, titles, height=480):
    """Put images next to each other, each with a title above it.

    Args:
        images: list of uint8 arrays of one height and width, `(H, W)` or `(H, W, 3)` RGB.
        titles: list of str, one for each image.
        height: int, of the images in the result, in pixels.

    Returns:
        uint8 array of shape `(H', W', 3)`, RGB.
    """
    panels = [_panel(image, title, height) for image, title in zip(images, titles, strict=True)]
    return np.hstack(panels)


def below_each_other(rows):
    """Put rows of images below each other, with white to the right of the narrower ones.

    Args:
        rows: list of uint8 arrays of shape `(H, W, 3)`.

    Returns:
        uint8 array of shape `(H', W', 3)`.
    """
    width = max(row.shape[1] for row in rows)
    return np.vstack(
        [np.pad(row, ((0, 0), (0, width - row.shape[1]), (0, 0)), constant_values=255) for row in rows]
    )


def index_map(network, image, trimap, stage=0):
    """Show the decoder index of a stage, which says where the decoder puts what it enlarges.

    Args:
        network: `MattingNetwork`.
        image: uint8 array of shape `(H, W, 3)`, RGB.
        trimap: uint8 array of shape `(H, W)`.
        stage: int, of the encoder; 0 has the full resolution.

    Returns:
        uint8 array of shape `(H, W)`, the mean over the channels, stretched from its least to its greatest
        value, or None if the network has no index at this stage.

    Source: Lu et al., ICCV 2019, sec. 4.
    """
    blocks = [layer for layer in network.layers if layer.name == f"index_{stage}"]
    if not blocks:
        return None
    _, decoder_index = blocks[0].output
    inputs = network_input(image, trimap, network.output_stride)
    index = keras.Model(network.inputs[0], ops.depth_to_space(decoder_index, 2))(inputs[np.newaxis])
    index = ops.convert_to_numpy(index)[0].astype(np.float32).mean(axis=-1)
    index = cv2.resize(index, trimap.shape[::-1], interpolation=cv2.INTER_AREA)
    return cv2.normalize(index, None, 0, 255, cv2.NORM_MINMAX, cv2.CV_8U)


def over_checkerboard(image, alpha, square=16):
    """Show a cut-out over the grey squares that stand for transparency.

    Args:
        image: uint8 array of shape `(H, W, 3)`, foreground colours.
        alpha: float array of shape `(H, W)` in [0, 1].
        square: int, side of a square in pixels.

    Returns:
        uint8 array of shape `(H, W, 3)`.
    """
    rows, columns = np.indices(alpha.shape) // square
    board = np.where((rows + columns) % 2, 200, 240).astype(np.uint8)
    return place_over(image, alpha, cv2.cvtColor(board, cv2.COLOR_GRAY2RGB))


def _panel(image, title, height):
    if image.ndim == 2:
        image = cv2.cvtColor(image, cv2.COLOR_GRAY2RGB)
    width = round(image.shape[1] * height / image.shape[0])
    image = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    caption = np.full((32, width, 3), 255, np.uint8)
    cv2.putText(caption, title, (6, 22), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (0, 0, 0), 1, cv2.LINE_AA)
    panel = np.vstack([caption, image])
    return cv2.copyMakeBorder(panel, 0, 4, 4, 4, cv2.BORDER_CONSTANT, value=(255, 255, 255))
