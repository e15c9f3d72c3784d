import numpy as np
import pytest
from index_properties import check_odd_sizes_are_refused
from keras import ops
from layer_checks import check_layer

from keras_indexnet.layers import AverageIndexBlock


def features():
    return np.random.default_rng(0).normal(size=(4, 12, 12, 6)).astype("float32")


@pytest.mark.parametrize("pool_size", [2, 3])
def test_keras_layer(pool_size, tmp_path):
    shapes = [(4, 12 // pool_size, 12 // pool_size, pool_size**2)] * 2
    check_layer(AverageIndexBlock, {"pool_size": pool_size}, (features(),), shapes, 0, 0, tmp_path)


@pytest.mark.parametrize("pool_size", [2, 3, 4])
def test_encoder_index_sums_to_one_and_decoder_index_is_one(pool_size):
    encoder_index, decoder_index = map(ops.convert_to_numpy, AverageIndexBlock(pool_size)(features()))
    np.testing.assert_allclose(encoder_index.sum(axis=-1), 1, atol=1e-6)
    assert len(np.unique(encoder_index)) == 1
    assert (decoder_index == 1).all()


def test_odd_sizes_are_refused():
    check_odd_sizes_are_refused(AverageIndexBlock)
