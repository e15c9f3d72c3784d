"""What a network costs: parameters and multiply-adds, counted on the built graph."""

from contextlib import contextmanager
from dataclasses import dataclass
from math import prod

import keras
from keras import layers, ops

from keras_indexnet.errors import IndexNetError
from keras_indexnet.given_numbers import whole_number, whole_numbers
from keras_indexnet.layers import A2UPooling, DynamicUpsampling, GroupedProjection

TRANSPOSED = (layers.Conv1DTranspose, layers.Conv2DTranspose, layers.Conv3DTranspose)
SEPARABLE = (layers.SeparableConv1D, layers.SeparableConv2D)
DYNAMIC = (A2UPooling, DynamicUpsampling)  # convolutions whose kernels differ from pixel to pixel
CONVOLUTIONS = (
    layers.Conv1D,
    layers.Conv2D,
    layers.Conv3D,
    layers.DepthwiseConv1D,
    layers.DepthwiseConv2D,
    *SEPARABLE,
    *TRANSPOSED,
    GroupedProjection,
    *DYNAMIC,
)
COUNTED = (*CONVOLUTIONS, layers.Dense)


@dataclass(frozen=True)
class LayerComplexity:
    """What one call of a layer costs, for a single image."""

    path: str
    kind: str
    output_shape: tuple
    parameters: int
    multiply_adds: int
    is_convolution: bool


@dataclass(frozen=True)
class Complexity:
    """What a network costs for a single image, layer by layer in the order of their calls."""

    layers: tuple[LayerComplexity, ...]
    parameters: int

    @property
    def multiply_adds(self) -> int:
        """int, of convolutions and dense layers."""
        return sum(layer.multiply_adds for layer in self.layers)

    @property
    def gflops(self) -> float:
        """float, the paper's unit: multiply-adds of the convolutions over 2**30."""
        return sum(layer.multiply_adds for layer in self.layers if layer.is_convolution) / 2**30

    def summary(self, limit: int | None = 10) -> str:
        """Return the costliest layers and the total as lines of text.

        Args:
            limit: int, the number of layers, or None for all.
        """
        limit = None if limit is None else whole_number(limit, "limit", least=0)
        costliest = sorted(self.layers, key=lambda layer: -layer.multiply_adds)[:limit]
        rows = [("multiply-adds", "share", "parameters", "output", "kind", "layer")]
        rows += [self._row(layer) for layer in costliest]
        rows.append((f"{self.multiply_adds:,}", "100.0%", f"{self.parameters:,}", "", "", "total"))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        align = ("{:>{}}",) * 3 + ("{:{}}",) * 3  # numbers to the right, text to the left
        line = "  ".join(align)
        return "\n".join(
            line.format(*(item for cell in zip(row, widths, strict=True) for item in cell)).rstrip()
            for row in rows
        )

    def _row(self, layer):
        return (
            f"{layer.multiply_adds:,}",
            f"{layer.multiply_adds / max(self.multiply_adds, 1):.1%}",
            f"{layer.parameters:,}",
            " x ".join(map(str, layer.output_shape[1:])),
            layer.kind,
            layer.path,
        )


def complexity(model: keras.Model, input_shape: tuple[int, ...] | None = None) -> Complexity:
    """Count the parameters and multiply-adds of any Keras model with a single input.

    Counted are the calls of convolutions of all kinds, those of predicted kernels among them, and of dense
    layers, wherever they are nested, by their actual kernels and shapes. A layer that is called twice counts
    twice; one that a recurrent layer or `TimeDistributed` repeats counts as often as the backend traces it,
    usually once.

    Args:
        model: `keras.Model` that is built: functional, or called once.
        input_shape: tuple of int, the shape of an input without the batch axis, such as `(224, 224, 4)`. None:
            the model's own, if it is fixed.

    Returns:
        `Complexity`: `layers`, `parameters`, `multiply_adds`, `gflops`, and `summary()`. Its `parameters` are
        those that training changes, also where they are frozen; moving statistics are not among them.

    Raises:
        ValueError: if the size of the input is not known, or the model is not built.

    Example:

    >>> import keras
    >>> from keras_indexnet.profiling.counting import complexity
    >>> model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3, padding="same")])
    >>> counted = complexity(model)
    >>> counted.parameters, counted.multiply_adds == 8 * 8 * 3 * 3 * 3 * 4
    (112, True)

    Source: the unit of Lu et al., ICCV 2019, table 2.
    """
    if not model.built:
        raise IndexNetError(f"The model {model.name!r} is not built yet: call it on a batch first.")
    input_shape = _known_shape(model, input_shape)
    return Complexity(
        tuple(_layer_complexity(*call) for call in _calls(model, input_shape)),
        _parameters(model._flatten_layers()),
    )


def _known_shape(model, input_shape):
    if isinstance(input_shape, tuple | list) and any(size is None for size in input_shape):  # free, to Keras
        shape = tuple(input_shape)
    elif input_shape is not None:
        shape = whole_numbers(input_shape, "input_shape")
    else:
        # A subclassed model has no such attribute, one of several inputs has a list or a dict.
        own = getattr(model, "input_shape", None)
        shape = own[1:] if isinstance(own, tuple) else None
    if shape is None or not all(isinstance(size, int) for size in shape):
        known = "does not tell its input's shape" if shape is None else f"takes inputs of shape {tuple(shape)}"
        raise IndexNetError(
            f"The model {known}: give all of it as input_shape, without the batch axis, such as (224, 224, 4)."
        )
    return tuple(shape)


def _calls(model, input_shape):
    """Return layer, input shape and output shape of every call that counts."""
    with _recorded(model) as calls:
        _Trace(model, calls).compute_output_spec(keras.KerasTensor((1, *input_shape)))
        if any(None in (*before, *after) for _, before, after in calls):
            # TensorFlow loses shapes that a model computes with tensors; a forward pass has them all.
            calls.clear()
            model(ops.zeros((1, *input_shape)), training=False)
    return calls


class _Trace(keras.Operation):
    """A model called with the tensors with which a backend finds out shapes without computing.

    Called with a `KerasTensor` itself, the model would ask its layers for their output's shape, and those with
    a `compute_output_shape` answer without calling the layers that they consist of.
    """

    def __init__(self, model, calls):
        super().__init__(name="complexity")
        self.model = model
        self.calls = calls

    def call(self, inputs):
        self.calls.clear()  # PyTorch starts again if an operation cannot be traced
        return self.model(inputs, training=False)


@contextmanager
def _recorded(model):
    """Give the list to which every counted layer of the model adds its calls."""
    calls, originals = [], []
    try:
        for layer in model._flatten_layers():
            if isinstance(layer, COUNTED):
                method = "call" if layer.quantization_mode is None else "quantized_call"
                originals.append((layer, method, vars(layer).get(method)))
                vars(layer)[method] = _recording(layer, getattr(layer, method), calls)
        yield calls
    finally:
        for layer, method, original in originals:
            del vars(layer)[method]
            if original is not None:
                vars(layer)[method] = original


def _recording(layer, call, calls):
    def record(inputs, *args, **kwargs):
        outputs = call(inputs, *args, **kwargs)
        calls.append((layer, tuple(inputs.shape), tuple(outputs.shape)))
        return outputs

    return record


def _layer_complexity(layer, input_shape, output_shape):
    return LayerComplexity(
        path=layer.path,
        kind=type(layer).__name__.removeprefix("_"),
        output_shape=output_shape,
        parameters=_parameters([layer]),
        multiply_adds=_multiply_adds(layer, input_shape, output_shape),
        is_convolution=isinstance(layer, CONVOLUTIONS),
    )


def _multiply_adds(layer, input_shape, output_shape):
    """Each weight of a kernel is used once at every position: of the output, or of what is spread."""
    if isinstance(layer, DYNAMIC):
        return layer.multiply_adds(output_shape)
    if isinstance(layer, SEPARABLE):
        kernels = (layer.depthwise_kernel, layer.pointwise_kernel)
    else:
        kernels = (layer.kernel,)
    shape = input_shape if isinstance(layer, TRANSPOSED) else output_shape
    channels_first = getattr(layer, "data_format", "channels_last") == "channels_first"
    # The batch axis is among the positions: it is 1, unless the model moves parts of the image there.
    positions = prod(shape) // shape[1 if channels_first else -1]
    return positions * sum(prod(kernel.shape) for kernel in kernels)


def _parameters(counted):
    # These lists keep the variables of a layer that is frozen; `trainable_variables` does not.
    variables = {id(variable): variable for layer in counted for variable in layer._trainable_variables}
    return sum(prod(variable.shape) for variable in variables.values())
