"""How an encoder's weights expect its input and its batch normalisation, which no shape of a weight tells."""

from typing import NamedTuple

from keras_indexnet.errors import IndexNetError


class Conventions(NamedTuple):
    """What has to fit an encoder's weights: under others they lose accuracy without a word.

    Source: keras.applications, and the code of Lu et al., ICCV 2019.
    """

    image_mean: tuple[float, float, float]  # subtracted from RGB in 0..255
    image_std: tuple[float, float, float]  # the divisor after that
    epsilon: float = 1e-3  # of the encoder's batch normalisation
    # Where MobileNetV2's blocks pad. False: the 3x3 convolution pads the expanded features with zeros. True:
    # the block's input is padded before the expansion, so that the border holds the expansion of zero.
    pads_block_input: bool = False


# name -> encoder -> conventions
CONVENTIONS = {
    # Of the ImageNet weights of keras.applications. Those of VGG16 expect no division: `load_imagenet_weights`
    # multiplies it into the first kernel, so that the trimap, in 0..1, is not drowned by the colours.
    "keras": {
        "mobilenet_v2": Conventions((127.5, 127.5, 127.5), (127.5, 127.5, 127.5)),
        "vgg16": Conventions((123.68, 116.779, 103.939), (58.395, 57.12, 57.375)),
    },
    # Of the paper's PyTorch code: RGB / 255 less ImageNet's mean over its deviation, in 0..255 here.
    "reference": {
        "mobilenet_v2": Conventions(
            (123.675, 116.28, 103.53), (58.395, 57.12, 57.375), epsilon=1e-5, pads_block_input=True
        ),
    },
}


def conventions_of(name, encoder):
    """Return what a network's argument `conventions` means for its encoder.

    Args:
        name: str, `"keras"` or `"reference"`.
        encoder: str, `"mobilenet_v2"` or `"vgg16"`.

    Returns:
        `Conventions`.

    Raises:
        ValueError: if there are no conventions of that name, or not of this encoder.
    """
    if name not in CONVENTIONS:
        raise IndexNetError(f"The conventions are one of {tuple(CONVENTIONS)}, not {name!r}.")
    if encoder not in CONVENTIONS[name]:
        raise IndexNetError(f"The reference code has no network on {encoder}, and so no conventions for it.")
    return CONVENTIONS[name][encoder]


def up_to_date(config):
    """Bring a config up to date that states the conventions in four arguments, as files from before 0.2.0 do.

    Args:
        config: dict.

    Returns:
        Dict.

    Raises:
        ValueError: if it has conventions that are neither Keras's nor the reference code's.
    """
    old = ("image_mean", "image_std", "encoder_epsilon", "pads_block_input")
    if not set(old) & config.keys():
        return config
    mean, std, epsilon, pads_block_input = (config[name] for name in old)
    stated = Conventions(tuple(mean), tuple(std), epsilon, pads_block_input)
    encoder = config.get("encoder", "mobilenet_v2")
    for name, encoders in CONVENTIONS.items():
        if encoders.get(encoder) == stated:
            kept = {key: value for key, value in config.items() if key not in old}
            return {**kept, "conventions": name}
    raise IndexNetError(f"The network has conventions of its own, {stated}, which are not supported any more.")
