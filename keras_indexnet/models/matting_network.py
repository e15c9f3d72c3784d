import keras
import numpy as np
from keras import saving

from keras_indexnet import layers
from keras_indexnet.layers.block_layout import check_divisible
from keras_indexnet.models.mobilenet_v2_encoder import KERAS_CONVENTIONS, mobilenet_v2_stages

DOWNSAMPLED_STAGES = (0, 2, 3, 4, 6)
STRIDE = 2 ** len(DOWNSAMPLED_STAGES)
INDEX_FUNCTIONS = ("max", "hin", "o2o", "m2o")


@saving.register_keras_serializable(package="keras_indexnet")
class MattingNetwork(keras.Model):
    """Predicts the alpha matte of an image from the image and a trimap: a UNet that learns to index.

    An encoder of eight stages (MobileNetV2), five of them followed by Indexed Pooling; a context module; a
    decoder of seven stages, five of which begin with Indexed Upsampling by the index of the encoder's stage.

    Args:
        index: str, the index function: `"max"` (max pooling indices, the paper's B11), `"hin"` (holistic),
            `"o2o"` or `"m2o"` (depthwise, one-to-one or many-to-one).
        nonlinear: bool, of the index blocks.
        context: bool, whether the index blocks see the surroundings of a region.
        expansion: int, of the depthwise nonlinear index blocks (see `layers.DepthwiseIndexBlock`).
        aspp: bool. True: ASPP between encoder and decoder. False: a 1x1 convolution.
        width: float, width multiplier of the encoder. The decoder follows the encoder's channels.
        image_mean: 3 floats, subtracted from RGB in 0..255.
        image_std: 3 floats, the divisor after that.
        encoder_epsilon: float, of the encoder's batch normalisation.
        pads_block_input: bool, where the encoder's blocks pad (see `mobilenet_v2_stages`). The defaults of
            this and the three above fit the ImageNet weights of keras.applications; converted checkpoints
            have others.
        **kwargs: `name`.

    Call arguments:
        inputs: float tensor of shape `(B, H, W, 4)`, RGB in 0..255 and a trimap of 0 (background),
            128 (unknown) and 255 (foreground). H and W are multiples of 32.
        training: bool.

    Returns:
        Float tensor of shape `(B, H, W, 1)`: alpha, linear, so that it may leave [0, 1] by a little; clip it.

    Raises:
        ValueError: if `index` is unknown, or a static height or width is no multiple of 32.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet import models
    >>> network = models.MattingNetwork(index="hin")
    >>> tuple(network(np.zeros((1, 64, 96, 4), "float32")).shape)
    (1, 64, 96, 1)

    Source: Lu et al., ICCV 2019, sec. 5.1 and fig. 6.
    """

    def __init__(
        self,
        index="m2o",
        nonlinear=True,
        context=True,
        expansion=2,
        aspp=True,
        width=1.0,
        image_mean=KERAS_CONVENTIONS["image_mean"],
        image_std=KERAS_CONVENTIONS["image_std"],
        encoder_epsilon=KERAS_CONVENTIONS["encoder_epsilon"],
        pads_block_input=KERAS_CONVENTIONS["pads_block_input"],
        **kwargs,
    ):
        if index not in INDEX_FUNCTIONS:
            raise ValueError(f"MattingNetwork's index is one of {INDEX_FUNCTIONS}, not {index!r}.")
        stages = mobilenet_v2_stages(width, encoder_epsilon, pads_block_input)
        channels = [stage.output.shape[-1] for stage in stages]

        inputs = keras.Input((None, None, 4), name="image_and_trimap")
        x = _normalized(inputs, image_mean, image_std)

        skips, decoder_indices = [], []
        for stage, blocks in enumerate(stages[:7]):
            x = blocks(x)
            skip, decoder_index = x, None
            if stage in DOWNSAMPLED_STAGES:
                block = _index_block(index, nonlinear, context, expansion, name=f"index_{stage}")
                encoder_index, decoder_index = block(x)
                x, indexed = layers.IndexedPooling(return_indexed=True, name=f"pool_{stage}")(x, encoder_index)
                if index != "max":  # B11 hands on the feature itself
                    skip = indexed
            skips.append(skip)
            decoder_indices.append(decoder_index)

        x = stages[7](x)
        if aspp:
            x = layers.ASPP(channels[6], name="aspp")(x)
        else:
            x = _unit(x, channels[6], kernel_size=1, name="context")

        for stage in reversed(range(7)):
            if decoder_indices[stage] is not None:
                x = layers.IndexedUpsampling(name=f"upsample_{stage}")(x, decoder_indices[stage])
            x = keras.layers.Concatenate(name=f"fusion_{stage}")([x, skips[stage]])
            x = _unit(x, _decoder_channels(channels, stage), kernel_size=5, name=f"decoder_{stage}")
        alpha = _prediction_head(x)

        super().__init__(inputs, alpha, **kwargs)
        self.encoder_stages = stages
        self.index = index
        self.nonlinear = nonlinear
        self.context = context
        self.expansion = expansion
        self.aspp = aspp
        self.width = width
        self.image_mean = tuple(image_mean)
        self.image_std = tuple(image_std)
        self.encoder_epsilon = encoder_epsilon
        self.pads_block_input = pads_block_input

    def call(self, inputs, training=None, mask=None):
        check_divisible(inputs.shape, STRIDE, "MattingNetwork")
        return super().call(inputs, training=training, mask=mask)

    def get_config(self):
        return {
            "name": self.name,
            "index": self.index,
            "nonlinear": self.nonlinear,
            "context": self.context,
            "expansion": self.expansion,
            "aspp": self.aspp,
            "width": self.width,
            **self.encoder_conventions(),
        }

    def encoder_conventions(self):
        """Return the part of the config that must fit the encoder's weights, as a dict."""
        return {
            "image_mean": self.image_mean,
            "image_std": self.image_std,
            "encoder_epsilon": self.encoder_epsilon,
            "pads_block_input": self.pads_block_input,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**config)


def _normalized(inputs, image_mean, image_std):
    scale = [1 / std for std in image_std] + [1 / 255]
    offset = [-mean / std for mean, std in zip(image_mean, image_std, strict=True)] + [0.0]
    return keras.layers.Rescaling(scale, offset, name="normalize")(inputs)


def _index_block(index, nonlinear, context, expansion, name):
    if index == "max":
        return layers.MaxIndexBlock(name=name)
    if index == "hin":
        return layers.HolisticIndexBlock(nonlinear, context, name=name)
    return layers.DepthwiseIndexBlock(index, nonlinear, context, expansion, name=name)


def _decoder_channels(channels, stage):
    # A decoder stage ends with the channels of the encoder stage below it; the last ones stay wide enough
    # for the prediction head (fig. 6).
    return (channels[0], channels[0], channels[1], channels[2], channels[3], channels[4], channels[5])[stage]


def _unit(x, filters, kernel_size, name):
    x = keras.layers.Conv2D(
        filters,
        kernel_size,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
        name=f"{name}_conv",
    )(x)
    x = keras.layers.BatchNormalization(epsilon=1e-5, name=f"{name}_bn")(x)
    return keras.layers.ReLU(6.0, name=f"{name}_relu")(x)


def _prediction_head(x):
    x = _unit(x, 1, kernel_size=5, name="head")
    # The head has a single ReLU. A random last kernel sums to less than zero half of the time, and the network
    # then drives that ReLU to zero for good. A centre tap plus a small average, 1 in sum, cannot start so.
    kernel = np.full((5, 5, 1, 1), 0.02, "float32")
    kernel[2, 2] += 0.5
    return keras.layers.Conv2D(
        1,
        5,
        padding="same",
        use_bias=False,
        kernel_initializer=keras.initializers.Constant(kernel),
        dtype="float32",
        name="alpha",
    )(x)
