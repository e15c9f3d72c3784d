from collections.abc import Callable
from typing import Any

from keras import initializers, ops, saving

from keras_indexnet.layers.bilinear_initializer import BilinearInitializer
from keras_indexnet.layers.block_layout import same_index_for_every_region
from keras_indexnet.layers.index_block import IndexBlock


@saving.register_keras_serializable(package="keras_indexnet")
class KernelIndexBlock(IndexBlock):
    """Gives every region the same kernel as index: the index function of bilinear maps and deconvolution.

    With `IndexedPooling` it is a depthwise convolution whose kernel and stride are `pool_size`, with
    `IndexedUpsampling` a depthwise transposed convolution (deconvolution) of that kernel and stride.

    Args:
        pool_size: int, the side k of a region.
        kernel_initializer: initial kernel, whatever Keras takes as an initializer. `"bilinear"` is
            `BilinearInitializer`, whose kernel sums to 1: pooling leaves a constant map as it is, and
            upsampling divides its mean by k*k.
        **kwargs: arguments of `keras.layers.Layer`. With `trainable=False` the kernel is fixed.

    Call arguments:
        features: float tensor of shape `(B, H, W, C)`; H and W are multiples of `pool_size` or unknown.

    Returns:
        A pair of the encoder and the decoder index. They are the same float tensor of shape
        `(B, H/k, W/k, k*k*C)` in block layout.

    Raises:
        ValueError: if a static height or width is not divisible by `pool_size`.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet import layers
    >>> features = np.random.rand(1, 8, 8, 16).astype("float32")
    >>> block = layers.KernelIndexBlock(kernel_initializer="bilinear", trainable=False)
    >>> encoder_index, decoder_index = block(features)
    >>> tuple(encoder_index.shape), tuple(block.kernel.shape)
    ((1, 4, 4, 64), (2, 2, 16))

    Source: Lu et al., ICCV 2019, sec. 3.
    """

    learned = True

    def __init__(
        self,
        pool_size: int = 2,
        kernel_initializer: str | dict | Callable = "bilinear",
        **kwargs: Any,
    ) -> None:
        super().__init__(pool_size, **kwargs)
        bilinear = kernel_initializer == "bilinear"
        self.kernel_initializer = BilinearInitializer() if bilinear else initializers.get(kernel_initializer)

    def build(self, input_shape):
        self.kernel = self.add_weight(
            shape=(self.pool_size, self.pool_size, input_shape[-1]),
            initializer=self.kernel_initializer,
            name="kernel",
        )

    def indices(self, features):
        # Row by row, channels last: the order of the block layout.
        index = same_index_for_every_region(ops.reshape(self.kernel, (-1,)), features, self.pool_size)
        return index, index

    def get_config(self):
        return {
            **super().get_config(),
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
        }
