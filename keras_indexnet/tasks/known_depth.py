"""Which pixels count: those whose depth is known, within the crop that the field scores."""

from keras import ops

# Rows and columns, and height and width of the image that they are of: Eigen et al., NIPS 2014.
CROP = ((45, 471), (41, 601))
WHOLE = (480, 640)


def known_depth(depth, crop=False):
    """Return a float32 mask of the shape of a depth map: 1 where the depth is known, 0 where it is 0 or less.

    Args:
        depth: float tensor of shape `(B, H, W, 1)`, in metres.
        crop: bool, whether only the standard crop of NYUDv2 counts, at the size of the map.
    """
    mask = ops.cast(depth > 0, "float32")
    if not crop:
        return mask
    inside = []
    for axis, ((first, end), length) in enumerate(zip(CROP, WHOLE, strict=True), start=1):
        own_length = ops.shape(depth)[axis]
        places = ops.arange(own_length) * length
        inside.append(ops.cast((places >= first * own_length) & (places < end * own_length), "float32"))
    rows, columns = inside
    return mask * rows[:, None, None] * columns[None, :, None]
