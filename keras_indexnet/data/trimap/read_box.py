def read_box(text):
    """Read a box as a person writes it.

    Args:
        text: str, `x,y,width,height` in pixels.

    Returns:
        Tuple of four int, as `trimap_from_box` takes it.

    Raises:
        ValueError: if these are not four whole numbers.

    Example:

    >>> from keras_indexnet import data
    >>> data.read_box("40,25,300,420")
    (40, 25, 300, 420)
    """
    try:
        x, y, width, height = (int(part) for part in text.split(","))
    except ValueError:
        raise ValueError(
            f"A box is x,y,width,height in whole pixels such as 40,25,300,420, not {text[:40]!r}."
        ) from None
    return x, y, width, height
