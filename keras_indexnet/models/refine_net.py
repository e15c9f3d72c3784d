import keras
from keras import saving

from keras_indexnet import layers
from keras_indexnet.models.encoder_decoder import EncoderDecoder
from keras_indexnet.models.mobilenet_v2_encoder import CONVENTIONS, mobilenet_v2_stages
from keras_indexnet.models.parts import normalized, prediction_head, unit


@saving.register_keras_serializable(package="keras_indexnet")
class RefineNet(EncoderDecoder):
    """Predicts alpha with the light-weight RefineNet on MobileNetV2: the paper's baseline B2, without indices.

    The encoder keeps MobileNetV2's strided convolutions. From the bottom up, features of 256 channels are
    added, pass chained residual pooling, and are enlarged to the size of the next. Any input size works.

    Args:
        output_stride: int, 32 or 16.
        image_mean: 3 floats, subtracted from RGB in 0..255.
        image_std: 3 floats, the divisor after that.
        encoder_epsilon: float, of the encoder's batch normalisation.
        pads_block_input: bool, where the encoder's blocks pad (see `mobilenet_v2_stages`).
        **kwargs: `name`.

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

    encoder = "mobilenet_v2"
    width = 1.0

    def __init__(
        self,
        output_stride=32,
        image_mean=CONVENTIONS["image_mean"],
        image_std=CONVENTIONS["image_std"],
        encoder_epsilon=CONVENTIONS["encoder_epsilon"],
        pads_block_input=CONVENTIONS["pads_block_input"],
        **kwargs,
    ):
        stages = mobilenet_v2_stages(
            epsilon=encoder_epsilon,
            pads_block_input=pads_block_input,
            output_stride=output_stride,
            strided=True,
        )
        inputs = keras.Input((None, None, 4), name="image_and_trimap")
        x = normalized(inputs, image_mean, image_std)
        features = {}
        for stage, blocks in enumerate(stages):
            x = blocks(x)
            if stage >= 2:
                features[stage] = unit(x, 256, kernel_size=1, name=f"feature_{stage}")

        x = _refined([features[7], features[6]], "6")
        x = _enlarged(x, features[5], "6")
        x = _refined([features[5], features[4], x], "4")
        x = _enlarged(x, features[3], "4")
        x = _refined([features[3], x], "3")
        x = _enlarged(x, features[2], "3")
        x = _refined([features[2], x], "2")
        alpha = prediction_head(x, kernel_size=5)
        alpha = layers.AlignedResizing(dtype="float32", name="enlarge_alpha")(alpha, inputs)

        options = {
            "output_stride": output_stride,
            "image_mean": image_mean,
            "image_std": image_std,
            "encoder_epsilon": encoder_epsilon,
            "pads_block_input": pads_block_input,
        }
        super().__init__(inputs, alpha, stages, options, **kwargs)


def _refined(features, stage):
    x = keras.layers.Add(name=f"fusion_{stage}")(features)
    x = keras.layers.ReLU(6.0, name=f"fusion_{stage}_relu")(x)
    return layers.CRP(256, name=f"crp_{stage}")(x)


def _enlarged(x, feature, stage):
    x = unit(x, 256, kernel_size=1, name=f"adapt_{stage}")
    return layers.AlignedResizing(name=f"enlarge_{stage}")(x, feature)
