from typing import Any

import keras
from keras import layers, saving

from keras_indexnet.errors import IndexNetError
from keras_indexnet.given_numbers import MOST_CHANNELS, number, whole_number
from keras_indexnet.layers.batch_normalization import BatchNormalization
from keras_indexnet.layers.block_layout import LARGEST_REGION

MOST_LINKS = 100


@saving.register_keras_serializable(package="keras_indexnet")
class CRP(layers.Layer):
    """Chained residual pooling: gathers context by a chain of poolings, each added to what went before.

    A link of the chain is max pooling of stride 1 followed by a 1x1 convolution, batch normalisation and ReLU6;
    it takes the result of the link before it, and its own result is added to the sum.

    Args:
        filters: int, channels of the features.
        links: int, length of the chain.
        pool_size: int, side of the window of the pooling.
        epsilon: float, of the batch normalisation.
        **kwargs: arguments of `keras.layers.Layer`.

    Call arguments:
        features: float tensor of shape `(B, H, W, filters)`.
        training: bool, whether batch normalisation uses the statistics of the batch.

    Returns:
        Float tensor of shape `(B, H, W, filters)`.

    Raises:
        ValueError: if the features have another number of channels.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet import layers
    >>> features = np.random.rand(1, 10, 10, 16).astype("float32")
    >>> tuple(layers.CRP(16)(features).shape)
    (1, 10, 10, 16)

    Source: Lin et al., CVPR 2017, sec. 3.2; Nekrasov et al., BMVC 2018; Lu et al., ICCV 2019, table 1.
    """

    def __init__(
        self, filters: int = 256, links: int = 4, pool_size: int = 5, epsilon: float = 1e-5, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.filters = whole_number(filters, "CRP's filters", most=MOST_CHANNELS)
        self.links = whole_number(links, "CRP's links", most=MOST_LINKS)
        self.pool_size = whole_number(pool_size, "CRP's pool_size", most=LARGEST_REGION)
        self.epsilon = number(epsilon, "CRP's epsilon", least=0)

    def build(self, input_shape):
        if input_shape[-1] != self.filters:
            raise IndexNetError(
                f"CRP adds its poolings to its input: filters is its number of channels, {input_shape[-1]}, "
                f"not {self.filters}."
            )
        self.chain = [self._link(number) for number in range(self.links)]
        for link in self.chain:
            link.build(input_shape)

    def _link(self, number):
        common = {"dtype": self.dtype_policy}
        spatial = common | {"data_format": "channels_last"}  # as the layer, whatever Keras is set to
        return keras.Sequential(
            [
                layers.MaxPooling2D(self.pool_size, strides=1, padding="same", name="pool", **spatial),
                layers.Conv2D(
                    self.filters, 1, use_bias=False, kernel_initializer="he_normal", name="conv", **spatial
                ),
                BatchNormalization(epsilon=self.epsilon, name="bn", **common),
                layers.ReLU(6.0, name="relu", **common),
            ],
            name=f"link_{number}",
        )

    def call(self, features, training=None):
        pooled = features
        for link in self.chain:
            pooled = link(pooled, training=training)
            features = features + pooled
        return features

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "links": self.links,
            "pool_size": self.pool_size,
            "epsilon": self.epsilon,
        }
