"""The encoder of the SegNet baselines B3 and B4: keras.applications' VGG16 without its poolings."""

import warnings

import keras
from keras import layers

from keras_indexnet.models.parts import PREFIX

STAGE_ENDS = ("block1_conv2", "block2_conv2", "block3_conv3", "block4_conv3", "block5_conv3")
DOWNSAMPLED_STAGES = (0, 1, 2, 3, 4)
# The mean is that of keras.applications' ImageNet weights. They expect no division: `load_imagenet_weights`
# multiplies it into the first kernel, so that the trimap, in 0..1, is not drowned by the colours.
CONVENTIONS = {
    "image_mean": (123.68, 116.779, 103.939),
    "image_std": (58.395, 57.12, 57.375),
    "encoder_epsilon": 1e-3,
    "pads_block_input": False,
}


def vgg16_stages(epsilon=CONVENTIONS["encoder_epsilon"]):
    """Build VGG16 with 4 input channels as six models, one for each encoder stage.

    The five blocks of keras.applications' VGG16, without their max pooling (the caller downsamples after each
    of them), and VGG16's first dense layer as a 7x7 convolution of 4096 channels. Every other convolution is
    followed by batch normalisation, which Keras's VGG16 lacks: as it starts it changes nothing, so that
    ImageNet weights keep their meaning while it is fixed. Layers keep their names, prefixed by `encoder_`.

    Args:
        epsilon: float, of the batch normalisation.

    Returns:
        List of six `keras.Model`, each `(B, H, W, C) -> (B, H, W, C')`.

    Source: Simonyan and Zisserman, ICLR 2015; Xu et al., CVPR 2017, sec. 4.1, for the 7x7 convolution.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*expects 1 or 3 input channels")
        backbone = keras.applications.VGG16(input_shape=(None, None, 4), include_top=False, weights=None)

    def linear(layer):
        config = {**layer.get_config(), "name": PREFIX + layer.name}
        if isinstance(layer, layers.Conv2D):
            config.update(activation=None, kernel_initializer="he_normal")
        return type(layer).from_config(config)

    def call(layer, features, **kwargs):
        if isinstance(layer, layers.MaxPooling2D):
            return features
        return _normalized_relu(layer(features, **kwargs), layer.name, epsilon)

    backbone = keras.models.clone_model(backbone, clone_function=linear, call_function=call)
    ends = [backbone.get_layer(f"{PREFIX}{name}_relu").output for name in STAGE_ENDS]
    starts = [backbone.input, *ends[:-1]]
    stages = [
        keras.Model(start, end, name=f"{PREFIX}stage_{stage}")
        for stage, (start, end) in enumerate(zip(starts, ends, strict=True))
    ]
    return [*stages, _bottom()]


def _bottom():
    features = keras.Input((None, None, 512))
    x = layers.Conv2D(
        4096, 7, padding="same", activation="relu", kernel_initializer="he_normal", name=f"{PREFIX}conv6"
    )(features)
    return keras.Model(features, x, name=f"{PREFIX}stage_5")


def _normalized_relu(x, name, epsilon):
    x = layers.BatchNormalization(epsilon=epsilon, name=f"{name}_bn")(x)
    return layers.ReLU(name=f"{name}_relu")(x)
