"""Differences of predicted and true alpha, and their means, as losses and metrics take them."""

from keras import ops

from keras_indexnet.matting_target import ALPHA, UNKNOWN


def unknown_difference(y_true, y_pred):
    """Predicted minus true alpha in float32, 0 in the known region.

    Filters reach over the border of the unknown region. As in the finished matte, where known pixels take the
    trimap's value, they meet no error there.
    """
    y_true, y_pred = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
    return (y_pred - y_true[..., ALPHA]) * y_true[..., UNKNOWN]


def mean_over_unknown(values, target):
    """Average `values` of shape `(B, H, W, 1)` over each image's unknown region; 0 where there is none."""
    unknown = target[..., UNKNOWN]
    count = ops.sum(unknown, axis=(1, 2, 3))
    return ops.sum(values * unknown, axis=(1, 2, 3)) / ops.maximum(count, 1.0)


def smooth_absolute(difference):
    """`sqrt(d^2 + 1e-12)`, the absolute value with a gradient at 0."""
    return ops.sqrt(ops.square(difference) + 1e-12)


def absolute(values):
    """The absolute value, with the gradient 0 at 0, where the backends disagree."""
    return values * ops.stop_gradient(ops.sign(values))


def repeat_border(values, pixels):
    """Continue `B x H x W x C` values past the image's border by a number of pixels."""
    for _ in range(pixels):  # mirroring one pixel repeats it, on every backend
        values = ops.pad(values, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="symmetric")
    return values
