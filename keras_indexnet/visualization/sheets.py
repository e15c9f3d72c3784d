"""Images laid out on sheets, with titles."""

import cv2
import numpy as np

WIDEST = 4  # of an image's height, or a strip of one row would become a sheet of gigabytes


def side_by_side(images, titles, height=480):
    """Put images next to each other, each with a title above it.

    Args:
        images: list of uint8 arrays of one height and width, `(H, W)` or `(H, W, 3)` RGB.
        titles: list of str, one for each image.
        height: int, of the images in the result, in pixels. Those that are more than four times as wide are
            lower, with white below.

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


def _panel(image, title, height):
    if image.ndim == 2:
        image = cv2.cvtColor(image, cv2.COLOR_GRAY2RGB)
    scale = min(height / image.shape[0], WIDEST * height / image.shape[1])
    filled, width = (max(1, round(side * scale)) for side in image.shape[:2])
    image = cv2.resize(image, (width, filled), interpolation=cv2.INTER_AREA)
    image = np.pad(image, ((0, height - filled), (0, 0), (0, 0)), constant_values=255)
    caption = np.full((32, width, 3), 255, np.uint8)
    cv2.putText(caption, title, (6, 22), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (0, 0, 0), 1, cv2.LINE_AA)
    panel = np.vstack([caption, image])
    return cv2.copyMakeBorder(panel, 0, 4, 4, 4, cv2.BORDER_CONSTANT, value=(255, 255, 255))
