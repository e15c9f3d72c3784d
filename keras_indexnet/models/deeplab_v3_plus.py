import keras
from keras import saving

from keras_indexnet import layers
from keras_indexnet.layers.aspp import DILATIONS
from keras_indexnet.models.encoder_decoder import EncoderDecoder
from keras_indexnet.models.mobilenet_v2_encoder import checked_output_stride, strided_features
from keras_indexnet.models.parts import precision, prediction_head, unit

LOW_LEVEL_STAGE = 2  # of stride 4


@saving.register_keras_serializable(package="keras_indexnet")
class DeepLabV3Plus(EncoderDecoder):
    """Predicts alpha with DeepLabv3+ on MobileNetV2: the paper's baseline B1, without indices.

    The encoder keeps MobileNetV2's strided convolutions. ASPP at the bottom; its result, enlarged to a quarter
    of the input's size, is joined with the encoder's feature of that size, and the prediction is enlarged to
    the input's size. Any input size works.

    Args:
        output_stride: int, 16 or 32.
        conventions: str, `"keras"` or `"reference"` (see `MattingNetwork`).
        refinement: bool, whether `layers.AlphaRefinement` corrects alpha at the end, as in Deep Matting.
        name: str.
        dtype: str or `keras.DTypePolicy`, of the layers. None: the global policy, or float32 where that keeps
            the weights in half precision.
        trainable: bool. False freezes all layers.

    Call arguments:
        inputs: float tensor of shape `(B, H, W, 4)`, RGB in 0..255 and a trimap of 0, 128 and 255.
        training: bool.

    Returns:
        Float tensor of shape `(B, H, W, 1)`: alpha, linear; clip it to [0, 1].

    Raises:
        ValueError: if the output stride is neither 16 nor 32.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet import models
    >>> network = models.DeepLabV3Plus()
    >>> tuple(network(np.zeros((1, 65, 97, 4), "float32")).shape)
    (1, 65, 97, 1)

    Source: Chen et al., ECCV 2018; Lu et al., ICCV 2019, table 1, B1.
    """

    def __init__(
        self,
        output_stride: int = 16,
        conventions: str = "keras",
        refinement: bool = False,
        name: str | None = None,
        dtype: str | keras.DTypePolicy | None = None,
        trainable: bool = True,
    ) -> None:
        output_stride, dtype = checked_output_stride(output_stride), precision(dtype)
        inputs, features, stages = strided_features(output_stride, conventions, dtype)
        low_level = unit(features[LOW_LEVEL_STAGE], 48, kernel_size=1, name="low_level", dtype=dtype)
        x = layers.ASPP(256, DILATIONS[output_stride], dtype=dtype, name="aspp")(features[-1])
        x = layers.AlignedResizing(dtype=dtype, name="enlarge")(x, low_level)
        x = keras.layers.Concatenate(dtype=dtype, name="fusion")([x, low_level])
        x = unit(x, 256, kernel_size=5, name="decoder_0", dtype=dtype)
        x = unit(x, 256, kernel_size=5, name="decoder_1", dtype=dtype)
        alpha = prediction_head(x, kernel_size=1, dtype=dtype)
        alpha = layers.AlignedResizing(dtype="float32", name="enlarge_alpha")(alpha, inputs)
        super().__init__(
            inputs,
            alpha,
            stages,
            output_stride=output_stride,
            conventions=conventions,
            refinement=refinement,
            name=name,
            dtype=dtype,
            trainable=trainable,
        )
