from typing import Any

import keras
from keras import ops

from keras_indexnet.errors import IndexNetError
from keras_indexnet.layers.block_layout import (
    check_divisible,
    checked_side,
    pooled_shape,
    split_positions,
)


class IndexBlock(keras.layers.Layer):
    """What all index blocks are: an index function, which makes a pooling and the upsampling that goes with it.

    Every pooling and every upsampling operator is an index function. It looks at the k x k regions E of a
    feature map X and gives each of their values x two numbers, its encoder index I_e(x) and its decoder index
    I_d(x). What is done with them is always the same. `IndexedPooling` makes one value of a region, and
    `IndexedUpsampling` spreads one value d over it, to wherever each x was:

        IP(E) = sum over x in E of I_e(x) x
        IU(d) at x = I_d(x) d

    Only the index function tells operators apart:

    | block | I_e | I_d | one index for | learned |
    |---|---|---|---|---|
    | `MaxIndexBlock` | 1(x = max E) | the same | each channel | no |
    | `HolisticMaxIndexBlock` | 1(x is at the maximum of all channels) | the same | all channels | no |
    | `AverageIndexBlock` | 1/(k*k) | 1 | all channels | no |
    | `KernelIndexBlock` | a kernel | the same | each channel | yes |
    | `PeriodicShuffleIndexBlock` | 1(x is at one position) | the same | all channels | no |
    | `HolisticIndexBlock` | softmax of I_d over E | sigmoid of z, predicted from X | all channels | yes |
    | `DepthwiseIndexBlock` | softmax of I_d over E | sigmoid of z, predicted from X | each channel | yes |

    An index block of your own is a subclass with one method, `indices`. The check of the size, the output shape
    and `pool_size` in the config are here, and so is `normalized`, the way from z to I_d and I_e.

    Args:
        pool_size: int, the side k of a region.
        **kwargs: arguments of `keras.layers.Layer`.

    Call arguments:
        features: float tensor of shape `(B, H, W, C)`; H and W are multiples of `pool_size` or unknown.
        training: bool, which Keras hands on to the layers that the block consists of.

    Returns:
        A pair of float tensors of shape `(B, H/k, W/k, k*k*G)` in block layout, the encoder and the decoder
        index. G is 1 for a holistic block and C for any other. Channel `position * G + c` holds position
        `position` of the region, row by row.

    Raises:
        ValueError: if `pool_size` is no whole number from 2 to 32, a static height or width is not divisible by
            it, or `indices` returns other numbers of channels than these.

    Example: a block that sees more than the paper's do, the 3 x 3 regions around each.

    >>> import keras
    >>> from keras_indexnet import layers
    >>> @keras.saving.register_keras_serializable()
    ... class WideIndexBlock(layers.IndexBlock):
    ...     holistic = True
    ...     learned = True
    ...
    ...     def build(self, input_shape):
    ...         k = self.pool_size
    ...         self.convolution = keras.layers.Conv2D(k * k, 3 * k, strides=k, padding="same")
    ...         self.convolution.build(input_shape)
    ...
    ...     def indices(self, features):
    ...         return self.normalized(self.convolution(features))
    >>> features = keras.Input((None, 64, 16))
    >>> encoder_index, decoder_index = WideIndexBlock()(features)
    >>> decoder_index.shape
    (None, None, 32, 4)
    >>> layers.IndexedPooling()(features, encoder_index).shape
    (None, None, 32, 16)

    Source: Lu et al., ICCV 2019, sec. 3.
    """

    holistic: bool = False  # whether there is one index for all channels, instead of one for each
    learned: bool = False  # whether the index function has weights, which training changes

    def __init__(self, pool_size: int = 2, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.pool_size = checked_side(pool_size, type(self).__name__)

    def indices(self, features):
        """Compute both indices of a feature map. This is what a subclass writes.

        Args:
            features: float tensor of shape `(B, H, W, C)`, whose H and W are multiples of `pool_size` if known.

        Returns:
            A pair of float tensors of shape `(B, H/k, W/k, k*k*G)` in block layout, the encoder and the decoder
            index: G is 1 if the block is `holistic`, otherwise C.
        """
        raise NotImplementedError(
            f"{type(self).__name__} has no method indices(features), which returns its encoder and its decoder "
            "index."
        )

    def call(self, features, training=None):
        shape, _ = self.compute_output_shape(features.shape)  # raises if the regions do not fit
        # `training` goes no further: the layers that a block consists of have it from Keras.
        encoder_index, decoder_index = self.indices(features)
        for index in (encoder_index, decoder_index):
            if index.shape[-1] not in (None, shape[-1]):
                raise IndexNetError(
                    f"{type(self).__name__} returned an index of {index.shape[-1]} channels, but with holistic "
                    f"= {self.holistic} it has {shape[-1]} for features of {features.shape[-1]} channels."
                )
        return encoder_index, decoder_index

    def normalized(self, logits):
        """Turn the logits z that an index network predicts into an encoder and a decoder index.

        The decoder index is the sigmoid of the logits, the encoder index the softmax *of the decoder index*
        over the k*k positions of a region E:

            I_d(x) = 1 / (1 + exp(-z(x)))           I_e(x) = exp(I_d(x)) / sum over x' in E of exp(I_d(x'))

        Both are computed in float32 whatever the precision of the logits.

        Args:
            logits: float tensor of shape `(B, H/k, W/k, k*k*G)` in block layout.

        Returns:
            A pair of tensors of the shape and dtype of `logits`: the encoder index, which sums to 1 over each
            region, and the decoder index, each value in (0, 1).

        Source: Lu et al., ICCV 2019, sec. 4.1 and 4.2.
        """
        decoder_index = ops.sigmoid(ops.cast(logits, "float32"))
        # The sigmoid lies in (0, 1): the softmax needs no maximum subtracted to be stable.
        weights = split_positions(ops.exp(decoder_index), self.pool_size)
        total = sum(weights[1:], start=weights[0])
        encoder_index = ops.concatenate([weight / total for weight in weights], axis=-1)
        return ops.cast(encoder_index, logits.dtype), ops.cast(decoder_index, logits.dtype)

    def compute_output_shape(self, input_shape):
        check_divisible(input_shape, self.pool_size, type(self).__name__)
        groups = 1 if self.holistic else input_shape[-1]
        shape = pooled_shape(input_shape, self.pool_size, self.pool_size**2 * groups)
        return shape, shape

    def get_config(self):
        return {**super().get_config(), "pool_size": self.pool_size}
