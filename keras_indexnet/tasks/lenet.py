import keras

from keras_indexnet.errors import IndexNetError
from keras_indexnet.given_numbers import whole_number
from keras_indexnet.graphs import with_indexed_pooling
from keras_indexnet.tasks.index_choice import IndexChoice, chosen_block

PADDING = {28: "same", 32: "valid"}  # of the first convolution, by the side of the images


def lenet_classifier(
    classes: int = 10, index: IndexChoice | None = None, image_size: int = 32, channels: int = 3
) -> keras.Model:
    """Build LeNet-5 with max pooling, or with Indexed Pooling in its place.

    Args:
        classes: int, how many classes there are.
        index: str, a name of `INDEX_BLOCKS`, or a callable that returns an index block. None: max pooling.
        image_size: int, 28 or 32, the side of the images.
        channels: int, of the images.

    Returns:
        `keras.Model`, `(B, side, side, channels)` in [0, 1] `-> (B, classes)` logits.

    Raises:
        ValueError: if an argument is none of these.

    Example:

    >>> from keras_indexnet import tasks
    >>> tasks.lenet_classifier(image_size=28, channels=1).count_params()
    61706

    Source: LeCun et al., Proceedings of the IEEE 1998, fig. 2, with ReLU and max pooling.
    """
    if image_size not in PADDING:
        raise IndexNetError(f"LeNet's images are 28 or 32 pixels wide, not {image_size!r}.")
    index_block = chosen_block(index)
    common = {"data_format": "channels_last"}
    conv = {"kernel_size": 5, "activation": "relu", "kernel_initializer": "he_normal", **common}
    model = keras.Sequential(
        [
            keras.Input((image_size, image_size, whole_number(channels, "channels")), name="images"),
            keras.layers.Conv2D(6, padding=PADDING[image_size], name="conv_1", **conv),
            keras.layers.MaxPooling2D(name="pool_1", **common),
            keras.layers.Conv2D(16, name="conv_2", **conv),
            keras.layers.MaxPooling2D(name="pool_2", **common),
            keras.layers.Flatten(name="flatten", **common),
            keras.layers.Dense(120, activation="relu", kernel_initializer="he_normal", name="dense_1"),
            keras.layers.Dense(84, activation="relu", kernel_initializer="he_normal", name="dense_2"),
            keras.layers.Dense(whole_number(classes, "classes"), dtype="float32", name="logits"),
        ],
        name="lenet",
    )
    return model if index_block is None else with_indexed_pooling(model, index_block)
