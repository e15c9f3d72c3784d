import math
from typing import Any

import keras
from keras import initializers, layers, ops, saving

from keras_indexnet.errors import IndexNetError
from keras_indexnet.given_numbers import number, whole_number
from keras_indexnet.layers.batch_normalization import BatchNormalization
from keras_indexnet.layers.grouped_projection import GroupedProjection
from keras_indexnet.layers.index_block import IndexBlock

MODES = ("o2o", "m2o")
MOST_EXPANSION = 64


@saving.register_keras_serializable(package="keras_indexnet")
class DepthwiseIndexBlock(IndexBlock):
    """Predicts an index map of its own for every channel of a feature map (DIN).

    A region has `k*k` positions and the block as many columns, one for each position, whose weights are not
    shared. In mode `"o2o"` (one-to-one) a channel's index depends on that channel only, in mode `"m2o"`
    (many-to-one) on all channels.

    Args:
        mode: str, `"o2o"` or `"m2o"`.
        nonlinear: bool. False: a column is one convolution `C -> C`. True: convolution `C -> eC`, batch
            normalisation, ReLU6, 1x1 convolution `eC -> C`, with e = `expansion`.
        context: bool. False: the first kernel covers just its region (k x k). True: it also sees the
            surroundings (2k x 2k).
        expansion: int, e above. The paper's parameter counts hold for 2; the released code has 1.
        pool_size: int, the side k of a region.
        epsilon: float, of the batch normalisation.
        **kwargs: arguments of `keras.layers.Layer`.

    Call arguments:
        features: float tensor of shape `(B, H, W, C)`; H and W are multiples of `pool_size` or unknown.
        training: bool, whether the batch normalisation uses the statistics of the batch.

    Returns:
        A pair of float tensors of shape `(B, H/k, W/k, k*k*C)` in block layout: the encoder index, which sums
        to 1 over each region of each channel, and the decoder index, each value in (0, 1).

    Raises:
        ValueError: if `mode` is unknown, or a static height or width is not divisible by `pool_size`.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet import layers
    >>> features = np.random.rand(1, 8, 8, 16).astype("float32")
    >>> block = layers.DepthwiseIndexBlock(mode="m2o", nonlinear=True, context=True)
    >>> encoder_index, decoder_index = block(features)
    >>> tuple(encoder_index.shape)
    (1, 4, 4, 64)

    Source: Lu et al., ICCV 2019, sec. 4.2.
    """

    learned = True

    def __init__(
        self,
        mode: str = "m2o",
        nonlinear: bool = False,
        context: bool = False,
        expansion: int = 2,
        pool_size: int = 2,
        epsilon: float = 1e-5,
        **kwargs: Any,
    ) -> None:
        super().__init__(pool_size, **kwargs)
        if mode not in MODES:
            raise IndexNetError(f"DepthwiseIndexBlock's mode is one of {MODES}, not {mode!r}.")
        self.mode = mode
        self.nonlinear = bool(nonlinear)
        self.context = bool(context)
        self.expansion = whole_number(expansion, "DepthwiseIndexBlock's expansion", most=MOST_EXPANSION)
        self.epsilon = number(epsilon, "DepthwiseIndexBlock's epsilon", least=0)

    def build(self, input_shape):
        self.columns = [
            keras.Sequential(self._column(input_shape[-1]), name=f"column_{position}")
            for position in range(self.pool_size**2)
        ]
        for column in self.columns:
            column.build(input_shape)

    def _column(self, channels):
        if not self.nonlinear:
            return [self._first_convolution(channels, expansion=1)]
        return [
            self._first_convolution(channels, self.expansion),
            BatchNormalization(epsilon=self.epsilon, dtype=self.dtype_policy, name="bn"),
            layers.ReLU(6.0, dtype=self.dtype_policy, name="relu"),
            self._projection(channels),
        ]

    def _first_convolution(self, channels, expansion):
        kernel_size = self.pool_size * (2 if self.context else 1)
        common = {
            "kernel_size": kernel_size,
            "strides": self.pool_size,
            "padding": "same",
            "use_bias": False,
            "data_format": "channels_last",  # as the layer, whatever Keras is set to
            "dtype": self.dtype_policy,
            "name": "conv",
        }
        if self.mode == "m2o":
            return layers.Conv2D(channels * expansion, kernel_initializer="he_normal", **common)
        # Each output sees one channel; "he_normal" would count all of them as its inputs.
        he_normal = initializers.RandomNormal(stddev=math.sqrt(2.0) / kernel_size)
        return layers.DepthwiseConv2D(depth_multiplier=expansion, depthwise_initializer=he_normal, **common)

    def _projection(self, channels):
        common = {"dtype": self.dtype_policy, "name": "project"}
        if self.mode == "m2o":
            return layers.Conv2D(
                channels,
                1,
                use_bias=False,
                kernel_initializer="he_normal",
                data_format="channels_last",
                **common,
            )
        return _GroupedProjection(channels, **common)

    def call(self, features, training=None):
        if not training or self.mode != "m2o":
            return super().call(features, training)
        self.compute_output_shape(features.shape)  # raises if the regions do not fit
        return self.normalized(ops.concatenate(self._logits_from_one_convolution(features), axis=-1))

    def indices(self, features):
        logits = [column(features) for column in self.columns]
        return self.normalized(ops.concatenate(logits, axis=-1))

    def _logits_from_one_convolution(self, features):
        """Compute the columns' logits, `[W1 x, W2 x, ...] = [W1, W2, ...] x` first, which trains faster."""
        convolutions = [column.layers[0] for column in self.columns]
        kernel = ops.concatenate([convolution.kernel for convolution in convolutions], axis=-1)
        hidden = ops.conv(features, kernel, strides=self.pool_size, padding="same", data_format="channels_last")
        logits = []
        for column, x in zip(self.columns, ops.split(hidden, len(self.columns), axis=-1), strict=True):
            for layer in column.layers[1:]:
                x = layer(x)
            logits.append(x)
        return logits

    def get_config(self):
        return {
            **super().get_config(),
            "mode": self.mode,
            "nonlinear": self.nonlinear,
            "context": self.context,
            "expansion": self.expansion,
            "epsilon": self.epsilon,
        }


@saving.register_keras_serializable(package="keras_indexnet")
class _GroupedProjection(GroupedProjection):
    """`GroupedProjection` by the name that files of weights know it by: Keras takes it from the class."""
