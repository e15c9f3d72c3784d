import keras

from keras_indexnet.errors import IndexNetError
from keras_indexnet.given_numbers import height_and_width, whole_number
from keras_indexnet.graphs.precision import in_float32
from keras_indexnet.models import fuse_for_inference

SIGNATURE = "serving_default"


class InferenceGraph:
    """What is written to a file: a model at inference, of a given size, as one graph.

    The model, or its copy in float32 if it computes in another precision, is rewritten for inference
    (`models.fuse_for_inference`) and traced. All formats are made by `Model.export` from the graph, in a
    fraction of the time that it takes from the model, where it traces every model that is nested in it for a
    signature of its own.

    Args:
        model: `keras.Model` of one input and one output.
        input_size: pair of ints, height and width, or None: free.
        batch_size: int, or None: free.

    Raises:
        ValueError: if the model is not built, has other inputs or outputs, or cannot take the size.
    """

    def __init__(self, model, input_size, batch_size):
        check_model(model)
        input_size, batch_size = _checked_size(model, input_size, batch_size)
        self.model = in_float32(model)
        self.name = model.name
        self.is_matting = is_matting_model(model)
        self.multiple = getattr(model, "size_multiple", 1)
        self.input_name = "image_and_trimap" if self.is_matting else model.inputs[0].name
        self.output_name = "alpha" if self.is_matting else "output"
        _, height, width, channels = model.inputs[0].shape
        self.shape = (batch_size, *(input_size or (height, width)), channels)
        self.dtype = "float32" if self.is_matting else self.model.inputs[0].dtype
        self.function = _traced(_at_inference(self.model, input_size, self), self)

    def as_model(self):
        """Return a `keras.Model` of one layer, the graph, for `Model.export`."""
        inputs = keras.Input(batch_shape=self.shape, dtype=self.dtype, name=self.input_name)
        outputs = _GraphLayer(self.function)(inputs)
        return keras.Model(inputs, {self.output_name: outputs}, name=self.name)

    def input_spec(self):
        """Return the input's `keras.InputSpec`, with the batch, which `Model.export` leaves free by itself."""
        return keras.InputSpec(shape=self.shape, dtype=self.dtype, name=self.input_name)


class _GraphLayer(keras.layers.Layer):
    def __init__(self, function):
        super().__init__(autocast=False)
        self.function = function
        self.captured = list(function.variables)  # which makes them part of what is exported

    def call(self, inputs):
        return self.function(inputs)

    def compute_output_spec(self, inputs):
        (output,) = self.function.outputs
        return keras.KerasTensor(output.shape, output.dtype.name)


def is_matting_model(model):
    """Tell whether a model maps image and trimap to alpha, by its channels: four in, one out."""
    return (
        model.inputs[0].shape[-1] == 4 and len(model.outputs[0].shape) == 4 and model.outputs[0].shape[-1] == 1
    )


def check_model(model):
    """Raise ValueError unless a model is built and maps one image to one output."""
    inputs = getattr(model, "inputs", None)
    if not isinstance(model, keras.Model) or not model.built or not inputs:
        raise IndexNetError(
            "The model is not built: export takes a functional or sequential keras.Model that knows its inputs."
        )
    if len(inputs) != 1 or len(model.outputs) != 1:
        raise IndexNetError(
            f"The model has {len(inputs)} inputs and {len(model.outputs)} outputs; export_model takes one "
            "of each (Keras's own model.export takes any number)."
        )
    shape = inputs[0].shape
    if len(shape) != 4 or shape[-1] is None:
        raise IndexNetError(f"The model's input is (batch, height, width, channels), not {tuple(shape)}.")


def _checked_size(model, input_size, batch_size):
    if batch_size is not None:
        batch_size = whole_number(batch_size, "The batch")
    if input_size is not None:
        input_size = height_and_width(input_size, getattr(model, "size_multiple", 1))
        fixed = model.inputs[0].shape[1:3]
        if any(own not in (None, asked) for own, asked in zip(fixed, input_size, strict=True)):
            raise IndexNetError(f"The model takes the size {tuple(fixed)} only, not {input_size}.")
    return input_size, batch_size


def _at_inference(model, input_size, graph):
    fused = fuse_for_inference(model, input_size)
    inputs = keras.Input(batch_shape=graph.shape, dtype=graph.dtype, name=graph.input_name)
    # The file of a matting network takes float32, whatever the network does.
    pixels = keras.ops.cast(inputs, fused.inputs[0].dtype)
    outputs = keras.ops.cast(fused(pixels, training=False), "float32")
    return keras.Model(inputs, keras.ops.clip(outputs, 0.0, 1.0) if graph.is_matting else outputs)


def _traced(model, graph):
    import tensorflow as tf

    function = tf.function(lambda inputs: model(inputs, training=False), autograph=False)
    try:
        return function.get_concrete_function(tf.TensorSpec(graph.shape, graph.dtype, name=graph.input_name))
    except tf.errors.OperatorNotAllowedInGraphError as error:  # such as Keras's bilinear UpSampling2D
        raise IndexNetError(
            f"{graph.name} has a layer that needs to know the height and the width: give an input_size."
        ) from error
