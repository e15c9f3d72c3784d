import numpy as np
import pytest
from index_properties import check_odd_sizes_are_refused
from keras import ops
from layer_checks import check_layer

from keras_indexnet.layers import HolisticMaxIndexBlock, MaxIndexBlock


def features(height=12, width=12, channels=6):
    return np.random.default_rng(0).normal(size=(4, height, width, channels)).astype("float32")


@pytest.mark.parametrize("pool_size", [2, 3])
def test_keras_layer(pool_size, tmp_path):
    shapes = [(4, 12 // pool_size, 12 // pool_size, pool_size**2)] * 2
    check_layer(HolisticMaxIndexBlock, {"pool_size": pool_size}, (features(),), shapes, 0, 0, tmp_path)


@pytest.mark.parametrize("pool_size", [2, 3])
def test_marks_the_pixel_that_holds_the_largest_value_of_the_region(pool_size):
    low = 12 // pool_size
    # rows of regions, columns of regions, then the pixels of each
    regions = features().reshape(4, low, pool_size, low, pool_size, 6).transpose(0, 1, 3, 2, 4, 5)
    largest = regions.max(axis=-1).reshape(4, low, low, -1).argmax(axis=-1)
    for index in HolisticMaxIndexBlock(pool_size)(features()):
        np.testing.assert_array_equal(ops.convert_to_numpy(index), np.eye(pool_size**2)[largest])


def test_with_one_channel_it_is_the_max_index_block():
    one_channel = features(channels=1)
    np.testing.assert_array_equal(
        *(ops.convert_to_numpy(block(one_channel)[0]) for block in (HolisticMaxIndexBlock(), MaxIndexBlock()))
    )


def test_the_first_of_equal_maxima_is_marked():
    # Top-right and bottom-left hold the maximum, in different channels.
    region = np.float32([[[0, 1], [5, 2]], [[3, 5], [4, 4]]])
    index, _ = HolisticMaxIndexBlock()(region[np.newaxis])
    assert ops.convert_to_numpy(index).ravel().tolist() == [0, 1, 0, 0]


def test_odd_sizes_are_refused():
    check_odd_sizes_are_refused(HolisticMaxIndexBlock)
