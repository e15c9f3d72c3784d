"""Block layout: how index maps travel between layers.

The ``k * k`` positions of a pooling region are laid side by side on the channel axis, so that an index map
for a feature map of shape ``(B, H, W, C)`` has the shape ``(B, H/k, W/k, k * k * G)``. ``G`` is 1 for a
holistic index and ``C`` for a depthwise one, and channel ``position * G + c`` holds position ``position`` in
the order top-left, top-right, bottom-left, bottom-right. ``keras.ops.depth_to_space(index, k)`` shows the
map at full resolution. Pooling and upsampling become sums and products at low resolution this way.
"""

from keras import ops

from keras_indexnet.errors import IndexNetError
from keras_indexnet.given_numbers import whole_number

LARGEST_REGION = 32  # side; a block predicts an index for each of its positions


def checked_side(value, layer_name, name="pool_size"):
    """Return the side of a layer's regions as an int; raise a ValueError if it is none."""
    return whole_number(value, f"{layer_name}'s {name}", least=2, most=LARGEST_REGION)


def check_divisible(input_shape, size, layer_name):
    """Raise a ValueError if a static height or width of `input_shape` is no multiple of `size`."""
    for axis, name in ((1, "height"), (2, "width")):
        length = input_shape[axis]
        if length is not None and length % size:
            lower = length - length % size
            fitting = f"{lower} or {lower + size}" if lower else f"{size}"
            raise IndexNetError(
                f"{layer_name} divides the {name} by {size}, but the {name} of its input is {length} "
                f"(input shape {tuple(input_shape)}). Use {fitting}."
            )


def check_index(index_shape, low_shape, size, layer_name):
    """Raise a ValueError if no index for a map of low-resolution shape `low_shape` has `index_shape`."""
    _, height, width, channels = low_shape
    holistic, depthwise = ((height, width, size**2 * groups) for groups in (1, channels))
    if not _agree(index_shape[1:], holistic) and not _agree(index_shape[1:], depthwise):
        raise IndexNetError(
            f"{layer_name} needs an index of shape {holistic} (holistic) or {depthwise} (depthwise) beside "
            f"the batch axis, but this one has {tuple(index_shape[1:])}."
        )


def _agree(shape, other):
    return all(None in (one, two) or one == two for one, two in zip(shape, other, strict=True))


def pooled_shape(shape, size, channels):
    """Return the shape `(B, H/k, W/k, channels)` for one of `(B, H, W, C)`; unknown sizes stay unknown."""
    batch, height, width, _ = shape
    return (
        batch,
        None if height is None else height // size,
        None if width is None else width // size,
        channels,
    )


def split_positions(blocks, size):
    """Split a tensor in block layout into its `size * size` positions."""
    return ops.split(blocks, size * size, axis=-1)


def split_regions(features, size):
    """Bring a feature map into block layout, and return the `size * size` positions of its regions."""
    return split_positions(ops.space_to_depth(features, size), size)


def interleaved(positions, size):
    """Put the `size * size` positions of regions together to a feature map: undo `split_regions`."""
    return ops.depth_to_space(ops.concatenate(positions, axis=-1), size)


def same_index_for_every_region(index, features, size):
    """Repeat the index of one region, a vector of length `size * size * G`, over the regions of a map."""
    # One value of every region carries the height and width, which need not be known yet.
    low = ops.zeros_like(features[:, ::size, ::size, :1])
    return low + ops.cast(index, features.dtype)
