import cv2


def fit_to_photograph(picture, shape, name, interpolation=cv2.INTER_LINEAR):
    """Resize a trimap, mask or drawing of strokes to the size of its photograph.

    Args:
        picture: uint8 array of shape `(H, W)`.
        shape: pair of ints, height and width of the photograph.
        name: str, what the picture is, for the sentences.
        interpolation: of OpenCV.

    Returns:
        Pair of the picture, of the given shape, and a list with a sentence if it was resized.

    Raises:
        ValueError: if it has other proportions than the photograph.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet.data.trimap import fit_to_photograph
    >>> fit_to_photograph(np.zeros((30, 45), "uint8"), (60, 90), "mask")[1]
    ['The mask was resized from 45 x 30 to 90 x 60 pixels.']
    """
    height, width = shape
    if picture.shape == (height, width):
        return picture, []
    fitting = picture.shape[1] * height / width  # its height, had it the photograph's proportions
    if abs(picture.shape[0] - fitting) > 1.5:
        raise ValueError(
            f"The {name} is {picture.shape[1]} x {picture.shape[0]} pixels, but the photograph is "
            f"{width} x {height}; they must show the same picture."
        )
    note = f"The {name} was resized from {picture.shape[1]} x {picture.shape[0]} to {width} x {height} pixels."
    return cv2.resize(picture, (width, height), interpolation=interpolation), [note]
