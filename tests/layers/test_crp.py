import numpy as np
import pytest
from keras import ops
from layer_checks import check_layer

from keras_indexnet.layers import CRP


def features(channels=3):
    return np.random.default_rng(0).normal(size=(2, 6, 7, channels)).astype("float32")


def test_it_does_what_keras_users_expect(tmp_path):
    arguments = {"filters": 3, "links": 2, "pool_size": 3, "epsilon": 1e-4}
    # A link has a kernel, gamma and beta; and mean and variance.
    check_layer(CRP, arguments, (features(),), [(2, 6, 7, 3)], trainable=6, non_trainable=4, folder=tmp_path)


def test_a_link_pools_the_result_of_the_link_before_it():
    """With convolutions that copy, two poolings of 3 x 3 are one of 5 x 5."""
    layer = CRP(3, links=2, pool_size=3, epsilon=0.0)
    x = np.abs(features())
    layer(x)
    for link in layer.chain:
        link.get_layer("conv").set_weights([np.eye(3, dtype="float32")[None, None]])
    expected = x + maximum(x, 3) + maximum(x, 5)
    np.testing.assert_allclose(ops.convert_to_numpy(layer(x, training=False)), expected, atol=1e-5)


def maximum(x, side):
    border = side // 2
    padded = np.pad(x, ((0, 0), (border, border), (border, border), (0, 0)), constant_values=-np.inf)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (side, side), axis=(1, 2))
    return windows.max(axis=(-2, -1))


def test_another_number_of_channels_is_refused():
    with pytest.raises(ValueError, match="number of channels, 3, not 4"):
        CRP(4)(features())
