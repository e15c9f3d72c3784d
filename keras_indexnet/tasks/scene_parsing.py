"""Scene understanding: SegNet, whose decoder knows of details what the indices tell it."""

import keras

from keras_indexnet.given_numbers import whole_number
from keras_indexnet.layers.block_layout import check_divisible
from keras_indexnet.models.vgg16_encoder import ROWS
from keras_indexnet.tasks.index_choice import IndexChoice, chosen_block
from keras_indexnet.tasks.parts import doubled, halved, image_input, unit
from keras_indexnet.tasks.scene_data import SUN_RGBD_CLASSES


def segnet(
    classes: int = len(SUN_RGBD_CLASSES),
    index: IndexChoice | None = "max",
    weights: str | None = None,
    image_size: tuple[int | None, int | None] = (None, None),
) -> keras.Model:
    """Build SegNet: VGG-16's convolutions with batch normalisation, and as many in reverse as a decoder.

    Args:
        classes: int, how many classes there are; SUN RGB-D has 37.
        index: str, a name of `INDEX_BLOCKS`, or a callable that returns an index block. `"max"` is SegNet as
            published, max pooling and unpooling. None: max pooling and bilinear upsampling, without indices.
        weights: None (random), `"imagenet"` (the encoder's, which keras.applications downloads), or the path of
            a file of `keras.applications.VGG16(include_top=False)`.
        image_size: pair of int, multiples of 32, or of None: any such size.

    Returns:
        `keras.Model`, `(B, H, W, 3)`, RGB in 0..255, `-> (B, H, W, classes)`: logits, float32.

    Raises:
        ValueError: if there is no such index block, or the size is no multiple of 32.

    Example:

    >>> from keras_indexnet import tasks
    >>> tasks.segnet(index="hin_linear", image_size=(64, 96)).output_shape
    (None, 64, 96, 37)

    Source: Badrinarayanan et al., PAMI 2017, sec. 3.
    """
    index_block = chosen_block(index)
    check_divisible((None, *image_size, 3), 2 ** len(ROWS), "SegNet")
    images, x = image_input(image_size)
    decoder_indices = []
    for stage, row in enumerate(ROWS, start=1):
        for number, filters in enumerate(row, start=1):
            x = unit(x, filters, 3, name=f"block{stage}_{number}")
        x, decoder_index = halved(x, index_block, name=f"block{stage}_pool")
        decoder_indices.append(decoder_index)
    for stage in range(len(ROWS), 0, -1):
        x = doubled(x, decoder_indices[stage - 1], "bilinear", name=f"up{stage}")
        # The encoder's convolutions in reverse: the last one leads to the channels of the stage before.
        last = ROWS[stage - 2][-1:] if stage > 1 else ()
        for number, filters in enumerate((*ROWS[stage - 1][1:], *last), start=1):
            x = unit(x, filters, 3, name=f"up{stage}_{number}")
    x = keras.layers.Conv2D(
        whole_number(classes, "classes"),
        3,
        padding="same",
        data_format="channels_last",
        dtype="float32",
        name="logits",
    )(x)
    model = keras.Model(images, x, name="segnet")
    if weights is not None:
        _give_imagenet_weights(model, keras.applications.VGG16(include_top=False, weights=weights))
    return model


def _give_imagenet_weights(model, vgg16):
    """Give the encoder VGG-16's kernels; its biases become those of the batch normalisation."""
    for stage, row in enumerate(ROWS, start=1):
        for number in range(1, len(row) + 1):
            kernel, bias = vgg16.get_layer(f"block{stage}_conv{number}").get_weights()
            if (stage, number) == (1, 1):
                kernel = kernel[:, :, ::-1]  # of blue, green and red
            model.get_layer(f"block{stage}_{number}_conv").set_weights([kernel])
            model.get_layer(f"block{stage}_{number}_bn").beta.assign(bias)
