import math
from collections.abc import Callable
from typing import NamedTuple

import keras

from keras_indexnet.inference.inputs import OUTPUT_STRIDE


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
        `Runner`.
    """
    if hasattr(model, "run"):
        (described,) = model.inputs().values()
        return _runner(model.run, OUTPUT_STRIDE, tuple(described["shape"][1:3]))
    multiple = getattr(model, "output_stride", OUTPUT_STRIDE)
    if not isinstance(model, keras.Model):
        return _runner(_called(model), multiple)
    # A graph frees a feature map after its last use, a call keeps them all: 1.0 and 2.5 kB for a pixel. With
    # XLA, however, the graph would be compiled anew for every size.
    run = _called(model) if model.jit_compile or _needs_a_size(model) else model.predict_on_batch
    size = tuple(model.inputs[0].shape[1:3]) if getattr(model, "inputs", None) else (None, None)
    return _runner(run, multiple, size)


def _runner(run, multiple, size=(None, None)):
    # Photographs are enlarged, and tiles placed, at multiples of what also divides a fixed size.
    multiple = math.gcd(multiple, *filter(None, size))
    return Runner(run, multiple, size)


def _called(model):
    return lambda inputs: keras.ops.convert_to_numpy(model(inputs, training=False))


def _needs_a_size(model):
    """Whether the model has a layer that no TensorFlow graph of free height and width can hold."""
    upsampling = keras.layers.UpSampling2D
    return keras.backend.backend() == "tensorflow" and any(
        isinstance(layer, upsampling) and layer.interpolation != "nearest" for layer in model._flatten_layers()
    )
