"""The paper's systems, their successors and one for phones as data, and the function that builds them."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import keras

from keras_indexnet.errors import IndexNetError
from keras_indexnet.models.deep_matting import DeepMatting
from keras_indexnet.models.deeplab_v3_plus import DeepLabV3Plus
from keras_indexnet.models.encoder_decoder import EncoderDecoder
from keras_indexnet.models.matting_network import MattingNetwork
from keras_indexnet.models.opening import check_exists, load_keras_file, load_preset_folder, open_network
from keras_indexnet.models.preset_folder import is_preset_folder
from keras_indexnet.models.presets import PRESETS
from keras_indexnet.models.refine_net import RefineNet
from keras_indexnet.paths import StrPath


class PaperFigures(NamedTuple):
    """What the paper states: errors on Composition-1k, parameters, and 2**30 multiply-adds at 224 x 224."""

    sad: float
    mse: float
    grad: float
    conn: float
    parameters: int | None = None
    gflops: float | None = None


class ResNet34Figures(NamedTuple):
    """What later papers state for an upsampler in A2U's network, which has ResNet-34 as encoder.

    Errors on Composition-1k, the parameters that it adds to bilinear upsampling's 8.05 million, and the 10**9
    multiply-adds.
    """

    sad: float
    mse: float | None = None
    grad: float | None = None
    conn: float | None = None
    added_parameters: int | None = None
    added_gflops: float | None = None


SUCCESSORS = "successors"  # what came after the paper
PHONES = "phones"  # what was made for them


@dataclass(frozen=True)
class Configuration:
    """A row of the paper's tables, a successor or a network for phones, and what papers state of it."""

    tables: tuple[int | str, ...]  # of the paper, or `SUCCESSORS` or `PHONES`
    row: str  # what its paper calls it
    options: dict  # arguments of the network
    paper: PaperFigures | None
    network: type[EncoderDecoder] = MattingNetwork
    note: str = ""
    on_resnet34: ResNet34Figures | None = None

    @property
    def encoder(self) -> str:
        """str, `"mobilenet_v2"` or `"vgg16"`."""
        return self.options.get("encoder", self.network.encoder)

    @property
    def expands(self) -> bool:
        """Whether it has depthwise nonlinear index blocks, which `expansion` is for."""
        return self.options.get("index") in ("o2o", "m2o") and self.options["nonlinear"]


# The parts that combine: encoder, fusion, context, index function. MobileNetV2 is the encoder unless VGG16 is named.
VGG16 = {"encoder": "vgg16"}
SEGNET, SKIP, UNET = ({"fusion": fusion} for fusion in ("none", "skip", "concat"))
ASPP, POINTWISE = {"aspp": True}, {"aspp": False}
BILINEAR, MAX, HMI, HIN, O2O, M2O = (
    {"index": index} for index in ("bilinear", "max", "hmi", "hin", "o2o", "m2o")
)
LINEAR, NONLINEAR = ({"nonlinear": nonlinear, "context": False} for nonlinear in (False, True))
CONTEXT = {"context": True}
SLIM = {"tail_width": 0.2, "decoder_kernel_size": 3}
WIDE = {"width": 1.4, "truncates_channels": True}
P, R = PaperFigures, ResNet34Figures
P3, P11 = 130_550_000, 3_753_259  # parameters of B3 and B11

# fmt: off
CONFIGURATIONS = {
    "b1": Configuration((1,), "B1 DeepLabv3+, ASPP, stride 16", {}, P(60.0, .020, 39.9, 61.3), DeepLabV3Plus,
        "At 225 x 225 this and the reference code have 11.545 GFLOPs."),
    "b2": Configuration((1,), "B2 RefineNet, CRP", {}, P(60.2, .020, 41.6, 61.4), RefineNet,
        "At 225 x 225 this and the reference code have 1.533 GFLOPs."),
    "b3": Configuration((1, 2), "B3 SegNet, VGG16, indices", VGG16 | SEGNET | MAX | POINTWISE, P(54.6, .017, 36.7, 55.3, P3, 32.34),
        note="As in Deep Image Matting, with batch normalisation in the decoder and the head of the other networks."),
    "b4": Configuration((1,), "B4 SegNet, VGG16", VGG16 | SEGNET | BILINEAR | POINTWISE, P(122.4, .100, 161.2, 130.1)),
    "b5": Configuration((1,), "B5 SegNet, indices", SEGNET | MAX | POINTWISE, P(60.7, .021, 40.0, 61.9)),
    "b6": Configuration((1,), "B6 SegNet", SEGNET | BILINEAR | POINTWISE, P(78.6, .031, 101.6, 82.5)),
    "b7": Configuration((1,), "B7 SegNet, indices, ASPP", SEGNET | MAX | ASPP, P(58.0, .021, 39.0, 59.5)),
    "b8": Configuration((1,), "B8 SegNet, skip, indices", SKIP | MAX | POINTWISE, P(57.1, .019, 36.7, 57.0)),
    "b9": Configuration((1,), "B9 SegNet, skip, indices, ASPP", SKIP | MAX | ASPP, P(56.0, .017, 38.9, 55.9)),
    "b10": Configuration((1,), "B10 UNet, indices", UNET | MAX | POINTWISE, P(54.7, .017, 34.3, 54.7)),
    "b11": Configuration((1, 2), "B11 UNet, indices, ASPP", UNET | MAX | ASPP, P(54.9, .017, 33.8, 55.2, P11, 4.081)),
    "b11_1.4": Configuration((2,), "B11-1.4", UNET | MAX | ASPP | WIDE, P(55.6, .016, 36.4, 55.7, 8_860_000, 7.61),
        note="Channels are rounded down, as in the reference code, which has 7,254,215 parameters and 7.673 GFLOPs too. "
             "Rounded to multiples of 8, as Keras does, they give 7,354,375 parameters."),
    "hmi": Configuration((2,), "HMI", UNET | HMI | ASPP, P(56.5, .021, 33.0, 56.4, P11, 4.08)),
    "hin_linear": Configuration((2,), "HIN", UNET | HIN | LINEAR | ASPP, P(55.1, .018, 32.1, 55.2, P11 + 4_992, 4.09)),
    "hin_linear_context": Configuration((2,), "HIN, context", UNET | HIN | LINEAR | CONTEXT | ASPP, P(53.5, .018, 31.0, 53.5, P11 + 19_968, 4.11)),
    "hin_nonlinear": Configuration((2,), "HIN, nonlinear", UNET | HIN | NONLINEAR | ASPP, P(50.6, .015, 27.9, 49.4, P11 + 262_304, 4.22)),
    "hin_nonlinear_context": Configuration((2,), "HIN, nonlinear, context", UNET | HIN | NONLINEAR | CONTEXT | ASPP, P(49.5, .015, 25.6, 49.2, P11 + 1_037_984, 4.607)),
    "o2o_linear": Configuration((2,), "DIN O2O", UNET | O2O | LINEAR | ASPP, P(50.3, .015, 33.7, 50.0, P11 + 4_992, 4.09)),
    "o2o_linear_context": Configuration((2,), "DIN O2O, context", UNET | O2O | LINEAR | CONTEXT | ASPP, P(47.8, .015, 26.9, 45.6, P11 + 19_968, 4.11)),
    "o2o_nonlinear": Configuration((2,), "DIN O2O, nonlinear", UNET | O2O | NONLINEAR | ASPP, P(50.6, .016, 26.5, 50.3, P11 + 17_472, 4.10)),
    "o2o_nonlinear_context": Configuration((2,), "DIN O2O, nonlinear, context", UNET | O2O | NONLINEAR | CONTEXT | ASPP, P(50.2, .016, 26.8, 49.3, P11 + 47_424, 4.15)),
    "m2o_linear": Configuration((2,), "DIN M2O", UNET | M2O | LINEAR | ASPP, P(51.0, .015, 33.7, 50.5, P11 + 517_120, 4.34)),
    "m2o_linear_context": Configuration((2,), "DIN M2O, context", UNET | M2O | LINEAR | CONTEXT | ASPP, P(50.6, .016, 31.9, 50.2, P11 + 2_068_480, 5.12)),
    "m2o_nonlinear": Configuration((2,), "DIN M2O, nonlinear", UNET | M2O | NONLINEAR | ASPP, P(48.9, .015, 32.1, 47.9, P11 + 1_297_792, 4.73)),
    "m2o_nonlinear_context": Configuration((2,), "DIN M2O, nonlinear, context", UNET | M2O | NONLINEAR | CONTEXT | ASPP, P(45.8, .013, 25.9, 43.7, P11 + 4_400_512, 6.30)),
    "deep_matting": Configuration((), "DeepMatting, Xu et al., table 1", {}, P(54.6, .017, 36.7, 55.3), DeepMatting,
        "With bottom_filters=4096, VGG16's first dense layer, which that paper begins with, it has 130,536,897 parameters and "
        "32.339 GFLOPs: B3 without batch normalisation."),
    "deep_matting_refined": Configuration((2,), "DeepMatting w. refinement", {"refinement": True}, P(50.4, .014, 31.0, 50.8), DeepMatting),
    "carafe": Configuration((SUCCESSORS,), "CARAFE", UNET | {"upsampler": "carafe"} | ASPP, None,
        on_resnet34=R(41.01, .0118, 21.39, 39.01, 260_000, 6.00)),
    "a2u": Configuration((SUCCESSORS,), "A2U", UNET | {"upsampler": "a2u"} | ASPP, None,
        on_resnet34=R(32.15, .0082, 16.39, 29.25, 38_000, 0.66)),
    "fade": Configuration((SUCCESSORS,), "FADE", UNET | {"upsampler": "fade"} | ASPP, None,
        on_resnet34=R(31.10, .0073, 14.52, 28.11, 120_000, 8.85)),
    "fade_lite": Configuration((SUCCESSORS,), "FADE-Lite", UNET | {"upsampler": "fade_lite"} | ASPP, None,
        on_resnet34=R(31.36, added_parameters=27_000)),
    "sapa": Configuration((SUCCESSORS,), "SAPA-G", UNET | {"upsampler": "sapa"} | ASPP, None,
        on_resnet34=R(30.98, .0077, 15.59, 27.96, 40_000)),
    "mini": Configuration((PHONES,), "Mini", UNET | O2O | LINEAR | CONTEXT | ASPP | SLIM, None,
        note="For phones: o2o_linear_context with a fifth of the channels in the tail, and a decoder of 3x3 convolutions."),
}
# fmt: on


def list_configurations() -> dict[str, Configuration]:
    """Return the systems that `matting_model` builds: of the paper's tables 1 and 2, successors, one for phones.

    Returns:
        Dict from name to `Configuration`: the tables it stands in (`"successors"` for what came after the paper,
        `"phones"` for what was made for them), the paper's name for the row, the network's class and arguments, the paper's figures, a note on how they
        are reached, and a successor's figures in another network.

    Example:

    >>> from keras_indexnet import models
    >>> b11 = models.list_configurations()["b11"]
    >>> b11.options["index"], b11.paper.sad
    ('max', 54.9)
    """
    return dict(CONFIGURATIONS)


def matting_model(name: str, weights: StrPath | None = None, **options: Any) -> EncoderDecoder:
    """Build a matting network by its name, with or without trained weights.

    Args:
        name: str, one of `list_configurations()`.
        weights: None (random), `"imagenet"` (the encoder's, from keras.applications), the name of a preset
            (see `list_presets()`), or a path: a `.keras` file, which training writes, a folder that
            `save_to_preset` wrote, or a `.weights.h5` file of such a network.
        **options: further arguments of the network, such as `expansion=1`, `output_stride=16`,
            `dtype="mixed_bfloat16"` or `refinement=True`, which weights may do without: it is new then, and
            changes nothing until it is trained.

    Returns:
        `MattingNetwork`; for `"b1"` a `DeepLabV3Plus`, for `"b2"` a `RefineNet`, for `"deep_matting"` and
        `"deep_matting_refined"` a `DeepMatting`.

    Raises:
        ValueError: if the name or the weights are unknown or belong to another configuration.
        OSError: if ImageNet weights cannot be downloaded.

    Example:

    >>> from keras_indexnet import models
    >>> model = models.matting_model("hin_linear")
    >>> model.count_params() > 3_000_000
    True

    Source: Lu et al., ICCV 2019, tables 1 and 2.
    """
    if name not in CONFIGURATIONS:
        raise IndexNetError(f"There is no configuration {name!r}; choose from {', '.join(CONFIGURATIONS)}.")
    configuration = CONFIGURATIONS[name]
    return open_network(weights, configuration.network, name, {**configuration.options, **options})


def network_of(weights: StrPath, configuration: str | None = None) -> keras.Model:
    """Open the network that weights belong to.

    Args:
        weights: str or path: the name of a preset, the folder of one, or a `.keras` file, of this library's
            network or of any other that maps `(B, H, W, 4)` to `(B, H, W, 1)`.
        configuration: str, one of `list_configurations()`, that the weights have to belong to. None: any.

    Returns:
        `keras.Model`, not compiled.

    Raises:
        ValueError: if there is nothing of that name, it is damaged, it is no matting network or another one than
            asked for, or a file of weights alone does not say what it belongs to.

    Example:

    >>> from keras_indexnet import models
    >>> models.network_of("indexnet_light").index
    'o2o'
    """
    if configuration is None and weights in PRESETS:
        configuration = PRESETS[weights].configuration
    if configuration is not None:
        return matting_model(configuration, weights)
    if weights != "imagenet":
        check_exists(weights)
    if str(weights).endswith(".keras"):
        return load_keras_file(weights)
    if is_preset_folder(weights):
        return load_preset_folder(weights)
    if weights == "imagenet" or str(weights).endswith(".weights.h5"):
        raise IndexNetError(f"{weights} does not say which network it belongs to: name the configuration, too.")
    raise IndexNetError(f"{weights} cannot be read as weights: such a file ends in .keras or .weights.h5.")
