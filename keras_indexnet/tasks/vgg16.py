import keras

from keras_indexnet.given_numbers import whole_number
from keras_indexnet.graphs import with_indexed_pooling
from keras_indexnet.models.vgg16_encoder import ROWS
from keras_indexnet.tasks.index_choice import IndexChoice, chosen_block
from keras_indexnet.tasks.parts import unit


def vgg16_classifier(classes: int = 10, index: IndexChoice | None = None) -> keras.Model:
    """Build VGG-16 for images of 32 x 32 pixels with max pooling, or with Indexed Pooling in its place.

    Its thirteen convolutions, each followed by batch normalisation; five poolings leave one pixel, which a
    single dense layer classifies.

    Args:
        classes: int, how many classes there are.
        index: str, a name of `INDEX_BLOCKS`, or a callable that returns an index block. None: max pooling.

    Returns:
        `keras.Model`, `(B, 32, 32, 3)` in [0, 1] `-> (B, classes)` logits.

    Raises:
        ValueError: if an argument is none of these.

    Example:

    >>> from keras_indexnet import tasks
    >>> tasks.vgg16_classifier(classes=100).output_shape
    (None, 100)

    Source: Simonyan and Zisserman, ICLR 2015, table 1, D.
    """
    index_block = chosen_block(index)
    images = x = keras.Input((32, 32, 3), name="images")
    for stage, row in enumerate(ROWS, start=1):
        for number, filters in enumerate(row, start=1):
            x = unit(x, filters, 3, name=f"block{stage}_{number}")
        x = keras.layers.MaxPooling2D(data_format="channels_last", name=f"block{stage}_pool")(x)
    x = keras.layers.Flatten(data_format="channels_last", name="flatten")(x)
    x = keras.layers.Dense(whole_number(classes, "classes"), dtype="float32", name="logits")(x)
    model = keras.Model(images, x, name="vgg16")
    return model if index_block is None else with_indexed_pooling(model, index_block)
