import numpy as np

from keras_indexnet.data.composition import combine_foregrounds, composite


def random_layer(rng, size=16):
    return rng.random((size, size)), rng.random((size, size, 3))


def test_a_composite_is_alpha_f_plus_the_rest_of_b():
    rng = np.random.default_rng(0)
    (alpha, foreground), (_, background) = random_layer(rng), random_layer(rng)
    share = alpha[..., None]
    expected = share * foreground + (1 - share) * background
    np.testing.assert_allclose(composite(alpha, foreground, background), expected, atol=1e-15)


def test_combined_foregrounds_composite_as_two_layers_one_over_the_other():
    rng = np.random.default_rng(0)
    (front_alpha, front), (back_alpha, back) = random_layer(rng), random_layer(rng)
    background = rng.random((16, 16, 3))
    alpha, foreground = combine_foregrounds(front_alpha, front, back_alpha, back)
    in_turn = composite(front_alpha, front, composite(back_alpha, back, background))
    np.testing.assert_allclose(composite(alpha, foreground, background), in_turn, atol=1e-12)


def test_combining_two_empty_foregrounds_stays_finite():
    nothing = np.zeros((4, 4)), np.full((4, 4, 3), 0.5)
    alpha, foreground = combine_foregrounds(*nothing, *nothing)
    assert (alpha == 0).all()
    assert np.isfinite(foreground).all()
