import keras

from keras_indexnet.errors import IndexNetError
from keras_indexnet.graphs.layer_graph import as_functional, check_is_graph, is_graph

FLOAT32 = "float32"
OTHERS = ("float16", "bfloat16", "float64")


def in_float32(model):
    """Return a model whose layers all compute in float32: the model itself, or a copy with its weights.

    Weights are float32 under a mixed policy, so that the copy computes what the policy approximates.

    Args:
        model: functional or sequential `keras.Model`, built.

    Returns:
        `keras.Model`. A copy is functional and not compiled.

    Raises:
        ValueError: if a layer computes in another precision and cannot be built in float32; the message names
            the layer and the precision.
    """
    if _layer_in_other_precision(model) is None:
        return model
    check_is_graph(model, "Export in another precision than float32")
    copies = _Copies()
    copy = copies.of_model(model)
    copies.copy_weights()
    layer = _layer_in_other_precision(copy)
    if layer is not None:
        raise _refusal(layer)
    return copy


class _Copies:
    """The copies of a model and its layers: one that is shared, also between nested models, has one copy."""

    def __init__(self):
        self.copies = {}

    def of_model(self, model):
        functional = as_functional(model)
        inputs = keras.tree.map_structure(_input_in_float32, functional.input)
        return keras.models.clone_model(functional, inputs, clone_function=self._copy)

    def _copy(self, operation):
        if not isinstance(operation, keras.layers.Layer):
            return operation  # such as `keras.ops.add`: it computes in what it is given
        if operation not in self.copies:
            of = self.of_model if is_graph(operation) else _layer_in_float32
            self.copies[operation] = of(operation)
        return self.copies[operation]

    def copy_weights(self):
        for layer, copy in self.copies.items():
            if not is_graph(layer):  # whose layers are among the copies themselves
                copy.set_weights(layer.get_weights())


def _input_in_float32(tensor):
    dtype = FLOAT32 if keras.backend.is_float_dtype(tensor.dtype) else tensor.dtype
    return keras.Input(batch_shape=tensor.shape, dtype=dtype, name=tensor.name)


def _layer_in_float32(layer):
    try:
        return type(layer).from_config({**layer.get_config(), "dtype": FLOAT32})
    except Exception as error:  # whatever a layer of somebody's own does
        raise _refusal(layer) from error


def _layer_in_other_precision(model):
    """Return a layer that computes with other floats than float32, if there is one."""
    for layer in model._flatten_layers(include_self=False):
        # An input has the precision of what it is given, and models inside only that of their layers.
        precision = layer.dtype if isinstance(layer, keras.layers.InputLayer) else layer.compute_dtype
        if not is_graph(layer) and precision in OTHERS:
            return layer
    return None


def _refusal(layer):
    return IndexNetError(
        f"The layer {layer.name!r} computes in {layer.dtype_policy.name} and cannot be copied in float32, "
        "which export needs: call keras.config.set_dtype_policy('float32') and build the model again."
    )
