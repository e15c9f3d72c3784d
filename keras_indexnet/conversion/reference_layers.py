"""Which module of the reference code is which Keras layer of a matting network."""

from keras import layers as keras_layers

from keras_indexnet.errors import IndexNetError
from keras_indexnet.layers import IndexBlock
from keras_indexnet.models import DeepLabV3Plus, MattingNetwork, RefineNet
from keras_indexnet.models.matting_network import LEARNED_INDICES


def reference_layers(network):
    """Yield the name of every module of the reference code that has tensors, and the Keras layer for it.

    Args:
        network: `MattingNetwork` on MobileNetV2 with concatenation, `DeepLabV3Plus` or `RefineNet`: the
            networks of the reference code that share its checkpoint layout.

    Raises:
        ValueError: if the network is of another kind.
    """
    if isinstance(network, DeepLabV3Plus):
        own = _deeplab_v3_plus(network)
    elif isinstance(network, RefineNet):
        own = _refine_net(network)
    elif isinstance(network, MattingNetwork) and _is_in_reference(network):
        own = _matting_network(network)
    else:
        raise IndexNetError(
            "The reference code has checkpoints of B1, B2, B10, B11 and the networks with learned indices, "
            f"but none like {network.name!r}."
        )
    for stage in range(8):
        yield from _encoder(network, stage)
    yield from own


def _is_in_reference(network):
    indices = ("max", *LEARNED_INDICES)
    decoder = network.decoder_kernel_size, network.separable_decoder, network.tail_width
    return (
        network.encoder == "mobilenet_v2"
        and network.fusion == "concat"
        and network.index in indices
        and decoder == (5, False, 1.0)
    )


def _encoder(network, stage):
    with_weights = [layer for layer in network.encoder_stages[stage].layers if layer.weights]
    if stage == 0:
        yield from _sequential("layer0", with_weights)
        return
    block = -1
    for layer in with_weights:
        if layer.name.endswith(("expand", "expanded_conv_depthwise")):  # the first layer of a block
            block, within = block + 1, []
        within.append(layer)
        if layer.name.endswith("project_BN"):
            yield from _sequential(f"layer{stage}.{block}.conv", within)


def _matting_network(network):
    for layer in network.layers:
        if isinstance(layer, IndexBlock) and layer.learned:
            yield from _index_block(layer)
    if network.aspp:
        yield from _aspp(network)
    else:
        yield from _unit(network, "context", "dconv_pp")
    for stage in range(7):
        yield from _unit(network, f"decoder_{stage}", f"decoder_layer{stage}.dconv")
    yield from _unit(network, "head", "pred.0")
    yield "pred.1", network.get_layer("alpha")


def _deeplab_v3_plus(network):
    yield from _aspp(network)
    yield from _unit(network, "low_level", "decoder.first_dconv")
    yield from _unit(network, "decoder_0", "decoder.last_dconv.0")
    yield from _unit(network, "decoder_1", "decoder.last_dconv.1")
    yield from _unit(network, "head", "pred")
    yield "pred.3", network.get_layer("alpha")


def _refine_net(network):
    for stage in range(7, 1, -1):
        yield from _unit(network, f"feature_{stage}", f"dconv{stage}")
    for stage, number in ((6, 4), (4, 3), (3, 2), (2, 1)):
        for link, layer in enumerate(network.get_layer(f"crp_{stage}").chain, start=1):
            with_weights = [part for part in layer.layers if part.weights]
            yield from _sequential(f"dconv_crp{number}.0.{link}_outvar_dimred", with_weights)
    for stage, number in ((6, 4), (4, 3), (3, 2)):
        yield from _unit(network, f"adapt_{stage}", f"dconv_adapt{number}")
    yield from _unit(network, "head", "pred.0")
    yield "pred.1", network.get_layer("alpha")


def _index_block(block):
    name = f"{block.name.replace('index_', 'index')}.indexnet"  # index_0 is index0 there
    if not block.holistic:
        for number, column in enumerate(block.columns, start=1):
            yield from _sequential(f"{name}{number}", column.layers)
    elif block.nonlinear:
        yield from _sequential(name, block.index_network.layers)
    else:
        yield name, block.index_network.layers[0]


def _aspp(network):
    aspp = network.get_layer("aspp")
    for number, branch in enumerate(aspp.branches, start=1):
        yield from _sequential(f"dconv_pp.aspp{number}.atrous_conv", branch.layers)
    # The average pooling has number 0 in the reference's sequence.
    yield from _sequential("dconv_pp.global_avg_pool", aspp.mean_branch.layers, first=1)
    yield from _sequential("dconv_pp.bottleneck_conv", aspp.project.layers)


def _unit(network, name, module):
    yield f"{module}.0", network.get_layer(f"{name}_conv")
    yield f"{module}.1", network.get_layer(f"{name}_bn")


def _sequential(prefix, layers, first=0):
    """Number layers as the reference does: convolution, batch normalisation and ReLU6 take a number each."""
    number = first
    for layer in layers:
        if isinstance(layer, keras_layers.ReLU):
            continue
        yield f"{prefix}.{number}", layer
        number += 2 if isinstance(layer, keras_layers.BatchNormalization) else 1
