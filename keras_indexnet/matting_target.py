"""The target of a training sample: everything that losses and metrics need, in one tensor.

Its eight channels are alpha, the unknown region (0 or 1), foreground RGB and background RGB, all in [0, 1],
so that `model.fit` carries it like any other target.
"""

from keras import ops

ALPHA = slice(0, 1)
UNKNOWN = slice(1, 2)
FOREGROUND = slice(2, 5)
BACKGROUND = slice(5, 8)


def mean_over_unknown(values, target):
    """Average `values` of shape `(B, H, W, 1)` over each image's unknown region; 0 where there is none."""
    unknown = target[..., UNKNOWN]
    count = ops.sum(unknown, axis=(1, 2, 3))
    return ops.sum(values * unknown, axis=(1, 2, 3)) / ops.maximum(count, 1.0)


def smooth_absolute(difference):
    """`sqrt(d^2 + 1e-12)`, the absolute value with a gradient at 0."""
    return ops.sqrt(ops.square(difference) + 1e-12)
