"""The encoder: keras.applications' MobileNetV2, cut into stages of constant resolution."""

import warnings

import keras
from keras import layers

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
PREFIX = "encoder_"
# What ImageNet weights from keras.applications expect. A network carries these in its config, because weights
# trained under one set of conventions lose accuracy silently under another.
KERAS_CONVENTIONS = {
    "image_mean": (127.5, 127.5, 127.5),
    "image_std": (127.5, 127.5, 127.5),
    "encoder_epsilon": 1e-3,
    "pads_block_input": False,
}


def mobilenet_v2_stages(width=1.0, epsilon=1e-3, pads_block_input=False):
    """Build MobileNetV2 with 4 input channels as eight models, one for each encoder stage.

    Every stride-2 convolution gets stride 1: the caller downsamples between the stages. Layers keep the names
    that keras.applications gives them, with the prefix `encoder_`.

    Args:
        width: float, the width multiplier (`alpha` in keras.applications).
        epsilon: float, of the batch normalisation. Keras's ImageNet weights need 1e-3.
        pads_block_input: bool. False: a block's 3x3 convolution pads the expanded features with zeros, as
            Keras does. True: the block's input is padded before the expansion, as the reference code does,
            so that the border holds the expansion of zero.

    Returns:
        List of eight `keras.Model`, each `(B, H, W, C) -> (B, H, W, C')`.

    Source: Lu et al., ICCV 2019, sec. 5.1 and fig. 6.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*expects 1 or 3 input channels")
        backbone = keras.applications.MobileNetV2(
            input_shape=(None, None, 4), alpha=width, include_top=False, weights=None
        )
    backbone = keras.models.clone_model(
        backbone,
        clone_function=lambda layer: _modified(layer, epsilon, pads_block_input),
        call_function=_call_padding_block_input if pads_block_input else _call_unless_padding,
    )
    ends = [backbone.get_layer(PREFIX + name).output for name in STAGE_ENDS]
    starts = [backbone.input, *ends[:-1]]
    return [
        keras.Model(start, end, name=f"{PREFIX}stage_{stage}")
        for stage, (start, end) in enumerate(zip(starts, ends, strict=True))
    ]


def _modified(layer, epsilon, pads_block_input):
    config = layer.get_config()
    config["name"] = PREFIX + config["name"]
    if isinstance(layer, layers.Conv2D | layers.DepthwiseConv2D):
        follows_expansion = layer.name.startswith("block_") and layer.name.endswith("depthwise")
        padded = pads_block_input and follows_expansion
        config.update(strides=(1, 1), padding="valid" if padded else "same")
    if isinstance(layer, layers.BatchNormalization):
        config["epsilon"] = epsilon
    return type(layer).from_config(config)


def _call_unless_padding(layer, *args, **kwargs):
    # keras.applications pads by hand before its stride-2 convolutions, of which none is left.
    if isinstance(layer, layers.ZeroPadding2D):
        return args[0]
    return layer(*args, **kwargs)


def _call_padding_block_input(layer, *args, **kwargs):
    if layer.name.endswith("_expand"):
        return layer(layers.ZeroPadding2D(1, name=f"{layer.name}_pad")(*args))
    return _call_unless_padding(layer, *args, **kwargs)


def load_imagenet_weights(network, path=None):
    """Give a network's encoder the ImageNet weights of keras.applications.

    The fourth input channel, the trimap, starts at zero.

    Args:
        network: `MattingNetwork` of width 1.0, or another width that keras.applications has weights for.
        path: str or path of a weights file of `MobileNetV2(include_top=False)`, for machines that cannot
            download it. None: `keras.applications` fetches it, or takes it from its cache.

    Raises:
        ValueError: if the network's encoder normalises its input or its batches in another way than these
            weights expect.
        OSError: if the weights cannot be downloaded or read.
    """
    if network.encoder_conventions() != KERAS_CONVENTIONS:
        raise ValueError(
            "ImageNet weights of keras.applications need a network with the default conventions, "
            f"{KERAS_CONVENTIONS}, but this one has {network.encoder_conventions()}."
        )
    try:
        backbone = keras.applications.MobileNetV2(
            input_shape=(224, 224, 3),
            alpha=network.width,
            include_top=False,
            weights="imagenet" if path is None else str(path),
        )
    except Exception as error:  # keras.utils.get_file raises a bare Exception where there is no network
        raise OSError(
            f"The ImageNet weights {'cannot be downloaded' if path is None else f'{path} cannot be read'}: "
            f"{error}"
        ) from error
    for stage in network.encoder_stages:
        for layer in stage.layers:
            if not layer.weights:
                continue
            weights = backbone.get_layer(layer.name.removeprefix(PREFIX)).get_weights()
            if layer.name == PREFIX + "Conv1":
                rgb = weights[0]
                weights[0] = layer.get_weights()[0] * 0.0
                weights[0][:, :, :3] = rgb
            layer.set_weights(weights)
