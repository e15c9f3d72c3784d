from keras import layers, ops, saving


@saving.register_keras_serializable(package="keras_indexnet")
class AlignedResizing(layers.Layer):
    """Resizes a feature map to the size of another by bilinear interpolation that aligns the corner pixels.

    The centres of the four corner pixels stay in place (`align_corners=True` elsewhere). Keras's own
    resizing aligns the pixels' outer edges instead.

    Args:
        **kwargs: arguments of `keras.layers.Layer`.

    Call arguments:
        features: float tensor of shape `(B, H, W, C)`.
        like: tensor of shape `(B, H', W', ...)`, whose height and width the result takes.

    Returns:
        Float tensor of shape `(B, H', W', C)`.

    Example:

    >>> import numpy as np
    >>> from keras import ops
    >>> from keras_indexnet import layers
    >>> row = np.array([0.0, 1.0], "float32").reshape(1, 1, 2, 1)
    >>> resized = layers.AlignedResizing()(row, np.zeros((1, 1, 5, 3), "float32"))
    >>> ops.convert_to_numpy(resized).ravel().tolist()
    [0.0, 0.25, 0.5, 0.75, 1.0]

    Source: as in the baselines B1 and B2 of Lu et al., ICCV 2019, sec. 5.1.
    """

    def call(self, features, like):
        for axis in (1, 2):
            features = _resized(features, ops.shape(like)[axis], axis)
        return features

    def compute_output_shape(self, features_shape, like_shape):
        return (features_shape[0], like_shape[1], like_shape[2], features_shape[3])


def _resized(features, length, axis):
    """Resize one axis to `length`: sample k lies at k (old - 1) / (length - 1) between the old samples."""
    old = ops.shape(features)[axis]
    last, new_last = (ops.cast(n - 1, "float32") for n in (old, ops.maximum(length, 2)))
    positions = ops.cast(ops.arange(length), "float32") * (last / new_last)
    lower = ops.cast(ops.floor(positions), "int32")
    upper = ops.minimum(lower + 1, old - 1)
    share = ops.cast(positions - ops.floor(positions), features.dtype)
    share = ops.reshape(share, (-1, 1, 1) if axis == 1 else (-1, 1))
    return ops.take(features, lower, axis=axis) * (1 - share) + ops.take(features, upper, axis=axis) * share
