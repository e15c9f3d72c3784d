import re

import keras
import numpy as np
import pytest
from index_properties import (
    check_encoder_index_is_softmax_of_decoder_index,
    check_no_biases,
    check_odd_sizes_are_refused,
)
from layer_checks import check_layer

from keras_indexnet.layers import HolisticIndexBlock


def features(height=8, width=12, channels=6, batch=4):
    return np.random.default_rng(0).normal(size=(batch, height, width, channels)).astype("float32")


@pytest.mark.parametrize(
    ("options", "trainable", "non_trainable"),
    [
        ({"nonlinear": False, "context": True, "pool_size": 2, "epsilon": 1e-3}, 1, 0),
        ({"nonlinear": True, "context": True, "pool_size": 2, "epsilon": 1e-3}, 4, 2),
    ],
)
def test_keras_layer(options, trainable, non_trainable, tmp_path):
    shapes = [(4, 4, 6, 4)] * 2
    check_layer(HolisticIndexBlock, options, (features(),), shapes, trainable, non_trainable, tmp_path)


@pytest.mark.parametrize("nonlinear", [False, True])
def test_encoder_index_is_the_softmax_of_the_decoder_index(nonlinear):
    check_encoder_index_is_softmax_of_decoder_index(HolisticIndexBlock(nonlinear), features())


@pytest.mark.parametrize(
    ("nonlinear", "context", "kernels"),
    [
        (False, False, [(2, 2, 6, 4)]),
        (False, True, [(4, 4, 6, 4)]),
        (True, False, [(2, 2, 6, 12), (1, 1, 12, 4)]),
        (True, True, [(4, 4, 6, 12), (1, 1, 12, 4)]),
    ],
)
def test_kernels_have_the_sizes_of_the_paper_and_no_biases(nonlinear, context, kernels):
    block = HolisticIndexBlock(nonlinear, context)
    block.build((None, None, None, 6))
    assert [tuple(weight.shape) for weight in block.weights if len(weight.shape) == 4] == kernels
    check_no_biases(block)


def test_odd_sizes_are_refused():
    check_odd_sizes_are_refused(HolisticIndexBlock)


def test_regions_of_three():
    encoder_index, decoder_index = HolisticIndexBlock(nonlinear=True, pool_size=3)(features(9, 12))
    assert encoder_index.shape == decoder_index.shape == (4, 3, 4, 9)
    sums = keras.ops.convert_to_numpy(encoder_index).sum(axis=-1)
    np.testing.assert_allclose(sums, 1, atol=1e-6)
    with pytest.raises(ValueError, match=re.escape("by 3, but the width of its input is 10")):
        HolisticIndexBlock(pool_size=3)(features(9, 10))
