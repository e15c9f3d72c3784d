"""Monocular depth: the ResNet-50 network of Hu et al., with indices in the place of its pooling."""

import keras

from keras_indexnet import layers
from keras_indexnet.layers.block_layout import check_divisible
from keras_indexnet.tasks.index_choice import IndexChoice, chosen_block
from keras_indexnet.tasks.parts import halved, image_input, unit

# Of keras.applications.ResNet50: the features at 1/2 to 1/32 of the image's resolution.
FEATURES = ("conv1_relu", "conv2_block3_out", "conv3_block4_out", "conv4_block6_out", "conv5_block3_out")
DECODER_FILTERS = (512, 256, 128, 64)  # of the up-projections, from 1/32 to 1/2
FUSED_FILTERS = 16  # of each of the four scales that are fused


def depth_network(
    index: IndexChoice | None = None,
    weights: str | None = None,
    image_size: tuple[int | None, int | None] = (None, None),
) -> keras.Model:
    """Build the network of Hu et al. that estimates depth from one image: ResNet-50, plain or with indices.

    The encoder's features at 1/4 to 1/32 are fused at 1/2 (multi-scale fusion); a decoder of four
    up-projections leads from 1/32 to 1/2; three 5x5 convolutions make depth of both (refinement). Features are
    enlarged by bilinear interpolation.

    With an index block, the encoder's 3x3 max pooling becomes an Indexed Pooling over regions of 2x2, and each
    of the decoder's four enlargements an Indexed Upsampling, by indices of the encoder's features at 1/16, 1/8,
    1/4 and 1/2. The last one has indices of 64 channels if depthwise, for which a 1x1 convolution brings the
    decoder's 128 to 64. Many-to-one blocks are large here: at 1/16 they see 1024 channels.

    Args:
        index: str, a name of `INDEX_BLOCKS`, or a callable that returns an index block. None: as published.
        weights: None (random), `"imagenet"` (the encoder's, which keras.applications downloads), or the path of
            a file of `keras.applications.ResNet50(include_top=False)`.
        image_size: pair of int, or of None: any size. With indices, multiples of 32.

    Returns:
        `keras.Model`, `(B, H, W, 3)`, RGB in 0..255, `-> (B, H/2, W/2, 1)`: depth in metres, float32.

    Raises:
        ValueError: if there is no such index block, or the size is no multiple of 32 where that is needed.

    Example:

    ```python
    model = tasks.depth_network(index="hin_linear", image_size=(224, 320))  # 112 x 160 x 1
    model.compile("adam", tasks.DepthLoss(), metrics=[tasks.RMSDepthError(), tasks.DepthAccuracy(1)])
    ```

    Source: Hu et al., Revisiting Single Image Depth Estimation, WACV 2019, sec. 3.
    """
    index_block = chosen_block(index)
    if index_block is not None:
        check_divisible((None, *image_size, 3), 32, "The network with indices")
    images, x = image_input(image_size)
    outputs = _encoder(index_block, weights)(x)
    features, first_index = outputs[: len(FEATURES)], outputs[-1]

    x = unit(features[-1], 1024, 1, name="context")
    for stage, filters in zip((3, 2, 1, 0), DECODER_FILTERS, strict=True):
        name = f"decoder_{stage}"
        if index_block is None:
            x = _enlarged(x, features[stage], name)
        else:
            decoder_index = first_index if stage == 0 else _decoder_index(index_block, features[stage], name)
            x = _indexed(x, decoder_index, name)
        x = _projected(x, filters, name)

    scales = [
        _projected(_enlarged(feature, features[0], f"fusion_{stage}"), FUSED_FILTERS, f"fusion_{stage}")
        for stage, feature in enumerate(features[1:], start=1)
    ]
    fused = unit(keras.layers.Concatenate(name="scales")(scales), 64, 5, name="fusion")
    x = keras.layers.Concatenate(name="decoded_and_fused")([x, fused])
    for number in (1, 2):
        x = unit(x, 128, 5, name=f"refinement_{number}")
    x = keras.layers.Conv2D(1, 5, padding="same", data_format="channels_last", dtype="float32", name="depth")(x)
    return keras.Model(images, x, name="depth_network")


def _encoder(index_block, weights):
    """Return ResNet-50 as a model of the features, and of the decoder index of the first of them."""
    resnet = keras.applications.ResNet50(include_top=False, weights=weights, input_shape=(None, None, 3))
    if weights is not None:  # of blue, green and red
        conv = resnet.get_layer("conv1_conv")
        kernel, bias = conv.get_weights()
        conv.set_weights([kernel[:, :, ::-1], bias])
    indices = []
    if index_block is not None:
        resnet, indices = _with_indexed_pooling(resnet, index_block)
    features = [resnet.get_layer(name).output for name in FEATURES]
    return keras.Model(resnet.input, [*features, *indices], name="encoder")


def _with_indexed_pooling(resnet, index_block):
    """Return a copy of ResNet-50 without its overlapping max pooling, and the decoder index in its place."""
    indices = []

    def call(layer, x, *args, **kwargs):
        if layer.name == "pool1_pad":
            return x
        if layer.name == "pool1_pool":
            x, decoder_index = halved(x, index_block, name="pool1")
            indices.append(decoder_index)
            return x
        return layer(x, *args, **kwargs)

    copy = keras.models.clone_model(resnet, call_function=call)
    for layer in resnet.layers:
        if layer.weights:
            copy.get_layer(layer.name).set_weights(layer.get_weights())
    return copy, indices


def _decoder_index(index_block, feature, name):
    return index_block(pool_size=2, name=f"{name}_index")(feature)[1]


def _indexed(x, decoder_index, name):
    groups = decoder_index.shape[-1] // 4
    if groups not in (1, x.shape[-1]):
        x = unit(x, groups, 1, name=f"{name}_reduced")
    return layers.IndexedUpsampling(name=f"{name}_up")(x, decoder_index)


def _enlarged(x, like, name):
    return layers.AlignedResizing(name=f"{name}_up")(x, like)


def _projected(x, filters, name):
    """The two branches of an up-projection (Laina et al., 3DV 2016), behind its enlargement."""
    main = unit(x, filters, 5, name=f"{name}_1")
    main, short = (
        layers.BatchNormalization(name=f"{name}_{part}_bn")(
            keras.layers.Conv2D(
                filters,
                side,
                padding="same",
                use_bias=False,
                kernel_initializer="he_normal",
                data_format="channels_last",
                name=f"{name}_{part}_conv",
            )(features)
        )
        for part, side, features in (("2", 3, main), ("short", 5, x))
    )
    return keras.layers.ReLU(name=f"{name}_relu")(keras.layers.Add(name=f"{name}_sum")([main, short]))
