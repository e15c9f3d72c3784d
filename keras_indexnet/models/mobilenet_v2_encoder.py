"""The encoder of most networks: keras.applications' MobileNetV2, cut into stages of constant resolution."""

import warnings

import keras
from keras import layers

from keras_indexnet.models.parts import PREFIX

# The last layer of each stage; the resolution changes only between stages.
STAGE_ENDS = (
    "Conv1_relu",
    "expanded_conv_project_BN",
    "block_2_add",
    "block_5_add",
    "block_9_add",
    "block_12_add",
    "block_15_add",
    "block_16_project_BN",
)
# The stages after which the resolution halves, by output stride.
DOWNSAMPLED_STAGES = {32: (0, 2, 3, 4, 6), 16: (0, 2, 3, 4)}
# Blocks that see the same surroundings as before although output stride 16 leaves out the last halving.
DILATED_BLOCKS = {32: (), 16: ("block_14_", "block_15_", "block_16_")}
# What ImageNet weights from keras.applications expect. A network carries these in its config, because weights
# trained under one set of conventions lose accuracy silently under another.
CONVENTIONS = {
    "image_mean": (127.5, 127.5, 127.5),
    "image_std": (127.5, 127.5, 127.5),
    "encoder_epsilon": 1e-3,
    "pads_block_input": False,
}


def mobilenet_v2_stages(
    width=1.0,
    truncates_channels=False,
    epsilon=CONVENTIONS["encoder_epsilon"],
    pads_block_input=CONVENTIONS["pads_block_input"],
    output_stride=32,
    strided=False,
):
    """Build MobileNetV2 with 4 input channels as eight models, one for each encoder stage.

    Layers keep the names that keras.applications gives them, with the prefix `encoder_`.

    Args:
        width: float, the width multiplier (`alpha` in keras.applications).
        truncates_channels: bool, how a width that is not 1 rounds the numbers of channels. False: to multiples
            of 8, as Keras does. True: down to the next integer, as the reference code does.
        epsilon: float, of the batch normalisation. Keras's ImageNet weights need 1e-3.
        pads_block_input: bool. False: a block's 3x3 convolution pads the expanded features with zeros, as
            Keras does. True: the block's input is padded before the expansion, as the reference code does,
            so that the border holds the expansion of zero.
        output_stride: int, 32 or 16. With 16 the last three blocks are dilated by 2.
        strided: bool. False: every stride is 1; the caller downsamples after `DOWNSAMPLED_STAGES`. True: the
            convolutions keep their strides, with a border of one zero on each side.

    Returns:
        List of eight `keras.Model`, each `(B, H, W, C) -> (B, H', W', C')`.

    Raises:
        ValueError: if the output stride is neither 32 nor 16.

    Source: Lu et al., ICCV 2019, sec. 5.1 and fig. 6.
    """
    if output_stride not in DOWNSAMPLED_STAGES:
        raise ValueError(f"The output stride is one of {tuple(DOWNSAMPLED_STAGES)}, not {output_stride!r}.")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*expects 1 or 3 input channels")
        backbone = keras.applications.MobileNetV2(
            input_shape=(None, None, 4),
            alpha=1.0 if truncates_channels else width,
            include_top=False,
            weights=None,
        )

    def modified(layer):
        config = {**layer.get_config(), "name": PREFIX + layer.name}
        if isinstance(layer, layers.BatchNormalization):
            config["epsilon"] = epsilon
        if isinstance(layer, layers.Conv2D) and truncates_channels:
            config["filters"] = _truncated(layer, width)
        if isinstance(layer, layers.Conv2D | layers.DepthwiseConv2D) and layer.kernel_size == (3, 3):
            config.update(_resolution(layer, output_stride, strided, pads_block_input))
        return type(layer).from_config(config)

    def call(layer, features, **kwargs):
        if isinstance(layer, layers.ZeroPadding2D):  # keras.applications' own, for even inputs only
            return features
        border = _border(layer, output_stride, pads_block_input)
        if border:
            features = layers.ZeroPadding2D(border, name=f"{layer.name}_pad")(features)
        return layer(features, **kwargs)

    backbone = keras.models.clone_model(backbone, clone_function=modified, call_function=call)
    ends = [backbone.get_layer(PREFIX + name).output for name in STAGE_ENDS]
    starts = [backbone.input, *ends[:-1]]
    return [
        keras.Model(start, end, name=f"{PREFIX}stage_{stage}")
        for stage, (start, end) in enumerate(zip(starts, ends, strict=True))
    ]


def _truncated(convolution, width):
    if convolution.name.endswith("_expand"):  # a multiple of the block's input, which is truncated
        return 6 * int(convolution.filters // 6 * width)
    return int(convolution.filters * width)


def _resolution(convolution, output_stride, strided, pads_block_input):
    """Return strides, dilation and padding of a 3x3 convolution."""
    name = convolution.name
    strides = convolution.strides if strided else (1, 1)
    if name.startswith("block_13_") and output_stride == 16:
        strides = (1, 1)
    dilated = name.startswith(DILATED_BLOCKS[output_stride])
    padded_by_hand = strides == (2, 2) or (pads_block_input and name.startswith("block_"))
    return {
        "strides": strides,
        "dilation_rate": 2 if dilated else 1,
        "padding": "valid" if padded_by_hand else "same",
    }


def _border(layer, output_stride, pads_block_input):
    """Return the width of the zeros to put around a layer's input."""
    name = layer.name.removeprefix(PREFIX)
    if pads_block_input and name.endswith("_expand"):
        return 2 if name.startswith(DILATED_BLOCKS[output_stride]) else 1
    strides = getattr(layer, "strides", None)
    padded_already = pads_block_input and name.startswith("block_")
    return 1 if strides == (2, 2) and not padded_already else 0
