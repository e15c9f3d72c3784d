"""Every number of the recipes, seen in the samples that they make or in what their steps do to an image."""

from dataclasses import asdict, fields, replace

import numpy as np
import pytest

from keras_indexnet.data import PAPER, REAL, STRONG, ColourRanges, CompositionRecipe, MattingSequence

# All that is random in STRONG and is not looked at by a test.
PLAIN = {
    "crop_scales": (1.0,),
    "combine_share": 0.0,
    "random_kernel": False,
    "affine_share": 0.0,
    "foreground_colours_share": 0.0,
    "background_colours_share": 0.0,
    "background_blur_share": 0.0,
    "noise_share": 0.0,
    "jpeg_share": 0.0,
}
RECIPES = {"paper": PAPER, "strong": replace(STRONG, **PLAIN)}


def places(height, width, alpha=128):
    """A foreground whose red says in which row a pixel is, and whose green says in which column."""
    rows, columns = np.indices((height, width))
    full = np.full((height, width), 255 * alpha // 255)
    return np.dstack([rows, columns, np.zeros_like(rows), full]).astype(np.uint8)


def soft_column(size, column):
    """Background on the left, foreground on the right, and one soft column between them."""
    rgba = np.full((size, size, 4), 200, np.uint8)
    rgba[:, :column, 3], rgba[:, column, 3], rgba[:, column + 1 :, 3] = 0, 128, 255
    return rgba


def samples_of(recipe, foreground, background=None, size=64, count=800):
    if background is None:
        background = np.full((size, size, 3), 90, np.uint8)
    foregrounds = foreground if isinstance(foreground, list) else [foreground]
    sequence = MattingSequence([foregrounds], [background], recipe, size=size)
    return [sequence.sample(number) for number in range(count)]


def share_of(happened, share):
    """Whether something happened as often as its probability says, within three standard deviations."""
    happened = np.asarray(happened)
    return abs(happened.mean() - share) < 3 * np.sqrt(share * (1 - share) / happened.size) + 1e-9


def crop_side(colours, channel):
    """How many pixels of `places` the rows (channel 0) or columns (channel 1) of a sample span."""
    profile = 255 * colours[..., channel].mean(1 - channel)
    return abs(profile[-9] - profile[8]) / (profile.size - 17) * profile.size


def with_steps(recipe, *names):
    """The recipe with the named numbers, all else that is random being as in PLAIN."""
    return replace(recipe, **{name: value for name, value in PLAIN.items() if name not in names})


def test_the_recipes_differ_from_a_plain_one_in_what_these_tests_look_at():
    """A number that is added to a recipe needs a test here."""
    plain = CompositionRecipe()
    changed = {
        name: {key for key, value in vars(recipe).items() if value != getattr(plain, key)}
        for name, recipe in {"paper": PAPER, "strong": STRONG, "real": REAL}.items()
    }
    assert changed["paper"] == {"crop_scales", "flip_share", "unknown_distances"}
    real_only = {"by_information", "texture_share", "blur_share", "blur", "contrast_share", "contrast"}
    assert changed["strong"] == {field.name for field in fields(plain)} - real_only
    assert changed["real"] == {field.name for field in fields(plain)}


@pytest.mark.parametrize(
    ("recipe", "scales"), [(PAPER, (1, 1.5, 2)), (with_steps(STRONG, "crop_scales"), (1, 1.5, 2, 3))]
)
def test_every_crop_scale_is_equally_likely(recipe, scales):
    samples = samples_of(recipe, places(256, 256))
    sides = [crop_side(target[..., 2:5], channel=1) for _, target in samples]
    nearest = np.abs(np.subtract.outer(sides, np.multiply(scales, 64))).argmin(1)
    np.testing.assert_allclose(sides, np.multiply(scales, 64)[nearest], atol=1.5)
    for scale in range(len(scales)):
        assert share_of(nearest == scale, 1 / len(scales))


def test_by_information_foregrounds_with_more_that_is_soft_come_more_often():
    """Ten times as often as one with hardly any, and that is the most."""
    little, much = soft_column(64, 32), places(128, 128)
    little[..., 0], much[..., 0] = 255, 0
    recipe = replace(PAPER, by_information=True)
    red = [target[..., 2].mean() > 0.5 for _, target in samples_of(recipe, [little, much])]
    assert share_of(red, 0.1 / 1.1)


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_half_of_the_samples_are_flipped_with_all_they_consist_of(recipe):
    foreground = places(64, 64)
    foreground[10, :, 3] = 0
    foreground[10, :20, 3] = 255
    background = places(64, 64)[..., :3]
    flipped = []
    for inputs, target in samples_of(recipe, foreground, background):
        flipped.append(target[0, 0, 3] > target[0, -1, 3])
        upright = target[:, ::-1] if flipped[-1] else target
        np.testing.assert_allclose(upright[..., 0] * 255, foreground[..., 3], atol=1e-4)
        np.testing.assert_allclose(upright[..., 2:5] * 255, foreground[..., :3], atol=1e-4)
        np.testing.assert_allclose(upright[..., 5:8] * 255, background, atol=1e-4)
        np.testing.assert_array_equal(inputs[..., 3] == 128, target[..., 1] == 1)
    assert share_of(flipped, 0.5)


def test_the_paper_dilates_the_soft_region_by_1_to_19_pixels_each_equally_likely():
    foreground = np.zeros((64, 64, 4), np.uint8)
    foreground[32, 32, 3] = 77
    rows, columns = np.indices((64, 64))
    radius_of = {int((np.hypot(rows - 32, columns - 32) <= radius).sum()): radius for radius in range(1, 32)}
    radii = [radius_of[int(target[..., 1].sum())] for _, target in samples_of(PAPER, foreground, count=950)]
    assert set(radii) == set(range(1, 20))
    counts = np.bincount(radii)[1:]
    assert np.abs(counts - 50).max() < 4 * np.sqrt(50)


def test_alpha_from_1_to_254_is_soft_and_nothing_else():
    foreground = np.zeros((64, 64, 4), np.uint8)
    foreground[:, 32:, 3] = 255
    foreground[16, 10, 3], foreground[48, 53, 3] = 1, 254
    rows, columns = np.indices((64, 64))
    near = np.minimum(np.hypot(rows - 16, columns - 10), np.hypot(rows - 48, columns - 53))
    for _, target in samples_of(replace(PAPER, unknown_distances=(2, 2), flip_share=0.0), foreground, count=5):
        np.testing.assert_array_equal(target[..., 1], near <= 2)


def test_strong_trimaps_reach_as_far_into_the_foreground_as_into_the_background_only_by_chance():
    recipe = replace(RECIPES["strong"], flip_share=0.0)
    unknown = np.array(
        [target[0, :, 1] for _, target in samples_of(recipe, soft_column(192, 96), size=192, count=400)]
    )
    outside, inside = unknown[:, :96].sum(1), unknown[:, 97:].sum(1)
    wide = np.maximum(outside, inside) >= 30
    assert share_of(wide, 0.1)
    usual = np.concatenate([outside[~wide], inside[~wide]])
    assert set(usual) == set(range(1, 30))
    assert usual.mean() == pytest.approx(15, abs=1.2)
    assert abs(np.corrcoef(outside[~wide], inside[~wide])[0, 1]) < 0.2
    both_wide = np.concatenate([outside[wide], inside[wide]])
    assert 30 <= both_wide.min() < 36
    assert 74 < both_wide.max() <= 80


def test_the_papers_trimaps_reach_equally_far_to_both_sides():
    recipe = replace(PAPER, crop_scales=(1.0,))
    for _, target in samples_of(recipe, soft_column(64, 32), count=50):
        unknown = target[0, :, 1]
        assert unknown[:32].sum() + unknown[33:].sum() in range(2, 39, 2)
        assert unknown.sum() % 2 == 1


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_a_crop_inside_the_foreground_has_an_unknown_pixel_at_its_centre(recipe):
    foreground = places(256, 256, alpha=0)
    foreground[120:140, 110:150, 3] = 255
    foreground[119, 110, 3] = 100
    recipe = replace(recipe, crop_scales=(1.0,), flip_share=0.0, wide_share=0.0)
    for _, target in samples_of(recipe, foreground, count=200):
        assert target[32, 32, 1] == 1


def test_the_papers_crops_near_the_border_are_shifted_inside():
    foreground = places(256, 256, alpha=0)
    foreground[2, 250, 3] = 100
    for _, target in samples_of(replace(PAPER, crop_scales=(1.0,), flip_share=0.0), foreground, count=50):
        np.testing.assert_allclose(target[..., 2:5] * 255, foreground[:64, 192:, :3], atol=1e-4)


def test_a_foreground_smaller_than_the_crop_is_enlarged():
    foreground = places(30, 50)
    for _, target in samples_of(PAPER, foreground, count=20):
        assert crop_side(target[..., 2:5], channel=0) == pytest.approx(30, abs=1.5)
        assert crop_side(target[..., 2:5], channel=1) == pytest.approx(30, abs=1.5)


@pytest.mark.parametrize("recipe", [PAPER, STRONG, *RECIPES.values()])
def test_known_pixels_have_the_trimaps_alpha_and_composites_that_of_the_target(recipe):
    rng = np.random.default_rng(0)
    foreground = rng.integers(0, 256, (150, 170, 4), dtype=np.uint8)
    foreground[:70, :, 3] = 0
    foreground[80:, :, 3] = 255
    foreground[:, 60:100, 3] = 255  # with hard edges
    background = rng.integers(0, 256, (90, 120, 3), dtype=np.uint8)
    recipe = replace(recipe, noise_share=0.0, jpeg_share=0.0)
    for inputs, target in samples_of(recipe, foreground, background, count=60):
        trimap, alpha, unknown = inputs[..., 3], target[..., 0], target[..., 1]
        assert set(np.unique(trimap)) <= {0.0, 128.0, 255.0}
        np.testing.assert_array_equal(unknown, trimap == 128)
        assert (alpha[trimap == 0] == 0).all()
        assert (alpha[trimap == 255] == 1).all()
        assert -1e-6 < target.min() <= target.max() < 1 + 1e-6
        expected = alpha[..., None] * target[..., 2:5] + (1 - alpha[..., None]) * target[..., 5:8]
        np.testing.assert_allclose(inputs[..., :3], 255 * expected, atol=1e-4)


def test_the_papers_background_covers_the_foregrounds_frame():
    """A photograph of half the frame's size is enlarged to twice its own: half as many pixels lie behind."""
    background = places(128, 192)[..., :3]
    ratios, starts = [], []
    for _, target in samples_of(PAPER, places(256, 256), background, count=150):
        front, behind = target[..., 2:5], target[..., 5:8]
        for channel in (0, 1):
            ratios.append(crop_side(behind, channel) / crop_side(front, channel))
        starts.append(255 * behind[0, 0, 0] - 255 * front[0, 0, 0] / 2)
    np.testing.assert_allclose(ratios, 0.5, atol=0.03)
    np.testing.assert_allclose(starts, 0, atol=1.6)  # in the direction without spare pixels, in its own place


def test_strong_backgrounds_are_squares_of_any_size():
    background = places(200, 240)[..., :3]
    samples = samples_of(RECIPES["strong"], places(256, 256), background)
    sides = [crop_side(target[..., 5:8], channel=0) for _, target in samples]
    assert min(sides) == pytest.approx(64, abs=3)
    assert max(sides) == pytest.approx(200, abs=3)
    assert np.mean(sides) == pytest.approx(132, abs=8)


def test_the_paper_changes_no_colour():
    background = np.full((64, 64, 3), (10, 20, 30), np.uint8)
    foreground = np.full((64, 64, 4), (200, 100, 50, 128), np.uint8)
    for _, target in samples_of(PAPER, foreground, background, count=100):
        np.testing.assert_allclose(target[0, 0] * 255, [128, 255, 200, 100, 50, 10, 20, 30], atol=1e-4)
        assert np.ptp(target, axis=(0, 1)).max() == 0


@pytest.mark.parametrize(("recipe", "share"), [(PAPER, 0.0), (with_steps(STRONG, "combine_share"), 0.5)])
def test_a_second_foreground_is_seen_through_the_first(recipe, share):
    foreground = np.full((64, 64, 4), (200, 100, 50, 128), np.uint8)
    alpha = np.array([target[0, 0, 0] for _, target in samples_of(recipe, foreground)])
    two = alpha > 0.6
    np.testing.assert_allclose(alpha, np.where(two, 1 - (127 / 255) ** 2, 128 / 255), atol=1e-6)
    assert share_of(two, share)


def test_what_is_unknown_behind_an_opaque_foreground_is_known():
    opaque = np.full((64, 64, 4), 255, np.uint8)
    clear = np.zeros((64, 64, 4), np.uint8)
    soft = np.full((64, 64, 4), 128, np.uint8)
    recipe = replace(RECIPES["strong"], combine_share=1.0)
    unknown = {target[..., 1].mean() for _, target in samples_of(recipe, [opaque, opaque, soft], count=60)}
    assert unknown == {0.0, 1.0}
    for inputs, target in samples_of(recipe, [opaque, clear], count=30):
        assert (target[..., 1] == 0).all()
        assert set(np.unique(inputs[..., 3])) <= {0.0, 255.0}


@pytest.mark.parametrize(("recipe", "share"), [(PAPER, 0.0), (with_steps(STRONG, "affine_share"), 0.5)])
def test_foregrounds_are_turned_as_often_as_the_recipe_says(recipe, share):
    """What was turned by A shows the pixel A^-1 p at p: its slopes along the axes tell A, up to a flip."""
    recipe = replace(recipe, crop_scales=(1.0,), flip_share=0.0)
    turned, angles, factors, leans = [], [], [], []
    for _, target in samples_of(recipe, places(128, 128), size=128):
        row, column = 255 * target[32:96, 32:96, 2], 255 * target[32:96, 32:96, 3]
        slopes = [[np.diff(each, axis=axis).mean() for axis in (1, 0)] for each in (column, row)]
        linear = np.linalg.inv(slopes)
        turned.append(np.abs(linear - np.eye(2)).max() > 1e-4)
        factors.append(np.hypot(*linear[:, 0]))
        angles.append(np.degrees(np.arctan2(linear[1, 0], linear[0, 0])))
        leans.append(np.degrees(np.arctan(linear[:, 0] @ linear[:, 1] / factors[-1] ** 2)))
    assert share_of(turned, share)
    if share:
        assert (min(angles), max(angles)) == (pytest.approx(-30, abs=1.5), pytest.approx(30, abs=1.5))
        assert (min(factors), max(factors)) == (pytest.approx(0.8, abs=0.02), pytest.approx(1.25, abs=0.02))
        assert (min(leans), max(leans)) == (pytest.approx(-10, abs=1), pytest.approx(10, abs=1))


def test_turning_takes_the_trimap_along():
    recipe = with_steps(STRONG, "affine_share")
    recipe = replace(recipe, affine_share=1.0, unknown_distances=(6, 6), wide_share=0.0)
    foreground = np.zeros((64, 64, 4), np.uint8)
    foreground[30:34, 30:34, 3] = 128
    upright = 4 * 4 + 4 * 4 * 6 + np.pi * 6**2  # area of the square dilated by 6
    for _, target in samples_of(recipe, foreground, count=50):
        soft, unknown = np.argwhere(target[..., 0] > 0.2), np.argwhere(target[..., 1] == 1)
        np.testing.assert_allclose(unknown.mean(0), soft.mean(0), atol=1.0)
        assert 0.8**2 * 0.9 < len(unknown) / upright < 1.25**2 * 1.1


def test_strong_samples_are_resized_by_any_kernel_and_the_papers_by_one():
    foreground = np.random.default_rng(0).integers(1, 255, (96, 96, 4), dtype=np.uint8)
    options = {"flip_share": 0.0, "crop_scales": (1.5,)}
    numbers = {}
    for name, recipe in (("paper", PAPER), ("strong", with_steps(STRONG, "random_kernel"))):
        samples = samples_of(replace(recipe, **options), foreground, count=60)
        numbers[name] = len({target[..., 0].tobytes() for _, target in samples})
    assert numbers == {"paper": 1, "strong": 5}


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (
            "foreground",
            {"hue": 40.0, "saturation": 0.3, "value": 0.3, "gamma": 0.3, "balance": 0.15, "share": 0.8},
        ),
        (
            "background",
            {"hue": 20.0, "saturation": 0.15, "value": 0.15, "gamma": 0.15, "balance": 0.08, "share": 0.5},
        ),
    ],
)
def test_strong_changes_the_colours_of_each_layer_within_its_own_ranges(layer, expected):
    """One range at a time, on a colour that shows it; `test_augmentation.py` says what each of them means."""
    share = expected.pop("share")
    ranges = getattr(STRONG, f"{layer}_colours")
    assert asdict(ranges) == expected
    red = np.full((32, 32, 4), (180, 30, 30, 128), np.uint8)
    recipe = with_steps(STRONG, f"{layer}_colours_share")
    channels = {"foreground": slice(2, 5), "background": slice(5, 8)}
    other = {"foreground": "background", "background": "foreground"}[layer]
    for name, largest in (("hue", expected["hue"]), ("value", expected["value"])):
        only = replace(recipe, **{f"{layer}_colours": ColourRanges(**{name: largest})})
        samples = samples_of(only, red, red[..., :3], size=32)
        colours = 255 * np.array([target[0, 0, channels[layer]] for _, target in samples])
        untouched = 255 * np.array([target[0, 0, channels[other]] for _, target in samples])
        np.testing.assert_allclose(untouched, np.broadcast_to([180, 30, 30], untouched.shape), atol=1e-3)
        assert share_of(np.abs(colours - [180, 30, 30]).max(1) > 0.05, share)
        if name == "value":
            assert colours[:, 0].max() / 180 == pytest.approx(1 + largest, abs=0.02)
            assert colours[:, 0].min() / 180 == pytest.approx(1 - largest, abs=0.02)
        else:  # towards yellow green grows, towards violet blue
            assert colours[:, 1].max() == pytest.approx(30 + 150 * largest / 60, abs=3)
            assert colours[:, 2].max() == pytest.approx(30 + 150 * largest / 60, abs=3)


def test_strong_blurs_three_backgrounds_of_ten():
    assert STRONG.background_blur == (0.5, 4.0)
    background = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    recipe = replace(with_steps(STRONG, "background_blur_share"), flip_share=0.0)
    samples = samples_of(recipe, places(32, 32), background, size=32)
    contrasts = np.array([target[..., 5:8].std() for _, target in samples]) / (background / 255).std()
    assert share_of(contrasts < 0.999, 0.3)
    # A kernel of standard deviation s leaves 1 / (2 sqrt(pi) s) of the contrast of noise; s = 4 and s = 0.5.
    assert contrasts.min() == pytest.approx(0.07, abs=0.03)
    assert contrasts[contrasts < 0.999].max() == pytest.approx(0.62, abs=0.12)


def test_strong_composites_are_noisy_half_of_the_time_and_their_targets_never():
    samples = samples_of(with_steps(STRONG, "noise_share"), np.full((32, 32, 4), 128, np.uint8), size=32)
    noise = []
    for inputs, target in samples:
        assert np.ptp(target, axis=(0, 1)).max() == 0
        noise.append((inputs[..., :3] / 255).std())
    noise = np.array(noise)
    assert share_of(noise > 1e-6, 0.5)
    assert noise.max() == pytest.approx(0.03, abs=0.001)


def test_strong_composites_are_jpegs_three_times_of_ten_and_their_targets_never():
    assert STRONG.jpeg_qualities == (70, 95)
    foreground = np.random.default_rng(0).integers(0, 256, (32, 32, 4), dtype=np.uint8)
    foreground[..., 3] = 255
    recipe = replace(with_steps(STRONG, "jpeg_share"), flip_share=0.0)
    compressed = []
    for inputs, target in samples_of(recipe, foreground, size=32):
        np.testing.assert_allclose(target[..., 2:5] * 255, foreground[..., :3], atol=1e-4)
        compressed.append(np.abs(inputs[..., :3] - foreground[..., :3]).max() > 1)
    assert share_of(compressed, 0.3)


def test_a_distance_that_no_map_holds_is_refused():
    with pytest.raises(ValueError, match="1 to 254 pixels, the lesser number first, not by 0 to 300"):
        CompositionRecipe(unknown_distances=(0, 300))
    with pytest.raises(ValueError, match="not by 19 to 1"):
        CompositionRecipe(wide_distances=(19, 1))


def test_real_gives_a_tenth_of_the_foregrounds_the_colours_of_a_photograph():
    recipe = replace(REAL, **PLAIN, blur_share=0.0, contrast_share=0.0, flip_share=0.0)
    samples = samples_of(recipe, places(64, 64), count=1500)  # before a grey background
    textured = [abs(255 * target[..., 2:5] - 90).max() < 1 for _, target in samples]
    assert share_of(textured, 0.1)


def test_real_changes_the_contrast_of_half_of_the_composites_by_at_most_a_fifth():
    recipe = replace(REAL, **PLAIN, blur_share=0.0, texture_share=0.0)
    foreground = np.full((64, 64, 4), 191, np.uint8)  # which no factor brings to 255
    foreground[..., 3] = 255
    foreground[32, 32, 3] = 128
    factors = []
    for inputs, target in samples_of(recipe, foreground):
        factors.append((inputs[0, 0, 0] / 255 - 0.5) / (target[0, 0, 2] - 0.5))
    changed = np.abs(np.array(factors) - 1) > 1e-5
    assert share_of(changed, 0.5)
    assert 0.8 <= min(factors) < 0.82
    assert 1.18 < max(factors) <= 1.2


def test_real_puts_a_fifth_of_the_composites_out_of_focus():
    recipe = replace(REAL, **PLAIN, contrast_share=0.0, texture_share=0.0, flip_share=0.0)
    rng = np.random.default_rng(0)
    foreground = rng.integers(0, 256, (64, 64, 4), dtype=np.uint8)
    foreground[..., 3] = 254
    blurred = []
    for inputs, target in samples_of(recipe, foreground):
        clean = target[..., :1] * target[..., 2:5] + (1 - target[..., :1]) * target[..., 5:8]
        detail = np.diff(inputs[..., :3], axis=1).std() / np.diff(255 * clean, axis=1).std()
        blurred.append(detail < 0.99)
        assert detail > 0.09  # 0.094 of white noise is left by a deviation of 1.2 pixels
    assert share_of(blurred, 0.2)
