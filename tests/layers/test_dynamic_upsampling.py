"""What all upsamplers with predicted kernels have in common."""

import keras
import numpy as np
import pytest
from gradients import gradient
from keras import ops

from keras_indexnet import layers

RANDOM = np.random.default_rng(0)
UPSAMPLERS = {
    "carafe": layers.CARAFE,
    "a2u": layers.A2UUpsampling,
    "fade": layers.FADE,
    "fade_lite": layers.FADELite,
    "sapa": layers.SAPA,
}
EACH = pytest.mark.parametrize("upsampler", UPSAMPLERS.values(), ids=UPSAMPLERS)


def maps(size=2, channels=4):
    random = np.random.default_rng(1)
    features = random.normal(size=(2, 3, 4, channels)).astype("float32")
    return features, random.normal(size=(2, 3 * size, 4 * size, channels)).astype("float32")


def ungated(upsampler):
    return {"gated": False} if issubclass(upsampler, layers.FADE) else {}


@EACH
@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.filterwarnings("ignore:You are using a softmax")  # of one weight, which is 1
def test_a_kernel_of_one_pixel_is_nearest_neighbour_upsampling(upsampler, size):
    features, guide = maps(size)
    layer = upsampler(size, kernel_size=1, **ungated(upsampler))
    nearest = features.repeat(size, axis=1).repeat(size, axis=2)
    np.testing.assert_allclose(ops.convert_to_numpy(layer(features, guide)), nearest, atol=1e-6)


@EACH
def test_a_constant_map_stays_as_it_is_away_from_the_border(upsampler):
    """Since the weights of a kernel sum to 1; beyond the border are zeros."""
    features, guide = np.ones((1, 7, 8, 4), "float32"), RANDOM.normal(size=(1, 14, 16, 4)).astype("float32")
    enlarged = ops.convert_to_numpy(upsampler(**ungated(upsampler))(features, guide))
    np.testing.assert_allclose(enlarged[:, 4:-4, 4:-4], 1, atol=1e-5)
    assert enlarged[:, 0].max() < 0.9


@EACH
@pytest.mark.parametrize("argument", [0, 1], ids=["features", "guide"])
def test_gradients_are_those_of_finite_differences(upsampler, argument):
    keras.utils.set_random_seed(0)
    random = np.random.default_rng(0)
    values = maps()
    layer = upsampler(kernel_size=3)
    layer(*values)
    weights = random.normal(size=values[1].shape).astype("float32")
    direction = random.normal(size=values[argument].shape).astype("float32")

    def function(changed):
        return layer(*values[:argument], changed, *values[argument + 1 :])

    if argument == 1 and not upsampler.guided:
        np.testing.assert_array_equal(*map(ops.convert_to_numpy, (function(direction), layer(*values))))
        return
    above, below = (
        np.sum(weights * ops.convert_to_numpy(function(values[argument] + step * direction)))
        for step in (0.003, -0.003)
    )
    slope = np.sum(gradient(function, values[argument], weights) * direction)
    assert slope == pytest.approx((above - below) / 0.006, rel=0.02, abs=0.02)


@EACH
def test_sizes_may_be_free(upsampler):
    layer = upsampler()
    features, guide = keras.Input((None, None, 4)), keras.Input((None, None, 4))
    model = keras.Model([features, guide], layer(features, guide))
    for height, width in ((1, 1), (3, 2)):
        low = np.zeros((1, height, width, 4), "float32")
        assert model([low, np.zeros((1, 2 * height, 2 * width, 4))]).shape == (1, 2 * height, 2 * width, 4)


@EACH
def test_guides_that_do_not_fit_are_refused(upsampler):
    features, guide = maps()
    with pytest.raises(ValueError, match="guide has 2 times the height of the features, 6, not 5"):
        upsampler()(features, guide[:, :5])
    with pytest.raises(ValueError, match="guide has 2 times the width of the features, 8, not 7"):
        upsampler()(features, guide[:, :, :7])
    if upsampler.guided:
        with pytest.raises(ValueError, match=f"{upsampler.__name__} needs a guide: a map of 2 times"):
            upsampler()(features)
    else:
        layer = upsampler()
        np.testing.assert_array_equal(*map(ops.convert_to_numpy, (layer(features), layer(features, guide))))


@EACH
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kernel_size": 4}, "kernel_size is odd, so that it has a middle, not 4"),
        ({"kernel_size": 33}, "kernel_size is a whole number from 1 to 31, not 33"),
        ({"size": 1}, "size is a whole number from 2 to 32, not 1"),
    ],
)
def test_arguments_out_of_their_range_are_refused(upsampler, arguments, message):
    with pytest.raises(ValueError, match=f"{upsampler.__name__}'s {message}"):
        upsampler(**arguments)


def test_a_subclass_without_logits_says_what_is_missing():
    with pytest.raises(NotImplementedError, match="DynamicUpsampling has no method logits"):
        layers.DynamicUpsampling()(*maps())
