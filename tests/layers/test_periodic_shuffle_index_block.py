from functools import partial

import numpy as np
import pytest
from index_properties import check_odd_sizes_are_refused
from keras import ops
from layer_checks import check_layer

from keras_indexnet.layers import PeriodicShuffleIndexBlock


def features():
    return np.random.default_rng(0).normal(size=(4, 12, 12, 6)).astype("float32")


@pytest.mark.parametrize(("position", "pool_size"), [(2, 2), (5, 3)])
def test_keras_layer(position, pool_size, tmp_path):
    options = {"position": position, "pool_size": pool_size}
    shapes = [(4, 12 // pool_size, 12 // pool_size, pool_size**2)] * 2
    check_layer(PeriodicShuffleIndexBlock, options, (features(),), shapes, 0, 0, tmp_path)


def test_marks_one_position_of_every_region():
    for index in PeriodicShuffleIndexBlock(position=5, pool_size=3)(features()):
        shown = ops.convert_to_numpy(ops.depth_to_space(index, 3))
        expected = np.zeros((4, 12, 12, 1))
        expected[:, 1::3, 2::3] = 1
        np.testing.assert_array_equal(shown, expected)


@pytest.mark.parametrize("position", [-1, 4, 0.5])
def test_a_position_outside_the_region_is_refused(position):
    with pytest.raises(ValueError, match=f"a whole number from 0 to 3, not {position}"):
        PeriodicShuffleIndexBlock(position)


def test_odd_sizes_are_refused():
    check_odd_sizes_are_refused(partial(PeriodicShuffleIndexBlock, position=0))
