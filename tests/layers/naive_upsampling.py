"""Kernels that differ from pixel to pixel, applied in loops as the papers write them, in float64."""

import numpy as np
from keras import ops
from scipy.special import softmax


def pixels_of(image, row, column, side, offset):
    """Return the `side x side` pixels from `offset` pixels before a position on, zero beyond the border."""
    found = np.zeros((side, side, image.shape[-1]))
    for y in range(side):
        for x in range(side):
            inside = 0 <= row - offset + y < image.shape[0] and 0 <= column - offset + x < image.shape[1]
            if inside:
                found[y, x] = image[row - offset + y, column - offset + x]
    return found


def convolution(image, kernel, bias=0.0, stride=1, depthwise=False):
    """Return a convolution with "same" padding, depthwise or not."""
    side = kernel.shape[0]
    before = (side - stride) // 2
    height, width = (length // stride for length in image.shape[:2])
    equation = "yxc,yxcr->cr" if depthwise else "yxc,yxcd->d"
    output = np.zeros((height, width, kernel[0, 0].size if depthwise else kernel.shape[-1]))
    for row, column in np.ndindex(height, width):
        window = pixels_of(image, stride * row, stride * column, side, before)
        output[row, column] = np.einsum(equation, window, kernel).ravel() + bias
    return output


def upsampled(features, logits_at, size, side):
    """Weigh the pixels around each pixel of the enlarged map by the softmax of `logits_at(row, column)`."""
    height, width, channels = features.shape
    output = np.zeros((height * size, width * size, channels))
    for row, column in np.ndindex(output.shape[:2]):
        weights = softmax(logits_at(row, column)).reshape(side, side)
        window = pixels_of(features, row // size, column // size, side, side // 2)
        output[row, column] = np.einsum("yx,yxc->c", weights, window)
    return output


def position(row, column, size):
    """Return the number of a pixel among those of its region."""
    return row % size * size + column % size


def check_layer_equals(layer, expected, *inputs):
    """Compare the first image of a batch with a reference."""
    actual = ops.convert_to_numpy(layer(*(values[None].astype("float32") for values in inputs)))[0]
    assert actual.shape == expected.shape
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-5)


def varied(layer, *inputs):
    """Build a layer and give it random weights, which are none too small to be seen; return them by name."""
    layer(*(values[None].astype("float32") for values in inputs))
    random = np.random.default_rng(0)
    named = {}
    for weight in layer.weights:
        weight.assign(random.normal(0, 0.5, weight.shape))
        named["/".join(weight.path.split("/")[-2:])] = ops.convert_to_numpy(weight).astype("float64")
    return named
