"""The difference of predicted and true alpha, and what a loss that filters it needs besides."""

from keras import ops

from keras_indexnet.matting_target import ALPHA, UNKNOWN


def unknown_difference(y_true, y_pred):
    """Predicted minus true alpha in float32, 0 in the known region.

    Filters reach over the border of the unknown region. As in the finished matte, where known pixels take the
    trimap's value, they meet no error there.
    """
    y_true, y_pred = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
    return (y_pred - y_true[..., ALPHA]) * y_true[..., UNKNOWN]


def repeat_border(values, pixels):
    """Continue `B x H x W x C` values past the image's border by a number of pixels."""
    for _ in range(pixels):  # mirroring one pixel repeats it, on every backend
        values = ops.pad(values, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="symmetric")
    return values


def absolute(values):
    """The absolute value, with the gradient 0 at 0, where the backends disagree."""
    return values * ops.stop_gradient(ops.sign(values))
