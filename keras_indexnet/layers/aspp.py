from collections.abc import Sequence
from typing import Any

import keras
from keras import layers, ops, saving

from keras_indexnet.given_numbers import LARGEST_SIDE, MOST_CHANNELS, number, whole_number, whole_numbers
from keras_indexnet.layers.batch_normalization import BatchNormalization

DILATIONS = {32: (2, 4, 8), 16: (6, 12, 18)}  # that the networks use, by output stride


@saving.register_keras_serializable(package="keras_indexnet")
class ASPP(layers.Layer):
    """Atrous spatial pyramid pooling: gathers context at several scales at the same resolution.

    A 1x1 convolution, one separable 3x3 convolution for each dilation, and the global average (a 1x1
    convolution on the mean, repeated over the map), concatenated and projected by a 1x1 convolution, then
    dropout. Every convolution is followed by batch normalisation and ReLU6. Frozen, the layer drops nothing and
    takes no statistics.

    Args:
        filters: int, channels of the output.
        dilations: tuple of int, one for each separable convolution; `(2, 4, 8)` at output stride 32,
            `(6, 12, 18)` at 16.
        branch_filters: int, channels of each branch.
        dropout: float in [0, 1), share of the output that is dropped in training.
        epsilon: float, of the batch normalisation.
        **kwargs: arguments of `keras.layers.Layer`.

    Call arguments:
        features: float tensor of shape `(B, H, W, C)`.
        training: bool, whether dropout acts and batch normalisation uses the statistics of the batch.

    Returns:
        Float tensor of shape `(B, H, W, filters)`.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet import layers
    >>> features = np.random.rand(1, 10, 10, 320).astype("float32")
    >>> tuple(layers.ASPP(160)(features).shape)
    (1, 10, 10, 160)

    Source: Chen et al., ECCV 2018; as used in Lu et al., ICCV 2019, sec. 5.1.
    """

    def __init__(
        self,
        filters: int,
        dilations: Sequence[int] = (2, 4, 8),
        branch_filters: int = 256,
        dropout: float = 0.5,
        epsilon: float = 1e-5,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.filters = whole_number(filters, "ASPP's filters", most=MOST_CHANNELS)
        self.dilations = whole_numbers(dilations, "ASPP's dilations", most=LARGEST_SIDE)
        self.branch_filters = whole_number(branch_filters, "ASPP's branch_filters", most=MOST_CHANNELS)
        self.dropout = number(dropout, "ASPP's dropout", least=0, most=1)
        self.epsilon = number(epsilon, "ASPP's epsilon", least=0)

    def build(self, input_shape):
        pointwise = self._unit("pointwise", self._convolution(self.branch_filters))
        atrous = [
            self._unit(
                f"atrous_{dilation}",
                layers.DepthwiseConv2D(
                    3,
                    padding="same",
                    dilation_rate=dilation,
                    use_bias=False,
                    data_format="channels_last",  # as the layer, whatever Keras is set to
                    depthwise_initializer=keras.initializers.RandomNormal(stddev=2**0.5 / 3),
                    dtype=self.dtype_policy,
                ),
                self._convolution(self.branch_filters),
            )
            for dilation in self.dilations
        ]
        self.branches = [pointwise, *atrous]
        self.mean_branch = self._unit("mean", self._convolution(self.branch_filters))
        self.project = self._unit("project", self._convolution(self.filters))
        self.drop = layers.Dropout(self.dropout, dtype=self.dtype_policy)
        for branch in (*self.branches, self.mean_branch):
            branch.build(input_shape)
        concatenated = self.branch_filters * (len(self.branches) + 1)
        self.project.build((*input_shape[:-1], concatenated))

    def _convolution(self, filters):
        return layers.Conv2D(
            filters,
            1,
            use_bias=False,
            kernel_initializer="he_normal",
            data_format="channels_last",
            dtype=self.dtype_policy,
        )

    def _unit(self, name, *convolutions):
        stack = []
        for convolution in convolutions:
            stack += [
                convolution,
                BatchNormalization(epsilon=self.epsilon, dtype=self.dtype_policy),
                layers.ReLU(6.0, dtype=self.dtype_policy),
            ]
        return keras.Sequential(stack, name=name)

    def call(self, features, training=None):
        maps = [branch(features, training=training) for branch in self.branches]
        mean = ops.mean(features, axis=(1, 2), keepdims=True)
        mean = self.mean_branch(mean, training=training)
        maps.append(mean + ops.zeros_like(maps[0]))  # repeated over the map
        features = self.project(ops.concatenate(maps, axis=-1), training=training)
        return self.drop(features, training=training and self.trainable)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "dilations": self.dilations,
            "branch_filters": self.branch_filters,
            "dropout": self.dropout,
            "epsilon": self.epsilon,
        }
