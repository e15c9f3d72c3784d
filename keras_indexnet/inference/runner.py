import math
import textwrap
from collections.abc import Callable
from typing import NamedTuple

import keras

from keras_indexnet.errors import IndexNetError
from keras_indexnet.inference.inputs import OUTPUT_STRIDE
from keras_indexnet.models.encoder_decoder import EncoderDecoder

LONGEST_REASON = 400  # characters of what a runtime says; some say pages


class Runner(NamedTuple):
    """How a model is run, whatever it is: a Keras model, an exported file or a function."""

    run: Callable  # float32 (1, H, W, 4) -> (1, H, W, 1)
    multiple: int  # of which height and width are multiples
    size: tuple = (None, None)  # the height and width that it takes, None: any


def runner_of(model):
    """Find out how a model is run.

    Args:
        model: `keras.Model`, what `open_model` returns, or a function of a batch and `training`.

    Returns:
        `Runner`. It raises ValueError if the model gives no alpha of the input's size or, being neither a
        network of this library nor a function, does not run.
    """
    if hasattr(model, "run"):
        (described,) = model.inputs().values()
        return _runner(_running_or_not(model.run), OUTPUT_STRIDE, tuple(described["shape"][1:3]))
    multiple = getattr(model, "output_stride", OUTPUT_STRIDE)
    if not isinstance(model, keras.Model):
        return _runner(_called(model), multiple)
    # A graph frees a feature map after its last use, a call keeps them all: 1.0 and 2.5 kB for a pixel. With
    # XLA, however, the graph would be compiled anew for every size.
    run = _called(model) if model.jit_compile or _needs_a_size(model) else model.predict_on_batch
    if not isinstance(model, EncoderDecoder):
        run = _running_or_not(run)
    size = tuple(model.inputs[0].shape[1:3]) if getattr(model, "inputs", None) else (None, None)
    return _runner(run, multiple, size)


def _runner(run, multiple, size=(None, None)):
    # Photographs are enlarged, and tiles placed, at multiples of what also divides a fixed size.
    multiple = math.gcd(multiple, *filter(None, size))

    def run_and_check(inputs):
        alpha = run(inputs)
        shape = getattr(alpha, "shape", f"a {type(alpha).__name__}")  # a list of several outputs
        if shape != (*inputs.shape[:3], 1):
            raise IndexNetError(
                f"The model gives {shape} for an input of {inputs.shape}; a matting network would give "
                f"{(*inputs.shape[:3], 1)}."
            )
        return alpha

    return Runner(run_and_check, multiple, size)


def _running_or_not(run):
    """Say in one sentence that a model was opened and does not run; every runtime has errors of its own."""

    def run_or_say(inputs):
        try:
            return run(inputs)
        except Exception as error:
            reason = textwrap.shorten(str(error), LONGEST_REASON) or type(error).__name__
            raise IndexNetError(f"The model does not run on an input of {inputs.shape}: {reason}") from error

    return run_or_say


def _called(model):
    return lambda inputs: keras.ops.convert_to_numpy(model(inputs, training=False))


def _needs_a_size(model):
    """Whether the model has a layer that no TensorFlow graph of free height and width can hold."""
    upsampling = keras.layers.UpSampling2D
    return keras.backend.backend() == "tensorflow" and any(
        isinstance(layer, upsampling) and layer.interpolation != "nearest" for layer in model._flatten_layers()
    )
