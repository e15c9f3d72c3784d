"""Gradients on whichever backend is in use."""

import keras
import numpy as np
from keras import ops


def gradient(function, values, weights):
    """Return the gradient of `sum(weights * function(values))` with respect to `values`.

    Args:
        function: from one tensor to another; its layers have to be built already.
        values: float32 array.
        weights: float32 array of the shape of `function(values)`.

    Returns:
        Float32 array of the shape of `values`.
    """
    weights = ops.convert_to_tensor(weights)

    def weighted_sum(tensor):
        return ops.sum(weights * function(tensor))

    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        tensor = tf.constant(values)
        with tf.GradientTape() as tape:
            tape.watch(tensor)
            total = weighted_sum(tensor)
        return tape.gradient(total, tensor).numpy()
    if backend == "jax":
        import jax

        return np.asarray(jax.grad(weighted_sum)(ops.convert_to_tensor(values)))
    tensor = ops.convert_to_tensor(values).clone().requires_grad_()
    weighted_sum(tensor).backward()
    return ops.convert_to_numpy(tensor.grad)
