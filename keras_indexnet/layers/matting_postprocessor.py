import keras
from keras import layers, ops, saving

from keras_indexnet.layers.matting_preprocessor import trimap_levels, with_channel


@saving.register_keras_serializable(package="keras_indexnet")
class MattingPostprocessor(layers.Layer):
    """Makes the alpha of photographs of what a network predicted for them after a `MattingPreprocessor`.

    Cuts off what the preprocessor added, clips to [0, 1], and gives known pixels the trimap's
    value.

    Args:
        **kwargs: arguments of `keras.layers.Layer`.

    Call arguments:
        alpha: float tensor of shape `(B, H', W', 1)`.
        trimap: tensor of shape `(B, H, W)` or `(B, H, W, 1)`, as the preprocessor was given it.

    Returns:
        Float tensor of shape `(B, H, W, 1)`.

    Raises:
        ValueError: if the trimap has another shape.

    Example:

    >>> import keras
    >>> import numpy as np
    >>> from keras_indexnet import layers
    >>> alpha, trimaps = np.full((1, 32, 32, 1), 1.25, "float32"), np.uint8([[[0, 128, 255]]])
    >>> keras.ops.convert_to_numpy(layers.MattingPostprocessor()(alpha, trimaps))[0, 0, :, 0].tolist()
    [0.0, 1.0, 1.0]
    """

    def call(self, alpha, trimap):
        trimap = with_channel(trimap, "MattingPostprocessor")
        height, width = ops.shape(trimap)[1:3]
        levels = ops.cast(trimap_levels(trimap), self.compute_dtype)
        own = ops.clip(alpha[:, :height, :width], 0.0, 1.0)
        return ops.where(ops.equal(levels, 128.0), own, levels / 255.0)

    def compute_output_shape(self, alpha_shape, trimap_shape):
        return (*alpha_shape[:1], *trimap_shape[1:3], 1)

    def compute_output_spec(self, alpha, trimap):
        with_channel(trimap, "MattingPostprocessor")
        return keras.KerasTensor(self.compute_output_shape(alpha.shape, trimap.shape), self.compute_dtype)
