from keras_indexnet.data.image_files import ImageFileError, read_foreground, read_gray, read_photograph

COLOURFUL = 24  # between the channels of a pixel: more than what JPEG makes of grey


def read_mask(path):
    """Read a mask: the transparency of a cut-out, or a grey picture that is white in the foreground.

    Args:
        path: str or path of an image file.

    Returns:
        uint8 array of shape `(H, W)`.

    Raises:
        ImageFileError: if there is no such file, it is no image, or it is a picture in colour.
    """
    try:
        alpha = read_foreground(path)[..., 3]
    except ImageFileError:  # it has no transparency, or is no image, which is found below
        alpha = None
    if alpha is not None and (alpha < 255).any():
        return alpha
    colours = read_photograph(path)
    if (colours.max(axis=2) - colours.min(axis=2) > COLOURFUL).mean() > 0.01:
        raise ImageFileError(
            f"{path} is a picture in colour, not a mask; a mask is white in the foreground and black elsewhere."
        )
    return read_gray(path)
