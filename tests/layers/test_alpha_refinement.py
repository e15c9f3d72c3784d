import numpy as np
import pytest
from keras import ops
from layer_checks import check_layer

from keras_indexnet.layers import AlphaRefinement

RANDOM = np.random.default_rng(0)
IMAGE = RANDOM.uniform(0, 255, (2, 6, 7, 3)).astype("float32")
ALPHA = RANDOM.uniform(0, 1, (2, 6, 7, 1)).astype("float32")


def test_it_does_what_keras_users_expect(tmp_path):
    check_layer(
        AlphaRefinement,
        {"filters": 5},
        (IMAGE, ALPHA),
        [(2, 6, 7, 1)],
        trainable=8,
        non_trainable=0,
        folder=tmp_path,
    )


def test_it_begins_with_no_correction():
    assert (ops.convert_to_numpy(AlphaRefinement()(IMAGE, ALPHA)) == 0).all()


def test_it_is_four_convolutions_of_image_and_alpha():
    layer = AlphaRefinement(filters=5)
    layer(IMAGE, ALPHA)
    layer.set_weights([RANDOM.normal(scale=0.3, size=weight.shape) for weight in layer.weights])
    x = np.concatenate([IMAGE, 255 * ALPHA], axis=-1) / 127.5 - 1
    weights = layer.get_weights()
    for number in range(4):
        x = convolved(x, weights[2 * number]) + weights[2 * number + 1]
        x = x if number == 3 else np.maximum(x, 0)
    np.testing.assert_allclose(ops.convert_to_numpy(layer(IMAGE, ALPHA)), x, atol=1e-4)


def convolved(x, kernel):
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
    return np.einsum("bhwcij,ijcd->bhwd", windows, kernel)


def test_the_trimap_is_not_looked_at():
    layer = AlphaRefinement(filters=5)
    layer(IMAGE, ALPHA)
    layer.set_weights([RANDOM.normal(scale=0.3, size=weight.shape) for weight in layer.weights])
    trimap = RANDOM.choice([0, 128, 255], ALPHA.shape).astype("float32")
    of_both = layer(np.concatenate([IMAGE, trimap], axis=-1), ALPHA)
    np.testing.assert_array_equal(ops.convert_to_numpy(of_both), ops.convert_to_numpy(layer(IMAGE, ALPHA)))


def test_filters_are_a_whole_number():
    with pytest.raises(ValueError, match="AlphaRefinement's filters"):
        AlphaRefinement(filters=0)
