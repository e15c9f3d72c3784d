"""Regions of other sides than two: every block, pooling and upsampling."""

import keras
import numpy as np
import pytest
from index_properties import check_encoder_index_is_softmax_of_decoder_index
from keras import ops
from layer_checks import check_layer
from scipy.special import expit

from keras_indexnet.layers import (
    DepthwiseIndexBlock,
    HolisticIndexBlock,
    IndexedPooling,
    IndexedUpsampling,
    MaxIndexBlock,
)

RANDOM = np.random.default_rng(0)
FEATURES = RANDOM.normal(size=(4, 12, 24, 6)).astype("float32")
LOW = (4, 4, 8, 6)  # the shape of `FEATURES` after pooling by three


@pytest.mark.parametrize(
    ("layer_class", "options", "groups", "trainable", "non_trainable"),
    [
        (MaxIndexBlock, {}, 6, 0, 0),
        (HolisticIndexBlock, {"context": False}, 1, 1, 0),
        (HolisticIndexBlock, {"nonlinear": True, "context": True}, 1, 4, 2),
        (DepthwiseIndexBlock, {"mode": "o2o", "context": True}, 6, 9, 0),
        (DepthwiseIndexBlock, {"mode": "m2o", "context": True}, 6, 9, 0),
    ],
)
def test_index_blocks_with_regions_of_three(layer_class, options, groups, trainable, non_trainable, tmp_path):
    options = {"pool_size": 3, **options}
    shapes = [(*LOW[:3], 9 * groups)] * 2
    check_layer(layer_class, options, (FEATURES,), shapes, trainable, non_trainable, tmp_path)


@pytest.mark.parametrize("groups", [1, 6])
def test_pooling_and_upsampling_with_regions_of_three(groups, tmp_path):
    index = RANDOM.uniform(size=(*LOW[:3], 9 * groups)).astype("float32")
    low = RANDOM.normal(size=LOW).astype("float32")
    options = {"pool_size": 3, "return_indexed": True}
    shapes = [LOW, FEATURES.shape]
    (tmp_path / "pooling").mkdir()
    check_layer(IndexedPooling, options, (FEATURES, index), shapes, 0, 0, tmp_path / "pooling")
    check_layer(IndexedUpsampling, {"size": 3}, (low, index), [FEATURES.shape], 0, 0, tmp_path)


@pytest.mark.parametrize("groups", [1, 6])
@pytest.mark.parametrize("size", [3, 4])
def test_pooling_and_upsampling_equal_their_equations(groups, size):
    index = RANDOM.uniform(size=(4, 12 // size, 24 // size, size * size * groups)).astype("float32")
    # Row by row within a region, then the groups.
    shown = index.reshape(*index.shape[:3], size, size, groups).transpose(0, 1, 3, 2, 4, 5)
    shown = shown.reshape(4, 12, 24, groups)
    pooled, indexed = IndexedPooling(size, return_indexed=True)(FEATURES, index)
    np.testing.assert_allclose(ops.convert_to_numpy(indexed), shown * FEATURES, atol=1e-6)
    sums = (shown * FEATURES).reshape(4, 12 // size, size, 24 // size, size, 6).sum(axis=(2, 4))
    np.testing.assert_allclose(ops.convert_to_numpy(pooled), sums, atol=1e-5)
    repeated = sums.repeat(size, axis=1).repeat(size, axis=2)
    upsampled = IndexedUpsampling(size)(sums, index)
    np.testing.assert_allclose(ops.convert_to_numpy(upsampled), shown * repeated, atol=1e-5)


@pytest.mark.parametrize("pool_size", [3, 4])
@pytest.mark.parametrize(
    ("layer_class", "options"),
    [
        (HolisticIndexBlock, {"nonlinear": True}),
        (DepthwiseIndexBlock, {"mode": "o2o", "nonlinear": True}),
        (DepthwiseIndexBlock, {"mode": "m2o", "nonlinear": True}),
    ],
)
def test_encoder_index_is_the_softmax_of_the_decoder_index(layer_class, options, pool_size):
    keras.utils.set_random_seed(0)
    block = layer_class(context=True, pool_size=pool_size, **options)
    check_encoder_index_is_softmax_of_decoder_index(block, FEATURES, positions=pool_size**2)


def windows(features, size, pool_size):
    """Return the `size x size` window around every region, `(B, H/k, W/k, size, size, C)`, zeros outside."""
    before = (size - pool_size) // 2
    after = size - pool_size - before
    padded = np.pad(features, ((0, 0), (before, after), (before, after), (0, 0)))
    view = np.lib.stride_tricks.sliding_window_view(padded, (size, size), axis=(1, 2))
    return view[:, ::pool_size, ::pool_size].transpose(0, 1, 2, 4, 5, 3)


@pytest.mark.parametrize("context", [False, True])
@pytest.mark.parametrize("pool_size", [3, 4])
def test_holistic_index_is_a_sum_over_the_window(pool_size, context):
    block = HolisticIndexBlock(context=context, pool_size=pool_size)
    _, decoder_index = block(FEATURES)
    window = windows(FEATURES, pool_size * (2 if context else 1), pool_size)
    (kernel,) = block.get_weights()
    expected = expit(np.einsum("bhwyxc,yxcp->bhwp", window, kernel))
    np.testing.assert_allclose(ops.convert_to_numpy(decoder_index), expected, atol=1e-5)


@pytest.mark.parametrize("context", [False, True])
@pytest.mark.parametrize("pool_size", [3, 4])
@pytest.mark.parametrize(("mode", "equation"), [("o2o", "bhwyxc,yxco->bhwc"), ("m2o", "bhwyxc,yxco->bhwo")])
def test_depthwise_index_is_a_sum_over_the_window(mode, equation, pool_size, context):
    block = DepthwiseIndexBlock(mode, context=context, pool_size=pool_size)
    _, decoder_index = block(FEATURES)
    window = windows(FEATURES, pool_size * (2 if context else 1), pool_size)
    logits = [np.einsum(equation, window, kernel) for kernel in block.get_weights()]
    expected = expit(np.concatenate(logits, axis=-1))
    np.testing.assert_allclose(ops.convert_to_numpy(decoder_index), expected, atol=1e-5)


def test_an_encoder_decoder_with_regions_of_three_trains():
    keras.utils.set_random_seed(0)
    images = keras.Input((None, None, 3))
    features = keras.layers.Conv2D(4, 3, padding="same", activation="relu")(images)
    encoder_index, decoder_index = HolisticIndexBlock(nonlinear=True, context=True, pool_size=3)(features)
    x = IndexedPooling(3)(features, encoder_index)
    x = keras.layers.Conv2D(4, 3, padding="same", activation="relu")(x)
    x = IndexedUpsampling(3)(x, decoder_index)
    model = keras.Model(images, keras.layers.Conv2D(1, 3, padding="same")(x))
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
    values = RANDOM.uniform(size=(4, 12, 15, 3)).astype("float32")
    history = model.fit(values, values[..., :1], batch_size=2, epochs=8, verbose=0).history["loss"]
    assert history[-1] < 0.7 * history[0]
