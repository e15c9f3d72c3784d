"""The base of all index blocks: what a user's own block has from it, and what each block says of itself."""

import keras
import numpy as np
import pytest
from index_properties import check_encoder_index_is_softmax_of_decoder_index, check_odd_sizes_are_refused
from keras import ops
from layer_checks import check_layer
from scipy.special import expit, softmax

from keras_indexnet import layers

BLOCKS = {
    layers.MaxIndexBlock: {},
    layers.HolisticMaxIndexBlock: {},
    layers.AverageIndexBlock: {},
    layers.KernelIndexBlock: {},
    layers.PeriodicShuffleIndexBlock: {"position": 2},
    layers.HolisticIndexBlock: {"nonlinear": True},
    layers.DepthwiseIndexBlock: {"mode": "o2o"},
}
HOLISTIC = {
    layers.HolisticMaxIndexBlock,
    layers.AverageIndexBlock,
    layers.PeriodicShuffleIndexBlock,
    layers.HolisticIndexBlock,
}
LEARNED = {layers.KernelIndexBlock, layers.HolisticIndexBlock, layers.DepthwiseIndexBlock}


def features(height=12, width=12, channels=6):
    return np.random.default_rng(0).normal(size=(4, height, width, channels)).astype("float32")


@keras.saving.register_keras_serializable(package="test_index_block")
class SquareIndexBlock(layers.IndexBlock):
    """A fixed one: x / |E| weighs x, so that pooling is the root of the sum of squares."""

    def indices(self, features):
        blocks = ops.space_to_depth(features, self.pool_size)
        positions = ops.split(blocks, self.pool_size**2, axis=-1)
        norm = ops.sqrt(sum(position**2 for position in positions))
        index = ops.concatenate([position / norm for position in positions], axis=-1)
        return index, index


@keras.saving.register_keras_serializable(package="test_index_block")
class OwnIndexBlock(layers.IndexBlock):
    """A learned one, with a layer in it that does something else in training."""

    holistic = True
    learned = True

    def __init__(self, kernel_size=5, **kwargs):
        super().__init__(**kwargs)
        self.kernel_size = kernel_size

    def build(self, input_shape):
        self.convolution = keras.layers.Conv2D(
            self.pool_size**2, self.kernel_size, strides=self.pool_size, padding="same", dtype=self.dtype_policy
        )
        self.convolution.build(input_shape)
        self.normalization = keras.layers.BatchNormalization(dtype=self.dtype_policy)
        self.normalization.build(self.convolution.compute_output_shape(input_shape))

    def indices(self, features):
        return self.normalized(self.normalization(self.convolution(features)))

    def get_config(self):
        return {**super().get_config(), "kernel_size": self.kernel_size}


@pytest.mark.parametrize("block", BLOCKS)
def test_what_a_block_says_of_itself_is_so(block):
    built = block(**BLOCKS[block])
    assert isinstance(built, layers.IndexBlock)
    for index in built(features()):
        assert built.holistic == (index.shape[-1] == 4)
    assert built.holistic == (block in HOLISTIC)
    assert built.learned == bool(built.weights) == (block in LEARNED)


def test_these_are_all_blocks():
    exported = {getattr(layers, name) for name in layers.__all__}
    assert {value for value in exported if issubclass(value, layers.IndexBlock)} == {layers.IndexBlock, *BLOCKS}


@pytest.mark.parametrize("pool_size", [2, 3])
def test_a_fixed_block_of_ones_own_is_a_keras_layer(pool_size, tmp_path):
    shapes = [(4, 12 // pool_size, 12 // pool_size, 6 * pool_size**2)] * 2
    check_layer(SquareIndexBlock, {"pool_size": pool_size}, (features(),), shapes, 0, 0, tmp_path)


@pytest.mark.parametrize("pool_size", [2, 3])
def test_a_learned_block_of_ones_own_is_a_keras_layer(pool_size, tmp_path):
    options = {"pool_size": pool_size, "kernel_size": 7}
    shapes = [(4, 12 // pool_size, 12 // pool_size, pool_size**2)] * 2
    check_layer(OwnIndexBlock, options, (features(),), shapes, 4, 2, tmp_path)


def test_pooling_with_a_block_of_ones_own():
    pooled = layers.IndexedPooling()(features(), SquareIndexBlock()(features())[0])
    squares = features().reshape(4, 6, 2, 6, 2, 6) ** 2
    np.testing.assert_allclose(ops.convert_to_numpy(pooled), np.sqrt(squares.sum(axis=(2, 4))), rtol=1e-5)


@pytest.mark.parametrize("block", [SquareIndexBlock, OwnIndexBlock])
def test_odd_sizes_are_refused_in_the_block_s_own_name(block):
    check_odd_sizes_are_refused(block)
    with pytest.raises(ValueError, match=f"^{block.__name__} divides the height by 2"):
        block().compute_output_shape((None, 7, 8, 4))


@pytest.mark.parametrize(("block", "channels"), [(SquareIndexBlock, 36), (OwnIndexBlock, 9)])
def test_output_shapes_with_unknown_sizes(block, channels):
    block = block(pool_size=3)
    for size, pooled in (((None, None), (None, None)), ((None, 9), (None, 3)), ((12, None), (4, None))):
        assert block.compute_output_shape((None, *size, 4)) == ((None, *pooled, channels),) * 2
        assert [index.shape for index in block(keras.Input((*size, 4)))] == [(None, *pooled, channels)] * 2


def test_the_layers_of_a_block_know_whether_it_trains():
    block = OwnIndexBlock()
    model = keras.Sequential([keras.Input((12, 12, 6)), block])
    block.convolution.set_weights([np.full((5, 5, 6, 4), 0.1, "float32"), np.full(4, 9.0, "float32")])
    before = block.get_weights()
    for call in (block, model):
        for training in (False, None):
            call(features(), training=training)
            assert all(np.array_equal(*pair) for pair in zip(block.get_weights(), before, strict=True))
        inference, training = (ops.convert_to_numpy(call(features(), training=t)[1]) for t in (False, True))
        assert np.abs(inference - training).max() > 0.1
        assert not np.allclose(block.normalization.get_weights()[2], before[4])
        block.set_weights(before)


def test_normalisation():
    check_encoder_index_is_softmax_of_decoder_index(OwnIndexBlock(), features())


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_the_normalisation_is_computed_in_float32(dtype):
    logits = ops.cast(np.random.default_rng(0).normal(0, 4, (2, 6, 6, 9 * 5)), dtype)
    indices = layers.IndexBlock(pool_size=3, dtype=f"mixed_{dtype}").normalized(logits)
    decoder = expit(ops.convert_to_numpy(ops.cast(logits, "float32")))
    encoder = softmax(decoder.reshape(2, 6, 6, 9, 5), axis=3).reshape(decoder.shape)
    unit = {"float16": 2.0**-11, "bfloat16": 2.0**-8}[dtype]  # one rounding: half of the last place
    for index, expected in zip(indices, (encoder, decoder), strict=True):
        assert keras.backend.standardize_dtype(index.dtype) == dtype
        actual = ops.convert_to_numpy(ops.cast(index, "float32"))
        np.testing.assert_allclose(actual, expected, rtol=1.001 * unit, atol=1e-7)


def test_a_model_with_a_block_of_ones_own_is_saved_and_loaded(tmp_path):
    images = keras.Input((None, None, 6))
    encoder_index, decoder_index = OwnIndexBlock(name="index")(images)
    pooled = layers.IndexedPooling()(images, encoder_index)
    model = keras.Model(images, layers.IndexedUpsampling()(pooled, decoder_index))
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert isinstance(loaded.get_layer("index"), OwnIndexBlock)
    np.testing.assert_allclose(*(ops.convert_to_numpy(m(features())) for m in (loaded, model)), atol=1e-6)


def test_a_block_without_indices_says_what_is_missing():
    with pytest.raises(NotImplementedError, match=r"^IndexBlock has no method indices\(features\)"):
        layers.IndexBlock().indices(features())


def test_indices_of_other_numbers_of_channels_are_refused():
    class NotHolistic(layers.AverageIndexBlock):
        holistic = False

    message = "NotHolistic returned an index of 4 channels, but with holistic = False it has 24 for .* of 6 "
    with pytest.raises(ValueError, match=message):
        NotHolistic()(features())
