import keras
from keras import saving

from keras_indexnet import layers
from keras_indexnet.given_numbers import MOST_CHANNELS, whole_number
from keras_indexnet.models.conventions import conventions_of
from keras_indexnet.models.encoder_decoder import EncoderDecoder
from keras_indexnet.models.parts import image_and_trimap, normalized, precision
from keras_indexnet.models.vgg16_encoder import vgg16_stages

DECODER_FILTERS = (64, 64, 128, 256, 512)  # of the 5x5 convolutions, by stage


@saving.register_keras_serializable(package="keras_indexnet")
class DeepMatting(EncoderDecoder):
    """Predicts alpha with the network of Deep Image Matting: VGG16, max unpooling, no batch normalisation.

    VGG16's five blocks of 3x3 convolutions, each followed by max pooling, and a 7x7 convolution; a 1x1
    convolution to 512 channels; five times max unpooling, by the encoder's maxima, and a 5x5 convolution; a 5x5
    convolution to alpha. The paper's second stage is the `refinement`.

    Args:
        bottom_filters: int, channels of the 7x7 convolution. With 4096 it is VGG16's own first dense layer, as
            in the paper, and three quarters of all parameters are its.
        conventions: str, `"keras"` (see `MattingNetwork`).
        refinement: bool, whether `layers.AlphaRefinement` corrects alpha at the end.
        name: str.
        dtype: str or `keras.DTypePolicy`, of the layers. None: the global policy, or float32 where that keeps
            the weights in half precision.
        trainable: bool. False freezes all layers.

    Call arguments:
        inputs: float tensor of shape `(B, H, W, 4)`, RGB in 0..255 and a trimap of 0, 128 and 255. H and W are
            multiples of 32.
        training: bool.

    Returns:
        Float tensor of shape `(B, H, W, 1)`: alpha, linear; clip it to [0, 1].

    Raises:
        ValueError: if an argument is out of its range, or a static height or width is no multiple of 32.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet import models
    >>> network = models.DeepMatting(bottom_filters=64, refinement=True)
    >>> tuple(network(np.zeros((1, 32, 64, 4), "float32")).shape)
    (1, 32, 64, 1)

    Source: Xu et al., CVPR 2017, sec. 4; Lu et al., ICCV 2019, table 2.
    """

    encoder = "vgg16"
    output_stride = 32

    def __init__(
        self,
        bottom_filters: int = 512,
        conventions: str = "keras",
        refinement: bool = False,
        name: str | None = None,
        dtype: str | keras.DTypePolicy | None = None,
        trainable: bool = True,
    ) -> None:
        bottom_filters = whole_number(bottom_filters, "DeepMatting's bottom_filters", most=MOST_CHANNELS)
        dtype = precision(dtype)
        fitting = conventions_of(conventions, self.encoder)
        stages = vgg16_stages(fitting, dtype, bottom_filters, batch_normalization=False)
        inputs = image_and_trimap()
        x = normalized(inputs, fitting, dtype)
        indices = []
        for stage, blocks in enumerate(stages[:-1]):
            x = blocks(x)
            index, _ = layers.MaxIndexBlock(dtype=dtype, name=f"index_{stage}")(x)
            x = layers.IndexedPooling(dtype=dtype, name=f"pool_{stage}")(x, index)
            indices.append(index)
        x = _convolution(stages[-1](x), 512, 1, "context", dtype)
        for stage in reversed(range(len(indices))):
            x = layers.IndexedUpsampling(dtype=dtype, name=f"upsample_{stage}")(x, indices[stage])
            x = _convolution(x, DECODER_FILTERS[stage], 5, f"decoder_{stage}", dtype)
        alpha = keras.layers.Conv2D(
            1, 5, padding="same", data_format="channels_last", dtype="float32", name="alpha"
        )(x)
        super().__init__(
            inputs,
            alpha,
            stages,
            bottom_filters=bottom_filters,
            conventions=conventions,
            refinement=refinement,
            name=name,
            dtype=dtype,
            trainable=trainable,
        )

    @property
    def size_multiple(self) -> int:
        return self.output_stride


def _convolution(x, filters, kernel_size, name, dtype):
    return keras.layers.Conv2D(
        filters,
        kernel_size,
        padding="same",
        activation="relu",
        kernel_initializer="he_normal",
        data_format="channels_last",  # whatever Keras is set to, as all layers here
        dtype=dtype,
        name=f"{name}_conv",
    )(x)
