import importlib.util

import keras
import numpy as np
import pytest
from keras import ops
from layer_checks import check_layer

from keras_indexnet.layers import AlignedResizing


def features(height, width, channels=3):
    return np.random.default_rng(0).normal(size=(2, height, width, channels)).astype("float32")


def test_it_does_what_keras_users_expect(tmp_path):
    inputs = (features(4, 6), features(7, 9, 5))
    check_layer(AlignedResizing, {}, inputs, [(2, 7, 9, 3)], trainable=0, non_trainable=0, folder=tmp_path)


@pytest.mark.parametrize(
    ("old", "new"), [((4, 6), (13, 21)), ((5, 5), (5, 9)), ((7, 9), (3, 4)), ((1, 3), (4, 1)), ((2, 2), (1, 1))]
)
def test_it_interpolates_as_torch_does(old, new):
    if importlib.util.find_spec("torch") is None:
        pytest.skip("torch is not installed")
    import torch

    x = features(*old)
    expected = torch.nn.functional.interpolate(
        torch.from_numpy(x).permute(0, 3, 1, 2), size=new, mode="bilinear", align_corners=True
    )
    actual = ops.convert_to_numpy(AlignedResizing()(x, np.zeros((2, *new, 1), "float32")))
    np.testing.assert_allclose(actual, expected.permute(0, 2, 3, 1).numpy(), atol=1e-5)


def test_the_corners_stay_and_a_ramp_stays_a_ramp():
    ramp = np.linspace(0, 1, 5, dtype="float32").reshape(1, 1, 5, 1)
    resized = ops.convert_to_numpy(AlignedResizing()(ramp, np.zeros((1, 1, 12, 1), "float32"))).ravel()
    np.testing.assert_allclose(resized, np.linspace(0, 1, 12), atol=1e-6)


def test_sizes_are_unknown_until_the_call():
    inputs, like = keras.Input((None, None, 3)), keras.Input((None, None, 1))
    model = keras.Model([inputs, like], AlignedResizing()(inputs, like))
    assert model.output_shape == (None, None, None, 3)
    for size in ((8, 9), (3, 2)):
        assert model([features(4, 6), np.zeros((2, *size, 1), "float32")]).shape == (2, *size, 3)
