import math

import keras

from keras_indexnet import layers
from keras_indexnet.given_numbers import whole_number
from keras_indexnet.tasks.index_choice import IndexChoice, chosen_block
from keras_indexnet.tasks.parts import halved, unit

# Channels and stride of the separable convolutions: Howard et al., table 1. The convolution before them has
# stride 1 here instead of 2: of 32 x 32 pixels, 2 x 2 are left at the end.
BLOCKS = (
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2),
    (512, 1), (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1),
)  # fmt: skip
HE_DEVIATION = math.sqrt(2.0) / 3  # of depthwise kernels; "he_normal" would count all channels as their inputs


def mobilenet_classifier(classes: int = 10, index: IndexChoice | None = None) -> keras.Model:
    """Build MobileNet v1 for 32 x 32 pixels with strided convolutions, or with Indexed Pooling in their place.

    With an index block, a depthwise convolution of stride 2 becomes one of stride 1 and an Indexed Pooling of
    what its batch normalisation and ReLU make of it.

    Args:
        classes: int, how many classes there are.
        index: str, a name of `INDEX_BLOCKS`, or a callable that returns an index block. None: strides.

    Returns:
        `keras.Model`, `(B, 32, 32, 3)` in [0, 1] `-> (B, classes)` logits.

    Raises:
        ValueError: if an argument is none of these.

    Example:

    >>> from keras_indexnet import tasks
    >>> tasks.mobilenet_classifier(classes=100).output_shape
    (None, 100)

    Source: Howard et al., arXiv:1704.04861, table 1.
    """
    index_block = chosen_block(index)
    images = keras.Input((32, 32, 3), name="images")
    x = unit(images, 32, 3, name="conv")
    for number, (filters, stride) in enumerate(BLOCKS, start=1):
        name = f"block{number}"
        is_indexed = stride == 2 and index_block is not None
        x = keras.layers.DepthwiseConv2D(
            3,
            strides=1 if is_indexed else stride,
            padding="same",
            use_bias=False,
            depthwise_initializer=keras.initializers.RandomNormal(stddev=HE_DEVIATION),
            data_format="channels_last",
            name=f"{name}_depthwise",
        )(x)
        x = layers.BatchNormalization(name=f"{name}_depthwise_bn")(x)
        x = keras.layers.ReLU(name=f"{name}_depthwise_relu")(x)
        if is_indexed:
            x, _ = halved(x, index_block, name=f"{name}_pool")
        x = unit(x, filters, 1, name=name)
    x = keras.layers.GlobalAveragePooling2D(data_format="channels_last", name="mean")(x)
    x = keras.layers.Dense(whole_number(classes, "classes"), dtype="float32", name="logits")(x)
    return keras.Model(images, x, name="mobilenet")
