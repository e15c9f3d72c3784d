import numpy as np
import pytest

from keras_indexnet.data.composition import (
    combine_foregrounds,
    composite,
    crop_at_soft_pixel,
    random_background_crop,
)


def random_layer(rng, size=16):
    return rng.random((size, size)), rng.random((size, size, 3))


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


@pytest.mark.parametrize("crop_size", [32, 50, 100])
def test_a_crop_holds_the_soft_pixel_it_was_cut_around(crop_size):
    rgba = np.zeros((80, 70, 4), np.uint8)
    rgba[60, 8, 3] = 128  # the only soft pixel; a crop of 100 has the foreground enlarged
    alpha, colours = crop_at_soft_pixel(np.random.default_rng(0), rgba, crop_size, size=32)
    assert alpha.shape == (32, 32)
    assert colours.shape == (32, 32, 3)
    assert alpha.max() > 0


def test_what_lies_under_alpha_0_does_not_darken_edges():
    rows, columns = np.indices((96, 96))
    inside = np.hypot(rows - 48, columns - 48) < 30
    rgba = np.zeros((96, 96, 4), np.uint8)
    rgba[inside] = (200, 40, 0, 255)  # black under alpha 0, as image editors leave it
    alpha, colours = crop_at_soft_pixel(np.random.default_rng(0), rgba, 96, size=32)
    edge = (alpha > 0.1) & (alpha < 0.9)
    assert edge.sum() > 20
    np.testing.assert_allclose(colours[edge] * 255, np.broadcast_to([200, 40, 0], (edge.sum(), 3)), atol=1)


def test_a_hard_cutout_can_be_cropped():
    rgba = np.full((64, 64, 4), 255, np.uint8)
    alpha, _ = crop_at_soft_pixel(np.random.default_rng(0), rgba, 32, size=32)
    assert (alpha == 1).all()


def test_a_small_background_fills_the_sample():
    image = np.full((20, 30, 3), 51, np.uint8)
    crop = random_background_crop(np.random.default_rng(0), image, size=64)
    np.testing.assert_allclose(crop, np.full((64, 64, 3), 0.2), atol=1e-6)
