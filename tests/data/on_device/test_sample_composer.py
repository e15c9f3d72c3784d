"""Composing on a device gives what `MattingSequence` gives."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from keras import ops

from keras_indexnet import data
from keras_indexnet.data.augmentation import random_colours
from keras_indexnet.data.composition_recipe import CompositionRecipe
from keras_indexnet.data.on_device.augmentation import change_colours
from keras_indexnet.data.on_device.resampling import interpolated, moved, places_of_squares
from keras_indexnet.matting_target import ALPHA, BACKGROUND, FOREGROUND, UNKNOWN

SIZE = 64
PLAIN = CompositionRecipe(
    unknown_distances=(5, 5)
)  # nothing left to chance where the crop is the whole picture


def pictures(side):
    """A drawn foreground and a background, as sources of one picture each."""
    rgba = data.ProceduralForegrounds(count=1, size=side, seed=3)[0]
    return [[rgba]], [data.ProceduralBackgrounds(count=1, size=side)[0]]


def both(recipe, side=SIZE, size=SIZE):
    """Return the input and the target that `MattingSequence` and `SampleComposer` make of the same pictures."""
    foregrounds, backgrounds = pictures(side)
    sequence = data.MattingSequence(foregrounds, backgrounds, recipe, batch_size=1, size=size, steps=1)
    bank = data.SampleBank(foregrounds, backgrounds, side=side)
    composed = data.SampleComposer(bank, recipe, size=size)(np.arange(1))
    return [[array[0] for array in pair] for pair in (sequence[0], map(ops.convert_to_numpy, composed))]


# Of each, how far input and target may be from each other, in steps of 1/255: at most, and on average.
WHOLE_PICTURES = {
    "plain": (PLAIN, SIZE, 1, 0.01),
    "flipped": (replace(PLAIN, flip_share=1.0), SIZE, 1, 0.01),
    "in front of itself": (replace(PLAIN, combine_share=1.0), SIZE, 2, 0.3),
    "any square of the background": (replace(PLAIN, background_covers_frame=False), SIZE, 1, 0.01),
    "half the size": (replace(PLAIN, crop_scales=(2.0,)), 2 * SIZE, 2, 0.3),
    "a quarter of the size": (replace(PLAIN, crop_scales=(4.0,)), 4 * SIZE, 4.01, 0.3),
    "two thirds of the size": (replace(PLAIN, crop_scales=(1.5,)), SIZE * 3 // 2, 25, 1.0),
    "blurred": (replace(PLAIN, background_blur_share=1.0, background_blur=(2.0, 2.0)), SIZE, 1, 0.1),
    "all out of focus": (replace(PLAIN, blur_share=1.0, blur=(0.8, 0.8)), SIZE, 1, 0.1),
    "with a photograph's colours": (replace(PLAIN, texture_share=1.0), SIZE, 1, 0.01),
    "compressed": (replace(PLAIN, jpeg_share=1.0, jpeg_qualities=(70, 70)), SIZE, 16, 0.5),
    "compressed a lot": (replace(PLAIN, jpeg_share=1.0, jpeg_qualities=(40, 40)), SIZE, 20, 0.5),
}


@pytest.mark.parametrize("name", WHOLE_PICTURES)
def test_a_whole_picture_is_composed_as_on_the_cpu(name):
    recipe, side, most, mean = WHOLE_PICTURES[name]
    (inputs, target), (composed_inputs, composed_target) = both(recipe, side)
    for expected, composed, unit in ((inputs, composed_inputs, 1.0), (target, composed_target, 255.0)):
        difference = unit * np.abs(composed - expected)
        assert difference.max() <= most
        assert difference.mean() <= mean


def test_a_turned_picture_is_what_opencv_makes_of_it():
    """Away from the border, which OpenCV mirrors and the composer does not."""
    smooth = cv2.GaussianBlur(np.random.default_rng(0).uniform(0, 255, (SIZE, SIZE, 4)), (0, 0), 3).astype(
        np.uint8
    )
    smooth[..., 3] = 255
    bank = data.SampleBank([[smooth]], [smooth[..., :3]], side=SIZE)
    linear = 1.2 * np.float32([[0.8, -0.6], [0.6, 0.8]])
    zero, side = ops.zeros((1,)), ops.full((1,), float(SIZE))
    places = moved(places_of_squares(zero, zero, side, SIZE), ops.convert_to_tensor(linear[None]))
    _, colours = interpolated(
        ops.convert_to_tensor(bank.foregrounds.pixels.reshape(-1)), ops.zeros((1,), "int32"), places, SIZE
    )
    centre = np.full(2, (SIZE - 1) / 2)
    matrix = np.column_stack([linear, centre - linear @ centre])
    expected = cv2.warpAffine(smooth[..., :3], matrix, (SIZE, SIZE), borderMode=cv2.BORDER_REFLECT_101)
    inner = np.s_[16:48, 16:48]
    assert np.abs(255 * ops.convert_to_numpy(colours)[0][inner] - expected[inner]).max() < 2


class Given:
    """A generator that draws what it is given."""

    def __init__(self, *numbers):
        self.numbers = list(numbers)

    def uniform(self, *_):
        return self.numbers.pop(0)


@pytest.mark.parametrize(
    ("hue", "saturation", "value", "gamma", "balance"),
    [
        (0.0, 1.0, 1.0, 0.0, (1.0, 1.0, 1.0)),
        (40.0, 0.7, 1.3, 0.3, (0.85, 1.0, 1.15)),
        (-200.0, 1.3, 0.7, -0.3, (1.1, 0.9, 1.0)),
    ],
)
def test_colours_change_as_on_the_cpu(hue, saturation, value, gamma, balance):
    image = np.random.default_rng(0).random((32, 32, 3), np.float32)
    image[:4], image[4:8], image[8, :, 1:] = 0.0, 1.0, 0.0  # black, white and a pure red
    expected = random_colours(Given(hue, saturation, value, gamma, np.array(balance)), image)
    numbers = ([number] for number in (hue, saturation, value, np.exp(gamma), balance))
    changed = change_colours(*(ops.convert_to_tensor(np.float32(each)) for each in (image[None], *numbers)))
    np.testing.assert_allclose(ops.convert_to_numpy(changed)[0], expected, atol=2e-3)


def samples(count, recipe, side=128, **options):
    foregrounds = data.ProceduralForegrounds(count=6, size=side)
    bank = data.SampleBank([foregrounds], data.ProceduralBackgrounds(count=4, size=side), side=side)
    return [
        ops.convert_to_numpy(part) for part in data.SampleComposer(bank, recipe, **options)(np.arange(count))
    ]


def test_a_sample_is_what_its_target_says():
    """Without what a camera does to it; and known pixels have the trimap's alpha, and nothing soft is known."""
    recipe = replace(data.STRONG, noise_share=0.0, jpeg_share=0.0)
    inputs, target = samples(16, recipe, size=SIZE)
    alpha, unknown, foreground, background = (
        target[..., part] for part in (ALPHA, UNKNOWN, FOREGROUND, BACKGROUND)
    )
    np.testing.assert_allclose(inputs[..., :3] / 255, alpha * foreground + (1 - alpha) * background, atol=1e-5)
    trimap = inputs[..., 3:]
    assert set(np.unique(trimap)) == {0.0, 128.0, 255.0}
    np.testing.assert_array_equal(trimap == 128, unknown == 1)
    np.testing.assert_array_equal(trimap[unknown == 0], 255 * alpha[unknown == 0])
    assert unknown[(alpha > 0) & (alpha < 1)].all()
    assert (unknown.mean(axis=(1, 2, 3)) > 0.02).all()  # each crop has something to learn
    assert np.ptp(target) <= 1.0


def test_a_sample_depends_on_the_seed_and_its_number_only():
    foregrounds, backgrounds = pictures(128)
    bank = data.SampleBank(foregrounds, backgrounds, side=128)
    composer = data.SampleComposer(bank, "strong", size=SIZE, seed=1)
    inputs, targets = map(ops.convert_to_numpy, composer(np.arange(8)))
    again, again_targets = map(ops.convert_to_numpy, composer(np.array([6, 2])))
    np.testing.assert_allclose(again, inputs[[6, 2]], atol=1e-3)
    np.testing.assert_allclose(again_targets, targets[[6, 2]], atol=1e-5)
    other = data.SampleComposer(bank, "strong", size=SIZE, seed=2)(np.arange(8))[0]
    for one, another in zip(inputs, ops.convert_to_numpy(other), strict=True):
        assert np.abs(one - another).mean() > 5


def test_what_is_drawn_is_distributed_as_on_the_cpu():
    """Means over many samples of what the recipe's numbers decide."""
    foregrounds = data.ProceduralForegrounds(count=8, size=128)
    backgrounds = data.ProceduralBackgrounds(count=8, size=128)
    recipe = replace(data.STRONG, unknown_distances=(1, 9), wide_distances=(10, 20))
    sequence = data.MattingSequence([foregrounds], backgrounds, recipe, batch_size=200, size=SIZE)
    bank = data.SampleBank([foregrounds], backgrounds, side=128)
    composer = data.SampleComposer(bank, recipe, size=SIZE)
    cpu = sequence[0]
    device = [ops.convert_to_numpy(part) for part in composer(np.arange(200))]
    for expected, seen in zip(map(facts, cpu), map(facts, device), strict=True):
        np.testing.assert_allclose(seen, expected, rtol=0.12, atol=0.02)


def facts(batch):
    """The means of the channels, of how much they vary in a sample, and of how much from pixel to pixel."""
    scale = max(1.0, np.abs(batch).max())
    changes = np.abs(np.diff(batch, axis=2)).mean(axis=(0, 1, 2))
    return np.stack([batch.mean(axis=(0, 1, 2)), batch.std(axis=(1, 2)).mean(axis=0), changes]) / scale


def test_every_part_of_a_large_foreground_is_seen_by_how_much_of_it_is_soft():
    rgba = np.zeros((96, 300, 4), np.uint8)
    rgba[10:20, 10:20], rgba[10:20, 270:280] = 128, 128
    rgba[10:20, 10:20, 0], rgba[10:40, 270:280, :] = 10, 200
    bank = data.SampleBank([[rgba]], [np.zeros((96, 96, 3), np.uint8)], side=96)
    assert len(bank.foregrounds.frames) == 2 < 300 // 96
    probabilities = np.diff(bank.upper_bounds(), prepend=0.0)
    np.testing.assert_allclose(probabilities, [0.25, 0.75])


def test_a_foreground_smaller_than_a_square_is_seen_as_large_as_it_is():
    """And what is mirrored beyond its border is not."""
    foregrounds, _ = pictures(64)
    white = [np.full((96, 128, 3), 255, np.uint8)]
    bank = data.SampleBank(foregrounds, white, side=128)
    _, target = data.SampleComposer(bank, PLAIN, size=SIZE)(np.arange(4))
    expected = foregrounds[0][0][..., 3] / 255
    for alpha in ops.convert_to_numpy(target)[..., 0]:
        np.testing.assert_allclose(alpha, expected, atol=1e-6)


def test_contrast_changes_about_the_middle_grey():
    recipe = replace(PLAIN, contrast_share=1.0, contrast=0.3)
    (plain, _), (changed, _) = both(PLAIN)[1], both(recipe)[1]
    centred, seen = plain[..., :3] / 255 - 0.5, changed[..., :3] / 255 - 0.5
    factors = (seen / centred)[(np.abs(centred) > 0.1) & (np.abs(seen) < 0.49)]
    assert 0.7 < factors.mean() < 1.3
    assert abs(factors.mean() - 1) > 0.01
    assert factors.std() < 1e-3


@pytest.mark.parametrize(
    ("make", "message"),
    {
        "size": (lambda bank: data.SampleComposer(bank, size=60), "positive multiple of 32, not 60"),
        "large": (
            lambda bank: data.SampleComposer(bank, size=160),
            "160 pixels does not fit .* squares of 128",
        ),
        "recipe": (
            lambda bank: data.SampleComposer(bank, "weak", size=64),
            "paper, strong, real; there is no 'weak'",
        ),
        "side": (lambda _: data.SampleBank(*pictures(64), side=66), "multiple of 4, not 66"),
    }.values(),
)
def test_what_does_not_fit_is_refused(make, message):
    bank = data.SampleBank(*pictures(64), side=128)
    with pytest.raises(ValueError, match=message):
        make(bank)
