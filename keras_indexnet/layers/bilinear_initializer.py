import numpy as np
from keras import initializers, ops, saving


@saving.register_keras_serializable(package="keras_indexnet")
class BilinearInitializer(initializers.Initializer):
    """Makes a kernel of the weights of bilinear interpolation: a tent in both directions, with sum 1.

    The tent is that of the deconvolution kernels of fully convolutional networks, `1 - |i - (k - 1)/2| /
    ceil(k/2)` at position i of k, divided by its sum. For k = 2 all four weights are 1/4.

    Example:

    >>> from keras_indexnet import layers
    >>> kernel = layers.BilinearInitializer()((3, 3, 1))
    >>> [round(float(weight), 4) for weight in kernel[1, :, 0]]
    [0.125, 0.25, 0.125]

    Source: Long et al., CVPR 2015, sec. 3.3.
    """

    def __call__(self, shape: tuple[int, ...], dtype: str | None = None):
        """Return the kernel.

        Args:
            shape: tuple of int `(height, width, ...)`; the further axes repeat the kernel.
            dtype: str, of the kernel, by default `"float32"`.

        Returns:
            Float tensor of shape `shape`.
        """
        height, width, *others = shape
        kernel = np.outer(_tent(height), _tent(width)).reshape(height, width, *[1] * len(others))
        return ops.convert_to_tensor(np.broadcast_to(kernel, shape).copy(), dtype=dtype or "float32")


def _tent(length):
    distance = np.abs(np.arange(length) - (length - 1) / 2)
    tent = 1 - distance / ((length + 1) // 2)
    return tent / tent.sum()
