"""ImageNet weights of keras.applications for the encoders."""

import keras

from keras_indexnet.errors import IndexNetError
from keras_indexnet.models.encoder_decoder import EncoderDecoder
from keras_indexnet.models.mobilenet_v2_encoder import TAIL
from keras_indexnet.models.parts import PREFIX
from keras_indexnet.paths import StrPath


def load_imagenet_weights(network: EncoderDecoder, path: StrPath | None = None) -> None:
    """Give a network's encoder the ImageNet weights of keras.applications.

    The fourth input channel, the trimap, starts at zero. VGG16's dense layer is not among the weights: the 7x7
    convolution that stands for it keeps its random ones, and so do the last two stages where `tail_width` is
    not 1.

    Args:
        network: a matting network on MobileNetV2, of width 1.0 or another that keras.applications has weights
            for, or on VGG16.
        path: str or path of a weights file of `MobileNetV2(include_top=False)` or
            `VGG16(include_top=False)`, for machines that cannot download it. None: `keras.applications`
            fetches it, or takes it from its cache.

    Raises:
        ValueError: if the network's encoder normalises its input or its batches in another way than these
            weights expect, or there are none of its width.
        OSError: if the weights cannot be downloaded or read.
    """
    if network.conventions != "keras":
        raise IndexNetError(
            "ImageNet weights of keras.applications need a network with conventions='keras', but this one has "
            f"{network.conventions!r}."
        )
    if getattr(network, "truncates_channels", False) and network.width != 1.0:
        raise IndexNetError(
            "ImageNet weights of keras.applications have other numbers of channels than a network of width "
            f"{network.width} with truncates_channels=True: begin without them."
        )
    backbone = _backbone(network, "imagenet" if path is None else str(path))
    names = {layer.name for layer in backbone.layers}
    has_tail = getattr(network, "tail_width", 1.0) == 1.0
    for stage in network.encoder_stages if has_tail else network.encoder_stages[: TAIL[0]]:
        for layer in stage.layers:
            name = layer.name.removeprefix(PREFIX)
            if layer.weights and name in names:
                layer.set_weights(_encoder_weights(network, layer, backbone.get_layer(name).get_weights()))


def _backbone(network, weights):
    try:
        if network.encoder == "vgg16":
            return keras.applications.VGG16(include_top=False, weights=weights)
        return keras.applications.MobileNetV2(
            input_shape=(224, 224, 3), alpha=network.width, include_top=False, weights=weights
        )
    except Exception as error:  # keras.utils.get_file raises a bare Exception where there is no network
        problem = "cannot be downloaded" if weights == "imagenet" else f"{weights} cannot be read"
        raise OSError(f"The ImageNet weights {problem}: {error}") from error


def _encoder_weights(network, layer, weights):
    mine = layer.get_weights()
    if mine[0].shape == weights[0].shape:
        return weights
    kernel = weights[0]
    if network.encoder == "vgg16":  # its weights read blue first, and no division
        kernel = kernel[:, :, ::-1] * [[value] for value in network.encoder_conventions().image_std]
    four_channels = mine[0] * 0.0
    four_channels[:, :, :3] = kernel
    return [four_channels, *weights[1:]]
