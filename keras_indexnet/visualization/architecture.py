"""Reads from a built matting network what parts it has and how they are connected."""

import re
from dataclasses import dataclass, replace

import keras

from keras_indexnet import layers
from keras_indexnet.errors import IndexNetError
from keras_indexnet.given_numbers import whole_number
from keras_indexnet.models.encoder_decoder import EncoderDecoder

# Layers that belong to the part of another name.
MERGED = {"normalize": "image_and_trimap", "alpha": "head", "refined_alpha": "refinement"}
UNIT = re.compile("_(conv|bn|relu)$")  # how the names of a part's layers end
INDEX_FUNCTIONS = {
    layers.MaxIndexBlock: "max",
    layers.HolisticMaxIndexBlock: "HMI",
    layers.HolisticIndexBlock: "HIN",
}
KINDS = (
    (keras.layers.InputLayer, "input", "image and trimap"),
    (layers.IndexedPooling, "pooling", "IP"),
    (keras.layers.MaxPooling2D, "pooling", "max pooling"),
    (layers.IndexedUpsampling, "upsampling", "IU"),
    (layers.A2UPooling, "pooling", "A2U pooling"),
    (keras.layers.UpSampling2D, "upsampling", "bilinear upsampling"),
    (layers.CARAFE, "upsampling", "CARAFE"),
    (layers.A2UUpsampling, "upsampling", "A2U upsampling"),
    (layers.FADELite, "upsampling", "FADE-Lite"),
    (layers.FADE, "upsampling", "FADE"),
    (layers.SAPA, "upsampling", "SAPA"),
    (layers.AlignedResizing, "upsampling", "bilinear resizing"),
    (keras.layers.Concatenate, "fusion", "concat"),
    (keras.layers.Add, "fusion", "add"),
    (layers.ASPP, "context", "ASPP"),
    (layers.CRP, "context", "CRP"),
)


@dataclass(frozen=True)
class Part:
    """Layers that act as one: an encoder stage, an index block, a decoder unit."""

    name: str  # that its layers' names begin with
    kind: str  # input, stage, index, pooling, upsampling, fusion, context, unit, decoder or head
    label: str  # what people call it
    detail: str  # what distinguishes it from others of its kind, such as the index function, or ""
    shape: tuple[int, int, int]  # height, width and channels of its (first) output
    in_decoder: bool  # whether the result of the last encoder stage reaches it


@dataclass(frozen=True)
class Connection:
    """A tensor that one part takes from another."""

    source: str
    target: str
    kind: str  # index: an index map. skip: from the encoder's side to a fusion. feature: all others.
    shape: tuple[int, int, int]  # of the tensor


@dataclass(frozen=True)
class Architecture:
    """The parts of a network, each after those that it takes tensors from, and the connections between them."""

    name: str
    output_stride: int
    parts: tuple[Part, ...]
    connections: tuple[Connection, ...]


def architecture(network, input_size=320):
    """Collapse the graph of a matting network into parts and the connections between them.

    Args:
        network: one of the networks of `models`.
        input_size: int, height and width of the input, a multiple of the output stride.

    Returns:
        `Architecture`: `name`, `output_stride`, `parts` and `connections`, with shapes for that input.

    Raises:
        ValueError: if the network is none of this library, or its poolings do not divide the input's size.

    Example:

    >>> from keras_indexnet import models
    >>> from keras_indexnet.visualization.architecture import architecture
    >>> parts = architecture(models.matting_model("hin_linear")).parts
    >>> [(part.label, part.shape) for part in parts[1:4]]
    [('stage 0', (320, 320, 32)), ('index block', (160, 160, 4)), ('IP', (160, 160, 32))]
    """
    if not isinstance(network, EncoderDecoder):
        raise IndexNetError(
            f"The architecture is that of a matting network, not of a {type(network).__name__}."
        )
    multiple = network.size_multiple
    input_size = whole_number(input_size, "The input's size", multiple=multiple)
    parts, connections, producers = {}, [], {}
    for layer, taken, given in _calls(network, input_size):
        name = _part_name(layer)
        sources = [(producers[id(tensor)], tensor) for tensor in taken]
        if name not in parts:
            parts[name] = _part(network, layer, name, [parts[source] for source, _ in sources])
        connections += [
            _connection(parts[source], parts[name], tensor) for source, tensor in sources if source != name
        ]
        parts[name] = replace(parts[name], shape=given[0].shape[1:])
        producers.update((id(tensor), name) for tensor in given)
    return Architecture(network.name, network.output_stride, tuple(parts.values()), tuple(connections))


class _Recorded(keras.Operation):
    """Stands for a layer in a copy of its network; finds out the layer's output shapes and notes the call."""

    def __init__(self, layer, calls):
        super().__init__(name=layer.name)
        self.layer = layer
        self.calls = calls

    def compute_output_spec(self, *args, **kwargs):
        outputs = self.layer.compute_output_spec(*args, **kwargs)
        taken = keras.tree.flatten((args, kwargs))
        if isinstance(self.layer, layers.AlignedResizing):
            taken = taken[:1]  # of the other tensor it takes only the size
        taken = [value for value in taken if isinstance(value, keras.KerasTensor)]
        self.calls.append((self.layer, taken, keras.tree.flatten(outputs)))
        return outputs


def _calls(network, input_size):
    """Return layer, input tensors and output tensors of every call, from the input on."""
    inputs = keras.Input(batch_shape=(1, input_size, input_size, 4), name=network.input.name)
    calls = [(network.layers[0], [], [inputs])]
    keras.models.clone_model(network, inputs, clone_function=lambda layer: _Recorded(layer, calls))
    return calls


def _part_name(layer):
    name = UNIT.sub("", layer.name)
    return MERGED.get(name, name)


def _part(network, layer, name, sources):
    kind, label = _kind_and_label(network, layer, name)
    bottom = network.encoder_stages[-1].name
    in_decoder = any(source.in_decoder or source.name == bottom for source in sources)
    return Part(name, kind, label, _detail(layer), (), in_decoder)


def _kind_and_label(network, layer, name):
    if layer in network.encoder_stages:
        return "stage", f"stage {network.encoder_stages.index(layer)}"
    if isinstance(layer, layers.IndexBlock):
        return "index", "index block"
    for layer_type, kind, label in KINDS:
        if isinstance(layer, layer_type):
            return kind, label
    if name == "context":
        return "context", f"{layer.kernel_size[0]} × {layer.kernel_size[1]} convolution"
    kind = name if name == "head" else "decoder" if name.startswith("decoder_") else "unit"
    return kind, name.replace("_", " ")


def _detail(layer):
    if isinstance(layer, layers.ASPP):
        return f"dilations {', '.join(map(str, layer.dilations))}"
    if not isinstance(layer, layers.IndexBlock):
        return ""
    words = [INDEX_FUNCTIONS.get(type(layer), type(layer).__name__)]
    expansion = ""
    if isinstance(layer, layers.DepthwiseIndexBlock):
        words = [layer.mode.upper()]
        expansion = f" (e = {layer.expansion})"
    if getattr(layer, "nonlinear", False):
        words.append("nonlinear" + expansion)
    if getattr(layer, "context", False):
        words.append("context")
    return ", ".join(words)


def _connection(source, target, tensor):
    if source.kind == "index":
        kind = "index"
    elif target.kind in ("fusion", "upsampling") and not source.in_decoder:
        kind = "skip"
    else:
        kind = "feature"
    return Connection(source.name, target.name, kind, tensor.shape[1:])
