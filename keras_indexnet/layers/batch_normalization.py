import keras
from keras import ops, saving


@saving.register_keras_serializable(package="keras_indexnet")
class BatchNormalization(keras.layers.BatchNormalization):
    """Batch normalisation as Keras's, whose training step is one operator of the backend.

    Keras puts the step together from a dozen operators, each of which reads the whole feature map. The networks
    of the paper have 75 batch normalisations, which then take a quarter of a step on a CPU, and on a GPU
    thousands of starts of kernels. TensorFlow and PyTorch have an operator that does it all, backward too; JAX
    fuses the dozen itself. Arguments, weights, statistics and outputs are those of
    `keras.layers.BatchNormalization`, which computes wherever the operator does not fit: at inference, with a
    mask, renormalisation or `synchronized`, in float64, and for inputs that are no feature maps with channels
    last.

    Args:
        *args, **kwargs: arguments of `keras.layers.BatchNormalization`.

    Call arguments:
        inputs: float tensor of shape `(B, H, W, C)`, or any that Keras takes.
        training: bool, whether the statistics are those of the batch.
        mask: as in Keras.

    Returns:
        Tensor of the shape of `inputs`.

    Example:

    >>> import numpy as np
    >>> from keras import ops
    >>> from keras_indexnet import layers
    >>> features = np.array([0.0, 2.0, 4.0, 6.0], "float32").reshape(1, 2, 2, 1)
    >>> normalized = layers.BatchNormalization(epsilon=0.0)(features, training=True)
    >>> [f"{value:.2f}" for value in ops.convert_to_numpy(normalized).ravel()]
    ['-1.34', '-0.45', '0.45', '1.34']

    Source: Ioffe and Szegedy, ICML 2015, alg. 1.
    """

    def call(self, inputs, training=None, mask=None):
        kernel = KERNELS.get(keras.backend.backend())
        if not (training and self.trainable and mask is None and kernel and self._fits(inputs)):
            return super().call(inputs, training=training, mask=mask)
        scale = self.gamma if self.scale else ops.ones_like(self.moving_mean)
        offset = self.beta if self.center else ops.zeros_like(self.moving_mean)
        outputs, mean, variance = kernel(inputs, *map(ops.convert_to_tensor, (scale, offset)), self.epsilon)
        for average, new in ((self.moving_mean, mean), (self.moving_variance, variance)):
            average.assign(average * self.momentum + new * (1.0 - self.momentum))
        return ops.cast(outputs, self.compute_dtype)

    def _fits(self, inputs):
        return (
            len(inputs.shape) == 4
            and self.axis in (-1, 3)
            and not (self.renorm or self.synchronized)
            and keras.backend.standardize_dtype(inputs.dtype) in ("float16", "bfloat16", "float32")
            and keras.backend.standardize_dtype(self.moving_mean.dtype) == "float32"
        )


def _tensorflow(inputs, scale, offset, epsilon):
    import tensorflow as tf

    outputs, mean, variance = tf.compat.v1.nn.fused_batch_norm(
        inputs, scale, offset, epsilon=epsilon, is_training=True
    )
    # The kernel gives the variance of which the batch is a sample, and Keras averages that of the batch itself.
    pixels = tf.cast(tf.reduce_prod(tf.shape(inputs)[:-1]), variance.dtype)
    return outputs, mean, variance * (tf.maximum(pixels - 1.0, 1.0) / pixels)


def _torch(inputs, scale, offset, epsilon):
    import torch

    pixels = inputs.numel() // inputs.shape[-1]
    mean, variance = torch.zeros_like(scale), torch.zeros_like(scale)
    outputs = torch.batch_norm(
        inputs.permute(0, 3, 1, 2),
        scale,
        offset,
        mean,  # both are averages that become, with a momentum of 1, the batch's own
        variance,
        training=True,
        momentum=1.0,
        eps=epsilon,
        cudnn_enabled=torch.backends.cudnn.enabled,
    )
    return outputs.permute(0, 2, 3, 1), mean, variance * ((pixels - 1) / pixels) if pixels > 1 else 0 * mean


KERNELS = {"tensorflow": _tensorflow, "torch": _torch}
