import os
from contextlib import contextmanager

import keras

from keras_indexnet.backend import PROCESSES
from keras_indexnet.errors import BackendError, IndexNetError
from keras_indexnet.optional import first_line


def join_processes():
    """Let this process train together with others, where `KERAS_DISTRIBUTION_*` in the environment says so.

    To be called before the backend computes anything. `keras.distribution.initialize` says what these hold.

    Raises:
        BackendError: if the backend is not JAX.
        ValueError: if the others are not found.
    """
    if PROCESSES not in os.environ:
        return
    if keras.backend.backend() != "jax":
        raise BackendError(
            f"Several processes train together on JAX; set KERAS_BACKEND=jax, or unset {PROCESSES}."
        )
    try:
        keras.distribution.initialize()
    except (RuntimeError, ValueError) as error:
        raise IndexNetError(
            f"The processes of KERAS_DISTRIBUTION_* did not come together: {first_line(error)}."
        ) from error


def part_of_processes():
    """Return the number of this process among those that train together, and how many they are."""
    if keras.backend.backend() != "jax":
        return 0, 1
    import jax

    return jax.process_index(), jax.process_count()


def from_first_process(arrays):
    """Return the arrays of the first of the processes that train together, in every one of them.

    Args:
        arrays: list of arrays, whose shapes are the same in all.
    """
    from jax.experimental import multihost_utils

    return multihost_utils.broadcast_one_to_all(arrays)


@contextmanager
def ending_together():
    """Say in one sentence that another one of the processes that train together has ended.

    Raises:
        ValueError: if the backend fails in the block since it has.
    """
    try:
        yield
    except RuntimeError as error:
        if part_of_processes()[1] == 1 or type(error).__name__ != "JaxRuntimeError":
            raise
        raise IndexNetError(
            "Another process of this training has ended; start all of them again with --resume: "
            f"{first_line(error)}."
        ) from error


@contextmanager
def data_parallel(devices):
    """Build and train models in this context on several devices, each of which takes its share of every batch.

    Args:
        devices: int, how many GPUs (without GPUs: CPU devices), of all processes that train together. 1 changes
            nothing.

    Raises:
        ValueError: if there are not so many, or the backend cannot do it.

    Example:

    >>> from keras_indexnet.training.devices import data_parallel
    >>> with data_parallel(1):
    ...     pass
    """
    backend = keras.backend.backend()
    if devices == 1 and part_of_processes()[1] == 1:
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
    found, processes = keras.distribution.list_devices(), part_of_processes()[1]
    if processes > 1 and devices != len(found):
        raise IndexNetError(
            f"{processes} processes have {len(found)} devices: train on {len(found)}, not {devices}."
        )
    chosen = _chosen(devices, found)
    before = keras.distribution.distribution()
    # Each process makes its own part of a batch.
    parallel = keras.distribution.DataParallel(devices=chosen, auto_shard_dataset=False)
    keras.distribution.set_distribution(parallel)
    try:
        yield
    finally:
        keras.distribution.set_distribution(before)


def _chosen(devices, found):
    if devices > len(found):
        raise IndexNetError(f"There are {len(found)} devices ({', '.join(map(str, found))}), not {devices}.")
    return found[:devices]
