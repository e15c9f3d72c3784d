from typing import Self

import keras
from keras import saving

from keras_indexnet import layers
from keras_indexnet.errors import IndexNetError
from keras_indexnet.given_numbers import number, whole_number
from keras_indexnet.layers.aspp import DILATIONS
from keras_indexnet.layers.depthwise_index_block import MOST_EXPANSION
from keras_indexnet.models import mobilenet_v2_encoder, vgg16_encoder
from keras_indexnet.models.conventions import conventions_of
from keras_indexnet.models.encoder_decoder import EncoderDecoder
from keras_indexnet.models.opening import open_network
from keras_indexnet.models.parts import (
    image_and_trimap,
    normalized,
    precision,
    prediction_head,
    separable_unit,
    unit,
)
from keras_indexnet.models.presets import list_presets
from keras_indexnet.paths import StrPath

LEARNED_INDICES = ("hin", "o2o", "m2o")
UPSAMPLERS = {
    "carafe": layers.CARAFE,
    "a2u": layers.A2UUpsampling,
    "fade": layers.FADE,
    "fade_lite": layers.FADELite,
    "sapa": layers.SAPA,
}
OPTIONS = {
    "encoder": ("mobilenet_v2", "vgg16"),
    "index": ("bilinear", "max", "hmi", *LEARNED_INDICES),
    "fusion": ("concat", "skip", "none"),
    "upsampler": (None, *UPSAMPLERS),
}


class Presets:
    """The attribute of a class that says which presets it has; a property would be one of its instances."""

    def __get__(self, instance, owner=None):
        return list_presets()


@saving.register_keras_serializable(package="keras_indexnet")
class MattingNetwork(EncoderDecoder):
    """Predicts the alpha matte of an image from the image and a trimap: a UNet or SegNet that learns to index.

    An encoder of several stages, some of them followed by Indexed Pooling; a context module; a decoder of as
    many stages, which begin with Indexed Upsampling by the index of the encoder's stage.

    Args:
        index: str, the index function: `"hin"` (holistic), `"o2o"` or `"m2o"` (depthwise, one-to-one or
            many-to-one) are learned. `"max"` is max pooling and unpooling (the paper's B11), `"hmi"` the same
            with one index for all channels, `"bilinear"` max pooling and bilinear upsampling, without indices.
            None: `"m2o"`, or no index if there is an `upsampler`.
        nonlinear: bool, of the learned index blocks.
        context: bool, whether the learned index blocks see the surroundings of a region.
        expansion: int, of the depthwise nonlinear index blocks (see `layers.DepthwiseIndexBlock`).
        fusion: str, how a decoder stage takes the encoder's feature: `"concat"` (UNet), `"skip"` (added) or
            `"none"` (SegNet: the index is all that it gets).
        aspp: bool. True: ASPP between encoder and decoder. False: a 1x1 convolution.
        output_stride: int, 32 or 16. With 16 the last downsampling is left out and what follows is dilated.
        encoder: str, `"mobilenet_v2"`, or `"vgg16"`, which has output stride 32 and width 1.0 only.
        width: float, width multiplier of the network.
        truncates_channels: bool, how a width that is not 1 rounds the numbers of channels. False: to multiples
            of 8, as Keras does. True: down to the next integer, as the reference code does.
        conventions: str, how the encoder's weights expect its input and its batch normalisation: `"keras"` as
            those of keras.applications do, `"reference"` as those of the paper's code do.
        refinement: bool, whether `layers.AlphaRefinement` corrects alpha at the end, as in Deep Matting.
        upsampler: str, `"carafe"`, `"a2u"`, `"fade"`, `"fade_lite"` or `"sapa"` in the place of indices: the
            decoder upsamples by predicted kernels (see `layers.DynamicUpsampling`), guided by the encoder's
            feature of the stage. The encoder pools by maximum, with `"a2u"` by `layers.A2UPooling`.
        decoder_kernel_size: int, odd, of the decoder's convolutions.
        separable_decoder: bool, whether each of these is a depthwise convolution and one of 1x1. The last one,
            at full resolution, else takes a third of a network's time.
        tail_width: float, multiplies `width` in the encoder's last two stages, where blocks expand less, and in
            the ASPP: they have most of the weights, and see what is large.
        name: str.
        dtype: str or `keras.DTypePolicy`, of the layers, such as `"mixed_bfloat16"`. Alpha is float32 always.
            None: the global policy, or float32 where that keeps the weights in half precision.
        trainable: bool. False freezes all layers.

    Call arguments:
        inputs: float tensor of shape `(B, H, W, 4)`, RGB in 0..255 and a trimap of 0 (background),
            128 (unknown) and 255 (foreground). H and W are multiples of the output stride.
        training: bool.

    Returns:
        Float tensor of shape `(B, H, W, 1)`: alpha, linear, so that it may leave [0, 1] by a little; clip it.

    Raises:
        ValueError: if an option is unknown, or a static height or width is no multiple of the output stride.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet import models
    >>> network = models.MattingNetwork(index="hin")
    >>> tuple(network(np.zeros((1, 64, 96, 4), "float32")).shape)
    (1, 64, 96, 1)

    Source: Lu et al., ICCV 2019, sec. 5.1 and fig. 6.
    """

    presets = Presets()

    def __init__(
        self,
        index: str | None = None,
        nonlinear: bool = True,
        context: bool = True,
        expansion: int = 2,
        fusion: str = "concat",
        aspp: bool = True,
        output_stride: int = 32,
        encoder: str = "mobilenet_v2",
        width: float = 1.0,
        truncates_channels: bool = False,
        conventions: str = "keras",
        refinement: bool = False,
        upsampler: str | None = None,
        decoder_kernel_size: int = 5,
        separable_decoder: bool = False,
        tail_width: float = 1.0,
        name: str | None = None,
        dtype: str | keras.DTypePolicy | None = None,
        trainable: bool = True,
    ) -> None:
        index = _checked_index(index, upsampler)
        _check(fusion=fusion, encoder=encoder, upsampler=upsampler)
        output_stride = mobilenet_v2_encoder.checked_output_stride(output_stride)
        dtype = precision(dtype)
        expansion = whole_number(expansion, "MattingNetwork's expansion", most=MOST_EXPANSION)
        width = number(width, "MattingNetwork's width", least=1 / 32, most=8)
        tail_width = number(tail_width, "MattingNetwork's tail_width", least=1 / 32, most=8)
        decoder_kernel_size = _checked_kernel_size(decoder_kernel_size)
        nonlinear, context, aspp = bool(nonlinear), bool(context), bool(aspp)
        separable_decoder = bool(separable_decoder)
        fitting = conventions_of(conventions, encoder)
        stages, downsampled = _encoder(
            encoder, width, truncates_channels, output_stride, tail_width, fitting, dtype
        )
        channels = [stage.output.shape[-1] for stage in stages]

        inputs = image_and_trimap()
        x = normalized(inputs, fitting, dtype)

        skips, decoder_indices = [], {}
        for stage, blocks in enumerate(stages[:-1]):
            x = skip = blocks(x)
            if stage in downsampled:
                block = _index_block(index, nonlinear, context, expansion, name=f"index_{stage}", dtype=dtype)
                x, skip, decoder_indices[stage] = _downsampled(x, block, upsampler, stage, dtype)
            skips.append(skip)

        x = stages[-1](x)
        if aspp:
            x = layers.ASPP(
                channels[-2],
                DILATIONS[output_stride],
                branch_filters=int(256 * width * tail_width),
                dtype=dtype,
                name="aspp",
            )(x)
        else:
            x = unit(x, channels[-2], kernel_size=1, name="context", dtype=dtype)

        for stage in reversed(range(len(skips))):
            if stage in downsampled:
                x = _upsampled(x, decoder_indices[stage], skips[stage], upsampler, stage, dtype)
            x = _fused(x, skips[stage], fusion, stage, dtype)
            # A decoder stage ends with the channels of the encoder stage below it (fig. 6).
            filters = channels[max(stage - 1, 0)]
            decoder_unit = separable_unit if separable_decoder else unit
            x = decoder_unit(x, filters, decoder_kernel_size, name=f"decoder_{stage}", dtype=dtype)
        alpha = prediction_head(x, kernel_size=5, dtype=dtype)

        super().__init__(
            inputs,
            alpha,
            stages,
            index=index,
            nonlinear=nonlinear,
            context=context,
            expansion=expansion,
            fusion=fusion,
            aspp=aspp,
            output_stride=output_stride,
            encoder=encoder,
            width=width,
            truncates_channels=truncates_channels,
            conventions=conventions,
            refinement=refinement,
            upsampler=upsampler,
            decoder_kernel_size=decoder_kernel_size,
            separable_decoder=separable_decoder,
            tail_width=tail_width,
            name=name,
            dtype=dtype,
            trainable=trainable,
        )

    @property
    def size_multiple(self) -> int:
        return self.output_stride

    @classmethod
    def from_preset(
        cls, preset: StrPath, load_weights: bool = True, dtype: str | keras.DTypePolicy | None = None
    ) -> Self:
        """Build the network of a preset with its trained weights, which come with the package.

        Args:
            preset: str, one of `MattingNetwork.presets`; or path of a folder that `save_to_preset` wrote, or of
                a `.keras` file, which training writes.
            load_weights: bool. False: random weights.
            dtype: str or `keras.DTypePolicy` that the layers compute in. None: what it was saved in.

        Returns:
            `MattingNetwork`.

        Raises:
            ValueError: if there is no such preset, file or folder, it is damaged, or it holds another network.

        Example:

        >>> from keras_indexnet import models
        >>> network = models.MattingNetwork.from_preset("indexnet_base")
        >>> network.index, network.expansion
        ('m2o', 1)
        """
        if preset in (None, "imagenet"):  # which `matting_model` takes: they are no weights of a whole network
            raise IndexNetError(f"A preset or a .keras file is a whole network, which {preset!r} is not.")
        network = open_network(preset, cls, options={} if dtype is None else {"dtype": dtype})
        return network if load_weights else cls.from_config(network.get_config())


def _checked_index(index, upsampler):
    """Return the index function; None if an upsampler, which learns no index, takes its place."""
    if upsampler is None:
        index = "m2o" if index is None else index
        _check(index=index)
    elif index is not None:
        raise IndexNetError(
            f"MattingNetwork's upsampler {upsampler!r} takes the place of indices: leave out index={index!r}, "
            "or the upsampler."
        )
    return index


def _checked_kernel_size(size):
    size = whole_number(size, "MattingNetwork's decoder_kernel_size", most=15)
    if size % 2 == 0:
        raise IndexNetError(f"MattingNetwork's decoder_kernel_size is odd, such as 3 or 5, not {size}.")
    return size


def _check(**options):
    for name, value in options.items():
        if value not in OPTIONS[name]:
            raise IndexNetError(f"MattingNetwork's {name} is one of {OPTIONS[name]}, not {value!r}.")


def _encoder(encoder, width, truncates_channels, output_stride, tail_width, conventions, dtype):
    """Return the encoder's stages and the numbers of those after which the resolution halves."""
    if encoder == "mobilenet_v2":
        stages = mobilenet_v2_encoder.mobilenet_v2_stages(
            width, truncates_channels, conventions, output_stride, tail_width=tail_width, dtype=dtype
        )
        return stages, mobilenet_v2_encoder.DOWNSAMPLED_STAGES[output_stride]
    if (width, tail_width, output_stride) != (1.0, 1.0, 32):
        raise IndexNetError("The encoder vgg16 has width 1.0, tail_width 1.0 and output stride 32.")
    return vgg16_encoder.vgg16_stages(conventions, dtype), vgg16_encoder.DOWNSAMPLED_STAGES


def _index_block(index, nonlinear, context, expansion, **common):
    if index in (None, "bilinear"):
        return None
    if index == "max":
        return layers.MaxIndexBlock(**common)
    if index == "hmi":
        return layers.HolisticMaxIndexBlock(**common)
    if index == "hin":
        return layers.HolisticIndexBlock(nonlinear, context, **common)
    return layers.DepthwiseIndexBlock(index, nonlinear, context, expansion, **common)


def _downsampled(x, block, upsampler, stage, dtype):
    """Return the feature at half the resolution, the one for the decoder, and the decoder's index."""
    if upsampler == "a2u":
        return layers.A2UPooling(dtype=dtype, name=f"pool_{stage}")(x), x, None
    if block is None:
        return (
            keras.layers.MaxPooling2D(data_format="channels_last", dtype=dtype, name=f"pool_{stage}")(x),
            x,
            None,
        )
    encoder_index, decoder_index = block(x)
    pooling = layers.IndexedPooling(return_indexed=True, dtype=dtype, name=f"pool_{stage}")
    pooled, indexed = pooling(x, encoder_index)
    # A learned index is also applied to what the decoder gets; max pooling hands on the feature itself.
    return pooled, indexed if block.learned else x, decoder_index


def _upsampled(x, decoder_index, guide, upsampler, stage, dtype):
    if upsampler is not None:
        return UPSAMPLERS[upsampler](dtype=dtype, name=f"upsample_{stage}")(x, guide)
    if decoder_index is None:
        return keras.layers.UpSampling2D(
            interpolation="bilinear", data_format="channels_last", dtype=dtype, name=f"upsample_{stage}"
        )(x)
    return layers.IndexedUpsampling(dtype=dtype, name=f"upsample_{stage}")(x, decoder_index)


def _fused(x, skip, fusion, stage, dtype):
    if fusion == "concat":
        return keras.layers.Concatenate(dtype=dtype, name=f"fusion_{stage}")([x, skip])
    if fusion == "skip":
        return keras.layers.Add(dtype=dtype, name=f"fusion_{stage}")([x, skip])
    return x
