from typing import Any

from keras import layers, saving

from keras_indexnet.layers.fade import FADE


@saving.register_keras_serializable(package="keras_indexnet")
class FADELite(FADE):
    """`FADE` with a depthwise 3x3 convolution: a fraction of the weights and of the work.

    The 1x1 convolutions A_g and A_x compress to K*K channels at once, one for each weight of a kernel, and E is
    depthwise.

    Args:
        size: int, the upsampling factor k.
        kernel_size: int, odd, the side K of a kernel.
        gated: bool. False leaves out the gate, which the guide need not have the features' channels for.
        **kwargs: arguments of `keras.layers.Layer`.

    Call arguments:
        features: float tensor of shape `(B, H, W, C)`, of the decoder.
        guide: float tensor of shape `(B, H * k, W * k, C)`, of the encoder. Without gate it may
            have any number of channels.

    Returns:
        Float tensor of shape `(B, H * k, W * k, C)`.

    Raises:
        ValueError: if an argument is out of its range, there is no guide, or it has another static shape.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet import layers
    >>> features = np.random.rand(1, 8, 8, 16).astype("float32")
    >>> guide = np.random.rand(1, 16, 16, 16).astype("float32")
    >>> layers.FADELite()(features, guide).shape == guide.shape
    True

    Source: Lu et al., ECCV 2022, and IJCV 2024 for the depthwise convolution.
    """

    def __init__(self, size: int = 2, kernel_size: int = 5, gated: bool = True, **kwargs: Any) -> None:
        super().__init__(size, kernel_size, gated=gated, **kwargs)
        self.compressed = self.kernel_size**2

    def new_predictor(self, **options):
        return layers.DepthwiseConv2D(3, **options)

    def get_config(self):
        return {name: value for name, value in super().get_config().items() if name != "compressed"}
