import h5py
import keras
import numpy as np
import pytest
from index_properties import (
    check_encoder_index_is_softmax_of_decoder_index,
    check_no_biases,
    check_odd_sizes_are_refused,
)
from keras import ops
from layer_checks import check_layer

from keras_indexnet.layers import DepthwiseIndexBlock


def features(height=8, width=12, channels=6, batch=4):
    return np.random.default_rng(0).normal(size=(batch, height, width, channels)).astype("float32")


@pytest.mark.parametrize("mode", ["o2o", "m2o"])
@pytest.mark.parametrize(("nonlinear", "trainable", "non_trainable"), [(False, 4, 0), (True, 16, 8)])
def test_keras_layer(mode, nonlinear, trainable, non_trainable, tmp_path):
    options = {
        "mode": mode,
        "nonlinear": nonlinear,
        "context": True,
        "expansion": 2,
        "pool_size": 2,
        "epsilon": 1e-3,
    }
    shapes = [(4, 4, 6, 24)] * 2
    check_layer(DepthwiseIndexBlock, options, (features(),), shapes, trainable, non_trainable, tmp_path)


@pytest.mark.parametrize("mode", ["o2o", "m2o"])
@pytest.mark.parametrize("nonlinear", [False, True])
def test_encoder_index_is_the_softmax_of_the_decoder_index(mode, nonlinear):
    check_encoder_index_is_softmax_of_decoder_index(DepthwiseIndexBlock(mode, nonlinear), features())


@pytest.mark.parametrize(
    ("mode", "nonlinear", "context", "expansion", "kernels"),
    [
        ("o2o", False, False, 2, [(2, 2, 6, 1)]),
        ("o2o", False, True, 2, [(4, 4, 6, 1)]),
        ("o2o", True, True, 2, [(4, 4, 6, 2), (2, 6)]),
        ("o2o", True, True, 1, [(4, 4, 6, 1), (1, 6)]),
        ("m2o", False, False, 2, [(2, 2, 6, 6)]),
        ("m2o", False, True, 2, [(4, 4, 6, 6)]),
        ("m2o", True, True, 2, [(4, 4, 6, 12), (1, 1, 12, 6)]),
        ("m2o", True, True, 1, [(4, 4, 6, 6), (1, 1, 6, 6)]),
    ],
)
def test_kernels_have_the_sizes_of_the_paper_and_no_biases(mode, nonlinear, context, expansion, kernels):
    block = DepthwiseIndexBlock(mode, nonlinear, context, expansion)
    block.build((None, None, None, 6))
    assert [tuple(weight.shape) for weight in block.weights if len(weight.shape) > 1] == kernels * 4
    check_no_biases(block)


@pytest.mark.parametrize("nonlinear", [False, True])
@pytest.mark.parametrize(("mode", "affected"), [("o2o", [2]), ("m2o", [0, 1, 2, 3, 4, 5])])
def test_which_channels_of_the_index_depend_on_a_channel(mode, nonlinear, affected):
    keras.utils.set_random_seed(0)
    block = DepthwiseIndexBlock(mode, nonlinear, context=True)
    original = features()
    changed = original.copy()
    changed[..., 2] += 0.5
    for before, after in zip(block(original), block(changed), strict=True):
        difference = ops.convert_to_numpy(ops.abs(before - after)).reshape(4, 4, 6, 4, 6)
        assert np.flatnonzero(difference.max(axis=(0, 1, 2, 3)) > 1e-6).tolist() == affected


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
@pytest.mark.parametrize("nonlinear", [False, True])
def test_in_training_one_convolution_is_as_good_as_four(nonlinear, dtype):
    keras.utils.set_random_seed(0)
    block = DepthwiseIndexBlock("m2o", nonlinear, context=True, dtype=dtype)
    block(features())
    logits = [column(ops.cast(features(), block.compute_dtype), training=True) for column in block.columns]
    expected = block.normalized(ops.concatenate(logits, axis=-1))
    tolerance = 1e-6 if dtype == "float32" else 0.01
    for index, wanted in zip(block(features(), training=True), expected, strict=True):
        assert index.dtype == wanted.dtype
        np.testing.assert_allclose(
            *(ops.convert_to_numpy(ops.cast(each, "float32")) for each in (index, wanted)), atol=tolerance
        )
    with pytest.raises(ValueError, match="divides the height by 2"):
        block(features(height=7), training=True)


@pytest.mark.parametrize(("context", "reach"), [(False, [2]), (True, [1, 2, 3])])
def test_how_far_a_block_sees(context, reach):
    keras.utils.set_random_seed(0)
    block = DepthwiseIndexBlock("m2o", context=context)
    original = features(batch=1)
    changed = original.copy()
    changed[:, :, 4:6] += 0.5  # the columns of the third region from the left
    difference = ops.convert_to_numpy(ops.abs(block(original)[1] - block(changed)[1]))
    assert np.flatnonzero(difference.max(axis=(0, 1, 3)) > 1e-6).tolist() == reach


def test_the_groups_of_the_projection_keep_the_name_that_files_of_weights_know(tmp_path):
    """As Keras stores a layer in a list under the name of its class, version 0.2.0 wrote this one."""
    block = DepthwiseIndexBlock("o2o", nonlinear=True)
    model = keras.Sequential([keras.Input((8, 8, 6)), block])
    model.save_weights(tmp_path / "of.weights.h5")
    with h5py.File(tmp_path / "of.weights.h5") as file:
        column = file["layers/depthwise_index_block/columns/sequential/layers"]
        kernel = column["__grouped_projection/vars/0"][:]
    np.testing.assert_array_equal(kernel, ops.convert_to_numpy(block.columns[0].layers[-1].kernel))


def test_odd_sizes_are_refused():
    check_odd_sizes_are_refused(DepthwiseIndexBlock)


def test_unknown_mode_is_refused():
    with pytest.raises(ValueError, match="'o2o', 'm2o'.*'both'"):
        DepthwiseIndexBlock(mode="both")
