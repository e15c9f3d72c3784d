"""How kernels that differ from pixel to pixel are normalised and meet their windows.

For each of P pixels there are N kernels of K x K weights, a tensor of shape `(P, N, K*K)`, and a window of
K x K pixels. Their product with the whole window would need K*K copies of the map. Row by row it needs K, and
adds up K products of matrices, `(P, N, K) x (P, K, C)`, which every backend and LiteRT do fast.
"""

from keras import ops

LARGEST_KERNEL = 31  # side; K matrix products are added up


def normalized_kernels(logits, count):
    """Bring logits in block layout, `(B, H, W, count * K*K)`, to kernels `(P, count, K*K)` that sum to 1."""
    kernels = ops.reshape(logits, (-1, count, logits.shape[-1] // count))
    return ops.cast(ops.softmax(ops.cast(kernels, "float32"), axis=-1), logits.dtype)


def rows_of_window(features, side):
    """Yield each row of the `side x side` windows around all pixels, and the number of its first weight.

    A row is a tensor of shape `(B*H*W, side, C)`. Beyond the border of the map there are zeros.
    """
    margin = side // 2
    padded = ops.pad(features, [[0, 0], [margin, margin], [margin, margin], [0, 0]])
    for number in range(side):
        row = _shifted(padded, number, side, axis=1)
        columns = [_shifted(row, column, side, axis=2) for column in range(side)]
        yield number * side, _beside_each_other(columns)


def rows_of_pooled_window(features, side, pool_size):
    """Yield the same of windows that lie around the `pool_size x pool_size` regions, `(B*H/k*W/k, side, C)`.

    A region's window begins `(side - pool_size) // 2` pixels before it. Regions apart by position
    (`space_to_depth`) make all slices dense; slices with a step are slow in LiteRT.
    """
    before = (side - pool_size) // 2
    margin = -(-max(before, side - pool_size - before) // pool_size)  # in regions
    pixels = margin * pool_size
    padded = ops.pad(features, [[0, 0], [pixels, pixels], [pixels, pixels], [0, 0]])
    positions = ops.split(ops.space_to_depth(padded, pool_size), pool_size**2, axis=-1)
    for number in range(side):
        row_of_regions, row = divmod(pixels - before + number, pool_size)
        columns = []
        for column_number in range(side):
            column_of_regions, column = divmod(pixels - before + column_number, pool_size)
            region = positions[row * pool_size + column]
            region = _shifted(region, row_of_regions, 2 * margin + 1, axis=1)
            columns.append(_shifted(region, column_of_regions, 2 * margin + 1, axis=2))
        yield number * side, _beside_each_other(columns)


def _shifted(padded, start, side, axis):
    """Cut out what begins at `start` and leaves out `side - 1` rows or columns in all."""
    end = start - side + 1 or None  # counted from the end: the length need not be known
    return padded[:, start:end] if axis == 1 else padded[:, :, start:end]


def _beside_each_other(columns):
    return ops.reshape(ops.concatenate(columns, axis=-1), (-1, len(columns), columns[0].shape[-1]))
