import keras
from keras import saving

from keras_indexnet import layers
from keras_indexnet.layers.aspp import DILATIONS
from keras_indexnet.models.encoder_decoder import EncoderDecoder
from keras_indexnet.models.mobilenet_v2_encoder import CONVENTIONS, mobilenet_v2_stages
from keras_indexnet.models.parts import normalized, prediction_head, unit

LOW_LEVEL_STAGE = 2  # of stride 4


@saving.register_keras_serializable(package="keras_indexnet")
class DeepLabV3Plus(EncoderDecoder):
    """Predicts alpha with DeepLabv3+ on MobileNetV2: the paper's baseline B1, without indices.

    The encoder keeps MobileNetV2's strided convolutions. ASPP at the bottom; its result, enlarged to a quarter
    of the input's size, is joined with the encoder's feature of that size, and the prediction is enlarged to
    the input's size. Any input size works.

    Args:
        output_stride: int, 16 or 32.
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
        ValueError: if the output stride is neither 16 nor 32.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet import models
    >>> network = models.DeepLabV3Plus()
    >>> tuple(network(np.zeros((1, 65, 97, 4), "float32")).shape)
    (1, 65, 97, 1)

    Source: Chen et al., ECCV 2018; Lu et al., ICCV 2019, table 1, B1.
    """

    encoder = "mobilenet_v2"
    width = 1.0

    def __init__(
        self,
        output_stride=16,
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
        for stage, blocks in enumerate(stages):
            x = blocks(x)
            if stage == LOW_LEVEL_STAGE:
                low_level = unit(x, 48, kernel_size=1, name="low_level")

        x = layers.ASPP(256, DILATIONS[output_stride], name="aspp")(x)
        x = layers.AlignedResizing(name="enlarge")(x, low_level)
        x = keras.layers.Concatenate(name="fusion")([x, low_level])
        x = unit(x, 256, kernel_size=5, name="decoder_0")
        x = unit(x, 256, kernel_size=5, name="decoder_1")
        alpha = prediction_head(x, kernel_size=1)
        alpha = layers.AlignedResizing(dtype="float32", name="enlarge_alpha")(alpha, inputs)

        options = {
            "output_stride": output_stride,
            "image_mean": image_mean,
            "image_std": image_std,
            "encoder_epsilon": encoder_epsilon,
            "pads_block_input": pads_block_input,
        }
        super().__init__(inputs, alpha, stages, options, **kwargs)
