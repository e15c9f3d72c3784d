"""Draws the sheet of `indexnet show`."""

import cv2

from keras_indexnet import data, inference, visualization

HEIGHT = 360  # of every picture on the sheet, in pixels
LONGEST = 1024  # side of a photograph; the maps of a larger one would take gigabytes, and the sheet is small
ROWS = {"encoder": "encoder index", "decoder": "decoder index", "maximum": "max pooling index"}


def reduced(image, trimap, truth):
    """Reduce what is larger than the sheet can show.

    Args:
        image: uint8 array of shape `(H, W, 3)`.
        trimap: uint8 array of shape `(H, W)`.
        truth: the same, the true alpha matte, or None.

    Returns:
        The three, and a sentence if they were reduced, or None.
    """
    if max(trimap.shape) <= LONGEST:
        return image, trimap, truth, None
    height, width = (max(1, round(side * LONGEST / max(trimap.shape))) for side in trimap.shape)
    image, truth = (
        picture if picture is None else cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
        for picture in (image, truth)
    )
    trimap = cv2.resize(trimap, (width, height), interpolation=cv2.INTER_NEAREST)
    return image, trimap, truth, f"The photograph was reduced to {width} x {height} pixels."


def index_sheet(network, image, trimap, truth=None, channel=None):
    """Draw photograph, trimap, alpha matte and its error, and below them the index maps, stage by stage.

    Args:
        network: `keras.Model`, a matting network.
        image: uint8 array of shape `(H, W, 3)`.
        trimap: uint8 array of shape `(H, W)`: 0, 128 and 255.
        truth: uint8 array of shape `(H, W)`, the true alpha matte, or None.
        channel: int, the channel of the maps that is shown. None: their mean.

    Returns:
        uint8 array of shape `(H, W, 3)`.
    """
    stages = visualization.index_maps(network, image, trimap)
    rows = [_row_of_stages(stages, kind, channel) for kind in ROWS]
    alpha = inference.predict_alpha(network, image, trimap)
    panels = {"photograph": image, "trimap": trimap, "alpha": data.eight_bit_matte(alpha)}
    if truth is not None:
        panels["error of alpha"] = visualization.error_map(alpha, truth, trimap)
    rows.insert(0, visualization.side_by_side(list(panels.values()), list(panels), HEIGHT))
    return visualization.below_each_other(rows)


def _row_of_stages(stages, kind, channel):
    panels = {
        f"stage {maps.stage}: {ROWS[kind]}": visualization.shown_index(getattr(maps, kind), channel)
        for maps in stages
    }
    return visualization.side_by_side(list(panels.values()), list(panels), HEIGHT)
