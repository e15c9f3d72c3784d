from contextlib import contextmanager

import keras

from keras_indexnet.errors import IndexNetError


@contextmanager
def data_parallel(devices):
    """Build and train models in this context on several devices, each of which takes its share of every batch.

    Args:
        devices: int, how many GPUs (without GPUs: CPU devices). 1 changes nothing.

    Raises:
        ValueError: if there are not so many, or the backend cannot do it.

    Example:

    >>> from keras_indexnet.training.devices import data_parallel
    >>> with data_parallel(1):
    ...     pass
    """
    backend = keras.backend.backend()
    if devices == 1:
        yield
    elif backend == "tensorflow":
        with _tensorflow_distribution(devices):
            yield
    elif backend == "jax":
        with _jax_distribution(devices):
            yield
    else:
        raise IndexNetError(f"Training on several devices works on TensorFlow and JAX, not on {backend}.")


def has_gpu():
    """Whether the backend computes on a GPU, or on another device that is no CPU."""
    if keras.backend.backend() == "torch":
        return keras.ops.zeros(()).device.type != "cpu"
    return any(not device.lower().startswith("cpu") for device in keras.distribution.list_devices())


def synchronize_batch_norm(network):
    """Let batch normalisation see the whole batch, of which each device has a part.

    Args:
        network: `keras.Model`, built in the context of `data_parallel`.
    """
    if keras.backend.backend() == "jax":  # there it does: JAX splits the computation, not the program
        return
    for layer in network._flatten_layers():
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.synchronized = True


def _tensorflow_distribution(devices):
    import tensorflow as tf

    found = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
    return tf.distribute.MirroredStrategy(_chosen(devices, [device.name for device in found])).scope()


@contextmanager
def _jax_distribution(devices):
    chosen = _chosen(devices, keras.distribution.list_devices())
    before = keras.distribution.distribution()
    keras.distribution.set_distribution(keras.distribution.DataParallel(devices=chosen))
    try:
        yield
    finally:
        keras.distribution.set_distribution(before)


def _chosen(devices, found):
    if devices > len(found):
        raise IndexNetError(f"There are {len(found)} devices ({', '.join(map(str, found))}), not {devices}.")
    return found[:devices]
