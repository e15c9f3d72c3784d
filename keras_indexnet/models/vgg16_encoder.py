"""The encoder of the SegNet baselines B3 and B4, and of Deep Matting: VGG16 without its poolings."""

import keras
from keras import layers

from keras_indexnet.layers.batch_normalization import BatchNormalization
from keras_indexnet.models.conventions import CONVENTIONS
from keras_indexnet.models.parts import PREFIX, stage_input

# Channels of the 3x3 convolutions, a row a stage: Simonyan and Zisserman, ICLR 2015, table 1, D.
ROWS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
DOWNSAMPLED_STAGES = (0, 1, 2, 3, 4)


def vgg16_stages(
    conventions=CONVENTIONS["keras"]["vgg16"], dtype=None, bottom_filters=4096, batch_normalization=True
):
    """Build VGG16 with 4 input channels as six models, one for each encoder stage.

    Five blocks without the max pooling behind them (the caller downsamples after each), and VGG16's first dense
    layer as a 7x7 convolution. Every other convolution is followed by batch normalisation, if that is wanted,
    which VGG16 lacks: as it starts it changes nothing, so that ImageNet weights keep their meaning while it is
    fixed. Layers have the names that keras.applications gives them, with the prefix `encoder_`.

    Args:
        conventions: `Conventions`.
        dtype: str or `keras.DTypePolicy`, of the layers. None: the global one.
        bottom_filters: int, channels of the 7x7 convolution; VGG16 has 4096.
        batch_normalization: bool.

    Returns:
        List of six `keras.Model`, each `(B, H, W, C) -> (B, H, W, C')`.

    Source: Simonyan and Zisserman, ICLR 2015; Xu et al., CVPR 2017, sec. 4.1, for the 7x7 convolution.
    """
    common = {
        "padding": "same",
        "kernel_initializer": "he_normal",
        "data_format": "channels_last",
        "dtype": dtype,
    }
    stages, channels = [], 4
    for stage, row in enumerate(ROWS):
        start = x = stage_input(channels, dtype)
        for number, channels in enumerate(row, start=1):
            name = f"{PREFIX}block{stage + 1}_conv{number}"
            x = layers.Conv2D(channels, 3, name=name, **common)(x)
            if batch_normalization:
                x = BatchNormalization(epsilon=conventions.epsilon, dtype=dtype, name=f"{name}_bn")(x)
            x = layers.ReLU(dtype=dtype, name=f"{name}_relu")(x)
        stages.append(keras.Model(start, x, name=f"{PREFIX}stage_{stage}"))
    start = stage_input(channels, dtype)
    x = layers.Conv2D(bottom_filters, 7, activation="relu", name=f"{PREFIX}conv6", **common)(start)
    return [*stages, keras.Model(start, x, name=f"{PREFIX}stage_{len(ROWS)}")]
