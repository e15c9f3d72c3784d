from typing import Any

import keras
from keras import layers, ops, saving

from keras_indexnet.errors import IndexNetError
from keras_indexnet.given_numbers import LARGEST_SIDE, whole_number

KNOWN = (10, 245)  # trimaps are background up to here, foreground from here on; JPEG and soft edges leave such


@saving.register_keras_serializable(package="keras_indexnet")
class MattingPreprocessor(layers.Layer):
    """Makes the input of a matting network of photographs and trimaps of any size, as image files have them.

    The trimap's values become 0, 128 and 255: what is neither nearly black nor nearly white is unknown. The
    last column and the last row of photograph and trimap are repeated until height and width are multiples of
    `multiple`. `MattingPostprocessor` cuts that off the network's alpha.

    Args:
        multiple: int, of which height and width become multiples.
        **kwargs: arguments of `keras.layers.Layer`.

    Call arguments:
        image: tensor of shape `(B, H, W, 3)`, RGB in 0..255, uint8 or another type.
        trimap: tensor of shape `(B, H, W)` or `(B, H, W, 1)`, likewise: 0 background, 255 foreground, and
            unknown between.

    Returns:
        Float tensor of shape `(B, H', W', 4)`.

    Raises:
        ValueError: if image or trimap have other shapes.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet import layers
    >>> photographs, trimaps = np.zeros((2, 50, 70, 3), "uint8"), np.full((2, 50, 70), 128, "uint8")
    >>> tuple(layers.MattingPreprocessor()(photographs, trimaps).shape)
    (2, 64, 96, 4)
    """

    def __init__(self, multiple: int = 32, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.multiple = whole_number(multiple, "MattingPreprocessor's multiple", most=LARGEST_SIDE)

    def call(self, image, trimap):
        trimap = self._checked(image, trimap)
        pixels = [ops.cast(values, self.compute_dtype) for values in (image, trimap_levels(trimap))]
        return self._continued(self._continued(ops.concatenate(pixels, axis=-1), axis=1), axis=2)

    def _continued(self, pixels, axis):
        length = ops.shape(pixels)[axis]
        places = ops.arange((length + self.multiple - 1) // self.multiple * self.multiple)
        return ops.take(pixels, ops.minimum(places, length - 1), axis=axis)

    def compute_output_shape(self, image_shape, trimap_shape):
        batch, height, width, _ = image_shape
        return (batch, *(side and -(-side // self.multiple) * self.multiple for side in (height, width)), 4)

    def compute_output_spec(self, image, trimap):
        self._checked(image, trimap)
        return keras.KerasTensor(self.compute_output_shape(image.shape, trimap.shape), self.compute_dtype)

    def get_config(self):
        return {**super().get_config(), "multiple": self.multiple}

    def _checked(self, image, trimap):
        """Return the trimap as `(B, H, W, 1)`; raise ValueError unless it is one for this image."""
        if len(image.shape) != 4 or image.shape[-1] != 3:
            raise IndexNetError(
                f"MattingPreprocessor's image is of shape (B, H, W, 3), not {tuple(image.shape)}."
            )
        trimap = with_channel(trimap, "MattingPreprocessor")
        if any(
            None not in pair and pair[0] != pair[1]
            for pair in zip(image.shape[1:3], trimap.shape[1:3], strict=True)
        ):
            raise IndexNetError(
                f"MattingPreprocessor's trimap is of its image's height and width, {tuple(image.shape[1:3])}, "
                f"not {tuple(trimap.shape[1:3])}."
            )
        return trimap


def with_channel(trimap, layer_name):
    """Return a trimap as `(B, H, W, 1)`; raise ValueError unless it is that, or without its last axis."""
    if len(trimap.shape) == 4 and trimap.shape[-1] == 1:
        return trimap
    if len(trimap.shape) != 3:
        raise IndexNetError(
            f"{layer_name}'s trimap is of shape (B, H, W) or (B, H, W, 1), not {tuple(trimap.shape)}."
        )
    return ops.expand_dims(trimap, -1)


def trimap_levels(trimap):
    """Return 0, 128 or 255 for every value of a trimap, as float32."""
    trimap = ops.cast(trimap, "float32")
    return ops.where(trimap <= KNOWN[0], 0.0, ops.where(trimap >= KNOWN[1], 255.0, 128.0))
