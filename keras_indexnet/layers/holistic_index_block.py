from typing import Any

import keras
from keras import layers, saving

from keras_indexnet.given_numbers import number
from keras_indexnet.layers.batch_normalization import BatchNormalization
from keras_indexnet.layers.index_block import IndexBlock


@saving.register_keras_serializable(package="keras_indexnet")
class HolisticIndexBlock(IndexBlock):
    """Predicts one index map for all channels of a feature map (HIN).

    Args:
        nonlinear: bool. False: one convolution `C -> k*k`. True: convolution `C -> 2C`, batch normalisation,
            ReLU6, 1x1 convolution `2C -> k*k`.
        context: bool. False: the first kernel covers just its region (k x k). True: it also sees the
            surroundings (2k x 2k).
        pool_size: int, the side k of a region.
        epsilon: float, of the batch normalisation.
        **kwargs: arguments of `keras.layers.Layer`.

    Call arguments:
        features: float tensor of shape `(B, H, W, C)`; H and W are multiples of `pool_size` or unknown.
        training: bool, whether the batch normalisation uses the statistics of the batch.

    Returns:
        A pair of float tensors of shape `(B, H/k, W/k, k*k)` in block layout: the encoder index, which sums
        to 1 over each region, and the decoder index, each value in (0, 1).

    Raises:
        ValueError: if a static height or width is not divisible by `pool_size`.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet import layers
    >>> features = np.random.rand(1, 8, 8, 16).astype("float32")
    >>> block = layers.HolisticIndexBlock(nonlinear=True, context=True)
    >>> encoder_index, decoder_index = block(features)
    >>> tuple(encoder_index.shape)
    (1, 4, 4, 4)

    Source: Lu et al., ICCV 2019, sec. 4.1.
    """

    holistic = True
    learned = True

    def __init__(
        self,
        nonlinear: bool = False,
        context: bool = False,
        pool_size: int = 2,
        epsilon: float = 1e-5,
        **kwargs: Any,
    ) -> None:
        super().__init__(pool_size, **kwargs)
        self.nonlinear = bool(nonlinear)
        self.context = bool(context)
        self.epsilon = number(epsilon, "HolisticIndexBlock's epsilon", least=0)

    def build(self, input_shape):
        channels, positions = input_shape[-1], self.pool_size**2
        common = {
            "use_bias": False,
            "kernel_initializer": "he_normal",
            "data_format": "channels_last",  # as the layer, whatever Keras is set to
            "dtype": self.dtype_policy,
        }
        first = {
            "kernel_size": self.pool_size * (2 if self.context else 1),
            "strides": self.pool_size,
            "padding": "same",
        }
        if self.nonlinear:
            index_network = [
                layers.Conv2D(2 * channels, **first, **common, name="conv"),
                BatchNormalization(epsilon=self.epsilon, dtype=self.dtype_policy, name="bn"),
                layers.ReLU(6.0, dtype=self.dtype_policy, name="relu"),
                layers.Conv2D(positions, 1, **common, name="project"),
            ]
        else:
            index_network = [layers.Conv2D(positions, **first, **common, name="conv")]
        self.index_network = keras.Sequential(index_network, name="index_network")
        self.index_network.build(input_shape)

    def indices(self, features):
        return self.normalized(self.index_network(features))

    def get_config(self):
        return {
            **super().get_config(),
            "nonlinear": self.nonlinear,
            "context": self.context,
            "epsilon": self.epsilon,
        }
