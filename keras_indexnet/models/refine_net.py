import keras
from keras import saving

from keras_indexnet import layers
from keras_indexnet.models.encoder_decoder import EncoderDecoder
from keras_indexnet.models.mobilenet_v2_encoder import checked_output_stride, strided_features
from keras_indexnet.models.parts import precision, prediction_head, unit


@saving.register_keras_serializable(package="keras_indexnet")
class RefineNet(EncoderDecoder):
    """Predicts alpha with the light-weight RefineNet on MobileNetV2: the paper's baseline B2, without indices.

    The encoder keeps MobileNetV2's strided convolutions. From the bottom up, features of 256 channels are
    added, pass chained residual pooling, and are enlarged to the size of the next. Any input size works.

    Args:
        output_stride: int, 32 or 16.
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
        ValueError: if the output stride is neither 32 nor 16.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet import models
    >>> network = models.RefineNet()
    >>> tuple(network(np.zeros((1, 65, 97, 4), "float32")).shape)
    (1, 65, 97, 1)

    Source: Nekrasov et al., BMVC 2018; Lu et al., ICCV 2019, table 1, B2.
    """

    def __init__(
        self,
        output_stride: int = 32,
        conventions: str = "keras",
        refinement: bool = False,
        name: str | None = None,
        dtype: str | keras.DTypePolicy | None = None,
        trainable: bool = True,
    ) -> None:
        output_stride, dtype = checked_output_stride(output_stride), precision(dtype)
        inputs, features, stages = strided_features(output_stride, conventions, dtype)
        features = [
            unit(x, 256, kernel_size=1, name=f"feature_{stage}", dtype=dtype) if stage >= 2 else x
            for stage, x in enumerate(features)
        ]
        x = _refined([features[7], features[6]], "6", dtype)
        x = _enlarged(x, features[5], "6", dtype)
        x = _refined([features[5], features[4], x], "4", dtype)
        x = _enlarged(x, features[3], "4", dtype)
        x = _refined([features[3], x], "3", dtype)
        x = _enlarged(x, features[2], "3", dtype)
        x = _refined([features[2], x], "2", dtype)
        alpha = prediction_head(x, kernel_size=5, dtype=dtype)
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


def _refined(features, stage, dtype):
    x = keras.layers.Add(dtype=dtype, name=f"fusion_{stage}")(features)
    x = keras.layers.ReLU(6.0, dtype=dtype, name=f"fusion_{stage}_relu")(x)
    return layers.CRP(256, dtype=dtype, name=f"crp_{stage}")(x)


def _enlarged(x, feature, stage, dtype):
    x = unit(x, 256, kernel_size=1, name=f"adapt_{stage}", dtype=dtype)
    return layers.AlignedResizing(dtype=dtype, name=f"enlarge_{stage}")(x, feature)
