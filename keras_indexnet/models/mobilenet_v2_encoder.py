"""The encoder of most networks: MobileNetV2, cut into stages of constant resolution."""

from typing import NamedTuple

import keras
from keras import layers

from keras_indexnet.given_numbers import whole_number
from keras_indexnet.layers.batch_normalization import BatchNormalization
from keras_indexnet.models.conventions import CONVENTIONS, conventions_of
from keras_indexnet.models.parts import PREFIX, image_and_trimap, normalized, stage_input


class Row(NamedTuple):
    """Blocks of one resolution."""

    expansion: int
    channels: int
    blocks: int


# The first convolution, stage 0, and a row for each stage behind it: Sandler et al., CVPR 2018, table 2.
FIRST_CHANNELS = 32
ROWS = (
    Row(1, 16, 1),
    Row(6, 24, 2),
    Row(6, 32, 3),
    Row(6, 64, 4),
    Row(6, 96, 3),
    Row(6, 160, 3),
    Row(6, 320, 1),
)
TAIL = (6, 7)  # the last stages, whose width can be another one
# The stages that begin with a stride in MobileNetV2, and after which the resolution halves where its strides
# are taken out, by output stride: 16 leaves out the last one.
DOWNSAMPLED_STAGES = {32: (0, 2, 3, 4, 6), 16: (0, 2, 3, 4)}
# Blocks that see the same surroundings as before although output stride 16 leaves out the last halving.
DILATED_BLOCKS = {32: (), 16: (14, 15, 16)}


def mobilenet_v2_stages(
    width=1.0,
    truncates_channels=False,
    conventions=CONVENTIONS["keras"]["mobilenet_v2"],
    output_stride=32,
    strided=False,
    tail_width=1.0,
    dtype=None,
):
    """Build MobileNetV2 with 4 input channels as eight models, one for each encoder stage.

    Layers have the names that keras.applications gives them, with the prefix `encoder_`.

    Args:
        width: float, the width multiplier (`alpha` in keras.applications).
        truncates_channels: bool, how a width that is not 1 rounds the numbers of channels. False: to multiples
            of 8, as Keras does. True: down to the next integer, as the reference code does.
        conventions: `Conventions`.
        output_stride: int, 32 or 16. With 16 the last three blocks are dilated by 2.
        strided: bool. False: every stride is 1; the caller downsamples after `DOWNSAMPLED_STAGES`. True: the
            convolutions keep their strides, with a border of one zero on each side.
        tail_width: float, multiplier of what the last two stages expand to and of the last one's channels, in
            which most weights are.
        dtype: str or `keras.DTypePolicy`, of the layers. None: the global one.

    Returns:
        List of eight `keras.Model`, each `(B, H, W, C) -> (B, H', W', C')`.

    Source: Sandler et al., CVPR 2018; Lu et al., ICCV 2019, sec. 5.1 and fig. 6; of the tail, Howard et al.,
    ICCV 2019, sec. 6.4.
    """
    strides = [2 if strided and stage in DOWNSAMPLED_STAGES[output_stride] else 1 for stage in range(8)]
    parts = _Parts(conventions, dtype)

    channels = _rounded(FIRST_CHANNELS * width, truncates_channels)
    image = stage_input(4, dtype)
    stages = [keras.Model(image, parts.first_convolution(image, channels, strides[0]), name=f"{PREFIX}stage_0")]
    number = 0
    for stage, row in enumerate(ROWS, start=1):
        start = x = stage_input(channels, dtype)
        expansion, last = row.expansion, row.channels * width
        if stage in TAIL:
            expansion *= tail_width
        if stage == len(ROWS):
            last *= tail_width
        channels = _rounded(int(last), truncates_channels)
        for first in (True, *[False] * (row.blocks - 1)):
            x = parts.block(
                x,
                name=f"block_{number}_" if number else "expanded_conv_",
                expansion=expansion,
                channels=channels,
                stride=strides[stage] if first else 1,
                dilation=2 if number in DILATED_BLOCKS[output_stride] else 1,
                # The first block of such a stage is none even where its stride is taken out.
                residual=not (first and stage in DOWNSAMPLED_STAGES[32]),
            )
            number += 1
        stages.append(keras.Model(start, x, name=f"{PREFIX}stage_{stage}"))
    return stages


def checked_output_stride(output_stride):
    """Return a network's output stride as an int; raise ValueError unless it is 32 or 16."""
    return whole_number(output_stride, "A network's output_stride", min(DOWNSAMPLED_STAGES), 32, multiple=16)


def strided_features(output_stride, conventions, dtype):
    """What DeepLabV3Plus and RefineNet begin with: MobileNetV2 with its strides, on image and trimap.

    Args:
        output_stride: int, 32 or 16.
        conventions: str, `"keras"` or `"reference"`.
        dtype: str or `keras.DTypePolicy`, of the layers.

    Returns:
        The input, a list with the feature of each stage, and a list of the stages.
    """
    fitting = conventions_of(conventions, "mobilenet_v2")
    stages = mobilenet_v2_stages(conventions=fitting, output_stride=output_stride, strided=True, dtype=dtype)
    inputs = image_and_trimap()
    x = normalized(inputs, fitting, dtype)
    features = []
    for blocks in stages:
        x = blocks(x)
        features.append(x)
    return inputs, features, stages


class _Parts:
    """What MobileNetV2 consists of, under the conventions of its weights."""

    def __init__(self, conventions, dtype):
        self.conventions = conventions
        self.dtype = dtype

    def first_convolution(self, image, channels, stride):
        """A 3x3 convolution."""
        if stride > 1:
            image = self._bordered(image, 1, "Conv1")
        padding = "valid" if stride > 1 else "same"
        x = self._convolution(image, channels, "Conv1", kernel_size=3, strides=stride, padding=padding)
        return self._relu(self._normalized(x, "bn_Conv1"), "Conv1_relu")

    def block(self, inputs, name, expansion, channels, stride, dilation, residual):
        """Inverted residual: expand the channels, filter each of them by 3x3, project them to fewer."""
        x = inputs
        pads_input = self.conventions.pads_block_input and expansion > 1
        if expansion > 1:
            if pads_input:
                x = self._bordered(x, dilation, f"{name}expand")
            x = self._convolution(x, int(expansion * inputs.shape[-1]), f"{name}expand")
            x = self._relu(self._normalized(x, f"{name}expand_BN"), f"{name}expand_relu")
        if stride > 1 and not pads_input:
            x = self._bordered(x, 1, f"{name}depthwise")
        x = layers.DepthwiseConv2D(
            3,
            strides=stride,
            dilation_rate=dilation,
            padding="valid" if stride > 1 or pads_input else "same",
            use_bias=False,
            data_format="channels_last",
            dtype=self.dtype,
            name=f"{PREFIX}{name}depthwise",
        )(x)
        x = self._relu(self._normalized(x, f"{name}depthwise_BN"), f"{name}depthwise_relu")
        x = self._normalized(self._convolution(x, channels, f"{name}project"), f"{name}project_BN")
        if residual and inputs.shape[-1] == channels:
            x = layers.Add(dtype=self.dtype, name=f"{PREFIX}{name}add")([inputs, x])
        return x

    def _convolution(self, x, filters, name, kernel_size=1, **options):
        return layers.Conv2D(
            filters,
            kernel_size,
            use_bias=False,
            data_format="channels_last",
            dtype=self.dtype,
            name=PREFIX + name,
            **options,
        )(x)

    def _normalized(self, x, name):
        return BatchNormalization(
            momentum=0.999, epsilon=self.conventions.epsilon, dtype=self.dtype, name=PREFIX + name
        )(x)

    def _relu(self, x, name):
        return layers.ReLU(6.0, dtype=self.dtype, name=PREFIX + name)(x)

    def _bordered(self, x, width, name):
        return layers.ZeroPadding2D(
            width, data_format="channels_last", dtype=self.dtype, name=f"{PREFIX}{name}_pad"
        )(x)


def _rounded(channels, truncates_channels):
    """Round a number of channels down, or, as Keras does, to a multiple of 8 that is not much less."""
    if truncates_channels:
        return int(channels)
    rounded = max(8, int(channels + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * channels else rounded
