"""Properties that index blocks share (Lu et al., ICCV 2019, sec. 4)."""

import keras
import numpy as np
import pytest
from keras import ops
from scipy.special import softmax


def check_encoder_index_is_softmax_of_decoder_index(block, features, positions=4):
    """Check the normalisation of a block, also where the logits are so large that it matters."""
    block(features)
    for scale in (1.0, 100.0):
        block.set_weights([scale * w if w.ndim in (2, 4) else w for w in block.get_weights()])
        encoder_index, decoder_index = (
            ops.convert_to_numpy(index).reshape(*index.shape[:3], positions, -1) for index in block(features)
        )
        assert decoder_index.min() >= 0
        assert decoder_index.max() <= 1
        np.testing.assert_allclose(encoder_index.sum(axis=3), 1, atol=1e-6)
        np.testing.assert_allclose(encoder_index, softmax(decoder_index, axis=3), atol=1e-6)
    assert decoder_index.min() < 0.01
    assert decoder_index.max() > 0.99
    # A softmax of numbers from 0 to 1 cannot exceed this; one of the logits would come close to 1.
    assert encoder_index.max() <= np.e / (np.e + positions - 1) + 1e-6


def check_no_biases(block):
    """Check that a block's weights are kernels and batch normalisations, which have no other name."""
    kernels = [weight for weight in block.weights if len(weight.shape) in (2, 4)]
    vectors = {weight.name for weight in block.weights if len(weight.shape) == 1}
    assert vectors <= {"gamma", "beta", "moving_mean", "moving_variance"}
    assert all(weight.name == "kernel" for weight in kernels)


def check_odd_sizes_are_refused(layer_class, *more_inputs):
    """Check that a size which does not divide gets a clear error: new or built layer, array or symbol."""
    built = layer_class()
    built(np.zeros((1, 8, 10, 4), "float32"), *more_inputs)
    for layer in (layer_class(), built):
        with pytest.raises(ValueError, match="by 2, but the height .* is 7 .*Use 6 or 8"):
            layer(np.zeros((1, 7, 10, 4), "float32"), *more_inputs)
        with pytest.raises(ValueError, match="by 2, but the width .* is 9 .*Use 8 or 10"):
            layer(np.zeros((1, 8, 9, 4), "float32"), *more_inputs)
        with pytest.raises(ValueError, match="by 2, but the width .* is 1 .*Use 2"):
            layer(keras.Input((None, 1, 4)), *[keras.Input(more.shape[1:]) for more in more_inputs])
