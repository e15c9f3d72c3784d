import keras
import numpy as np
import pytest
from keras import ops
from layer_checks import check_layer

from keras_indexnet.layers import GroupedProjection


def features():
    return np.random.default_rng(0).normal(size=(4, 8, 12, 12)).astype("float32")


@pytest.mark.parametrize("channels", [4, 12])
def test_keras_layer(channels, tmp_path):
    options = {"channels": channels}
    check_layer(GroupedProjection, options, (features(),), [(4, 8, 12, channels)], 1, 0, tmp_path)


def test_it_is_a_grouped_convolution():
    projection = GroupedProjection(6)
    actual = projection(features())
    kernel = ops.convert_to_numpy(projection.kernel)
    # Group c of a 1x1 convolution 12 -> 6 sees the channels 2c and 2c + 1.
    expected = np.einsum("bhwce,ec->bhwc", features().reshape(4, 8, 12, 6, 2), kernel)
    np.testing.assert_allclose(ops.convert_to_numpy(actual), expected, atol=1e-6)


def test_channels_that_make_no_groups_are_refused():
    with pytest.raises(ValueError, match="makes 5 channels of a multiple of 5, but its input has 12"):
        GroupedProjection(5)(keras.Input((8, 8, 12)))
