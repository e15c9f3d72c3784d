from keras_indexnet.data.image_files import ImageFileError, read_gray


def read_fitting(path, image, image_path):
    """Read an alpha matte or a trimap, which has to have the size of its image.

    Args:
        path: str or path of the alpha matte or trimap.
        image: uint8 array of shape `(H, W, 3)`.
        image_path: str or path where the image came from, for the error.

    Returns:
        uint8 array of shape `(H, W)`.

    Raises:
        ImageFileError: if the file cannot be read or has another size.
    """
    picture = read_gray(path)
    if picture.shape != image.shape[:2]:
        raise ImageFileError(
            f"{path} has {picture.shape[1]} x {picture.shape[0]} pixels, "
            f"but {image_path} has {image.shape[1]} x {image.shape[0]}."
        )
    return picture
