"""Functional and sequential models alike, as graphs of layers that can be cloned with changes."""

import keras

from keras_indexnet.errors import IndexNetError


def is_graph(operation):
    """Return whether an operation is a functional or sequential model."""
    return isinstance(operation, keras.Sequential) or hasattr(operation, "operations")


def check_is_graph(model, caller):
    """Raise ValueError unless a model is functional or sequential and built; the message names the caller."""
    if not is_graph(model) or not model.built:
        raise IndexNetError(
            f"{caller} takes a functional model or a sequential one that is built, but "
            f"{model.name!r} is neither. Give a sequential model a keras.Input first."
        )


def as_functional(model):
    """Return the functional model, not compiled, of the layers of a functional or sequential one."""
    if not isinstance(model, keras.Sequential):
        return keras.Model(model.input, model.output, name=model.name)
    # `input` and `output` of a nested sequential model are those of its place in the outer one.
    outputs = model.outputs[0] if len(model.outputs) == 1 else model.outputs
    return keras.Model(model.inputs[0], outputs, name=model.name)
