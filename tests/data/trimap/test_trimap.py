import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from keras_indexnet import models, predict_alpha
from keras_indexnet.data import (
    ImageFileError,
    alpha_with_known_pixels,
    correct_trimap,
    drawn_photograph,
    grow_unknown_region,
    read_gray,
    read_image,
    read_trimap,
    standardize_trimap,
    trimap_from_alpha,
    trimap_from_box,
    trimap_from_mask,
    trimap_from_strokes,
    write_image,
)
from keras_indexnet.data.trimap import distance_to_soft_region, unknown_region

SAMPLES = Path(__file__).resolve().parents[3] / "datasets" / "samples"
ASTRONAUT = (16, 6, 496, 506)  # x, y, width, height


def test_unknown_is_what_lies_within_the_distance_of_the_soft_region():
    alpha = np.zeros((41, 41), np.float32)
    alpha[:, 21:] = 1.0
    alpha[20, 20] = 0.5
    trimap = trimap_from_alpha(alpha, distance=7)
    rows, columns = np.indices(alpha.shape)
    near = np.hypot(rows - 20, columns - 20) <= 7
    assert (trimap[near] == 128).all()
    assert (trimap[~near] == np.where(alpha[~near] > 0.5, 255, 0)).all()


def test_a_hard_matte_has_no_unknown_pixels():
    alpha = np.eye(8, dtype=np.float32)
    np.testing.assert_array_equal(trimap_from_alpha(alpha, distance=5), 255 * np.eye(8, dtype=np.uint8))


def test_faint_alpha_is_soft_and_exact_alpha_is_not():
    alpha = np.array([[0.0, 1 / 255, 0.5, 254 / 255, 1.0]], np.float32)
    np.testing.assert_array_equal(trimap_from_alpha(alpha, distance=0), [[0, 128, 128, 128, 255]])


def test_a_map_of_distances_holds_the_trimaps_of_every_width():
    alpha = np.zeros((301, 301), np.uint8)
    alpha[:, 200:] = 255
    alpha[150, 150], alpha[10, 20] = 1, 254
    distances = distance_to_soft_region(alpha)
    rows, columns = np.indices(alpha.shape)
    exact = np.minimum(np.hypot(rows - 150, columns - 150), np.hypot(rows - 10, columns - 20))
    for distance in (1, 2, 5, 10, 13, 19, 25, 65, 169, 254):
        np.testing.assert_array_equal(distances <= distance, exact <= distance)


def test_what_is_far_from_the_soft_region_stays_known():
    alpha = np.zeros((1, 700), np.uint8)
    alpha[0, 0] = 128
    distances = distance_to_soft_region(alpha)
    assert distances[0, 254] == 254
    assert (distances[0, 255:] == 255).all()
    assert (distance_to_soft_region(np.zeros((5, 5), np.uint8)) == 255).all()


def test_the_unknown_region_reaches_as_far_as_said_on_each_side():
    alpha = np.repeat(np.array([[0, 128, 255]], np.uint8), [20, 1, 20], axis=1)
    unknown = unknown_region(alpha, distance_to_soft_region(alpha), limits=(3, 7))
    assert set(np.flatnonzero(unknown[0])) == set(range(20 - 7, 20 + 3 + 1))


def test_known_pixels_take_the_trimaps_value_and_others_are_clipped():
    alpha = np.array([[0.3, 0.4, -0.2, 1.7, 0.6]])
    trimap = np.array([[0, 255, 128, 128, 128]], np.uint8)
    known = alpha_with_known_pixels(alpha, trimap)
    np.testing.assert_allclose(known, [[0.0, 1.0, 0.0, 1.0, 0.6]], atol=1e-6)


def three_bands(height=60, width=90):
    trimap = np.zeros((height, width), np.uint8)
    trimap[:, width // 3 :] = 128
    trimap[:, 2 * width // 3 :] = 255
    return trimap


def test_a_good_trimap_is_taken_as_it_is():
    trimap, notes = standardize_trimap(three_bands(), (60, 90))
    np.testing.assert_array_equal(trimap, three_bands())
    assert notes == []


def test_a_jpeg_trimap_keeps_its_regions():
    blurred = cv2.GaussianBlur(three_bands(), (0, 0), 1.0)
    _, encoded = cv2.imencode(".jpg", blurred, [cv2.IMWRITE_JPEG_QUALITY, 80])
    trimap, notes = standardize_trimap(cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE), (60, 90))
    assert set(np.unique(trimap)) == {0, 128, 255}
    assert (trimap[:, [5, 45, 85]] == [0, 128, 255]).all()
    assert len(notes) == 1
    assert "read as unknown" in notes[0]


def test_a_trimap_of_half_the_size_is_resized_and_says_so():
    trimap, notes = standardize_trimap(three_bands(30, 45), (60, 90))
    np.testing.assert_array_equal(trimap, three_bands())
    assert notes == ["The trimap was resized from 45 x 30 to 90 x 60 pixels."]


BAD_TRIMAPS = {
    "another picture": (three_bands(60, 60), "90 x 60"),
    "no unknown pixels": (np.where(three_bands() > 200, 255, 0).astype(np.uint8), "no unknown pixels"),
    "a grey photograph": (np.linspace(20, 240, 60 * 90).reshape(60, 90).astype(np.uint8), "a picture in grey"),
    "mask of 0, 1 and 2": ((three_bands() // 127).astype(np.uint8), "reach only 2"),
}


@pytest.mark.parametrize(("trimap", "message"), BAD_TRIMAPS.values(), ids=BAD_TRIMAPS)
def test_a_bad_trimap_is_named_in_one_sentence(trimap, message):
    with pytest.raises(ValueError, match=message):
        standardize_trimap(trimap, (60, 90))


# Trimaps that may be meant, but seldom are: what is missing, and what is said.
DOUBTFUL = {
    "0, 85 and 170": (
        np.searchsorted([0, 128, 255], three_bands()) * 85,
        r"no sure foreground \(255\): it holds 0, 85, 170",
    ),
    "0 and 102": (np.where(three_bands() > 0, 102, 0), r"no sure foreground \(255\): it holds 0, 102"),
    "grey only": (np.full((60, 90), 128), r"no sure background \(0\): it holds 128"),
    "unknown and foreground": (np.maximum(three_bands(), 128), r"no sure background \(0\): it holds 128, 255"),
}


@pytest.mark.parametrize(("trimap", "message"), DOUBTFUL.values(), ids=DOUBTFUL)
def test_a_trimap_without_foreground_or_background_raises_a_doubt(trimap, message):
    _, notes = standardize_trimap(trimap.astype(np.uint8), (60, 90))
    assert re.search(message, notes[-1])


def test_a_picture_in_colour_is_no_trimap(tmp_path):
    red_on_green = np.zeros((60, 90, 3), np.uint8)
    red_on_green[..., 1], red_on_green[20:40, 30:60] = 255, (255, 0, 0)
    for name, picture in {"painted": red_on_green, "photograph": drawn_photograph(0, size=64).image}.items():
        write_image(tmp_path / f"{name}.png", picture)
        with pytest.raises(ImageFileError, match=f"{name}.png is a picture in colour, not a trimap"):
            read_trimap(tmp_path / f"{name}.png")


def test_a_trimap_that_was_saved_as_jpeg_in_colour_is_one(tmp_path):
    _, encoded = cv2.imencode(".jpg", np.dstack([three_bands()] * 3), [cv2.IMWRITE_JPEG_QUALITY, 70])
    (tmp_path / "trimap.jpg").write_bytes(encoded.tobytes())
    assert np.abs(read_trimap(tmp_path / "trimap.jpg").astype(int) - three_bands()).mean() < 3


masks = arrays(bool, st.tuples(st.integers(1, 14), st.integers(1, 14))).filter(
    lambda m: m.any() and not m.all()
)
widths = st.floats(1.0, 8.0)
laws = settings(deadline=None, max_examples=40, derandomize=True, database=None)


def distances_to(region):
    """By comparing every pixel with every pixel of the region."""
    rows, columns = np.indices(region.shape)
    away = [np.hypot(rows - row, columns - column) for row, column in np.argwhere(region)]
    return np.min(away, axis=0)


@given(masks, widths, widths)
@laws
def test_known_is_what_lies_farther_than_the_width_from_the_other_side(mask, inside, outside):
    foreground, background = distances_to(~mask), distances_to(mask)
    assume(np.abs(np.subtract.outer([inside, outside], [foreground, background])).min() > 1e-4)
    expected = np.select([foreground > inside, background > outside], [255, 0], 128)
    np.testing.assert_array_equal(trimap_from_mask(mask, (inside, outside)), expected)


@given(masks, widths)
@laws
def test_the_border_of_a_mask_is_unknown_and_the_known_regions_lie_within_it(mask, width):
    trimap = trimap_from_mask(mask, width)
    down, across = mask[1:] != mask[:-1], mask[:, 1:] != mask[:, :-1]
    for beside in (trimap[1:], trimap[:-1]):
        assert (beside[down] == 128).all()
    for beside in (trimap[:, 1:], trimap[:, :-1]):
        assert (beside[across] == 128).all()
    assert mask[trimap == 255].all()
    assert not mask[trimap == 0].any()


@given(masks, widths, widths, widths)
@laws
def test_a_wider_unknown_region_contains_a_narrower_one(mask, inside, outside, more):
    narrow = trimap_from_mask(mask, (inside, outside)) == 128
    assert (trimap_from_mask(mask, (inside + more, outside)) == 128)[narrow].all()
    assert (trimap_from_mask(mask, (inside, outside + more)) == 128)[narrow].all()


@given(masks, widths, widths)
@laws
def test_foreground_and_background_are_treated_alike(mask, inside, outside):
    swapped = trimap_from_mask(~mask, (outside, inside))
    np.testing.assert_array_equal(
        trimap_from_mask(mask, (inside, outside)), np.select([swapped == 0, swapped == 255], [255, 0], 128)
    )


def test_a_width_below_1_is_a_share_of_the_subjects_longer_side():
    mask = np.zeros((100, 200), bool)
    mask[:, 100:180] = True
    np.testing.assert_array_equal(trimap_from_mask(mask, 0.05), trimap_from_mask(mask, 5))
    frame = np.zeros((1000, 900), bool)
    frame[300:400, 20:220] = mask  # the same subject, in a larger photograph
    np.testing.assert_array_equal(
        trimap_from_mask(frame, 0.05)[300:400, 100:220], trimap_from_mask(frame, 5)[300:400, 100:220]
    )
    assert (trimap_from_mask(mask, 1e-6)[50] == 128).sum() == 4  # at least a pixel on each side


def test_something_of_a_thin_subject_stays_foreground_unless_pixels_are_asked_for():
    mask = np.zeros((200, 400), bool)
    mask[95:105, 20:380] = True  # 2 % of its length are more than half of its thickness
    trimap = trimap_from_mask(mask, 0.02)
    assert (trimap[:, 200] == 255).sum() == 6
    assert (trimap[:95, 200] == 128).sum() == 7
    assert not (trimap_from_mask(mask, 8) == 255).any()


def test_bytes_booleans_and_floats_make_one_trimap():
    mask = np.zeros((40, 40), bool)
    mask[10:30, 5:25] = True
    trimap = trimap_from_mask(mask, 3)
    np.testing.assert_array_equal(trimap_from_mask(255 * mask.astype(np.uint8), 3), trimap)
    np.testing.assert_array_equal(trimap_from_mask(mask.astype(np.float64), 3), trimap)


def test_what_is_soft_in_a_rough_matte_is_unknown():
    matte = np.zeros((40, 60), np.float32)
    matte[:, 20:] = 1.0
    matte[18:22, 40:44] = 0.6
    trimap = trimap_from_mask(matte, 2)
    assert (trimap[18:22, 40:44] == 128).all()
    assert (trimap[16, 42], trimap[15, 42]) == (128, 255)


@pytest.mark.parametrize("width", [0, -3, (4, 0), float("nan")])
def test_a_width_that_is_none_is_refused(width):
    with pytest.raises(ValueError, match="width is a number above 0"):
        trimap_from_mask(np.eye(5, dtype=bool), width)


def astronaut():
    return read_image(SAMPLES / "astronaut.jpg"), read_gray(SAMPLES / "astronaut_trimap.png")


def background_strokes():
    """Over the rocket, and over the table, which is black like the astronaut's helmet."""
    strokes = np.full((512, 512), 128, np.uint8)
    cv2.line(strokes, (415, 20), (415, 170), 0, 8)
    cv2.line(strokes, (400, 295), (505, 290), 0, 8)
    return strokes


def agreement(trimap, by_hand):
    known = (trimap != 128) & (by_hand != 128)
    assert known.mean() > 0.55
    return (trimap == by_hand)[known].mean()


def test_a_box_around_the_astronaut_finds_her_and_leaves_helmet_and_table_unknown():
    """Both are black."""
    image, by_hand = astronaut()
    trimap = trimap_from_box(image, ASTRONAUT)
    assert agreement(trimap, by_hand) > 0.99
    assert (trimap[300, [420, 500]] == 128).all()


def test_a_box_and_some_strokes_make_the_matte_of_a_trimap_that_was_drawn_by_hand():
    image, by_hand = astronaut()
    strokes = background_strokes()
    for start, end in (((150, 170), (270, 215)), ((255, 230), (270, 470)), ((280, 345), (340, 340))):
        cv2.line(strokes, start, end, 255, 8)  # the ring about her neck is as black as the table, as are badges
    trimap = trimap_from_box(image, ASTRONAUT, strokes)
    assert agreement(trimap, by_hand) > 0.99
    small = cv2.resize(image, (256, 256), interpolation=cv2.INTER_AREA)
    model = models.matting_model("m2o_nonlinear_context", weights="indexnet_base")
    ours, box_only, theirs = (
        predict_alpha(model, small, np.ascontiguousarray(known[::2, ::2]))
        for known in (trimap, trimap_from_box(image, ASTRONAUT), by_hand)
    )
    assert np.abs(ours - theirs).mean() < 0.1 * np.abs(box_only - theirs).mean()


def test_the_page_of_trimaps_shows_code_that_runs(monkeypatch):
    root = SAMPLES.parents[1]
    monkeypatch.chdir(root)
    page = (root / "docs" / "use" / "trimaps.md").read_text()
    *blocks, second_look = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert "grow_unknown_region" in second_look  # two runs of the network, at the photograph's full size
    variables = {}
    exec("".join(blocks), variables)
    assert agreement(variables["trimap"], astronaut()[1]) > 0.99


def test_strokes_without_a_box_find_the_astronaut():
    image, by_hand = astronaut()
    strokes = background_strokes()
    for start, end in (((230, 60), (230, 160)), ((150, 300), (330, 450))):
        cv2.line(strokes, start, end, 255, 8)
    for start, end in (((60, 100), (60, 200)), ((320, 60), (340, 200)), ((20, 40), (20, 300))):
        cv2.line(strokes, start, end, 0, 8)
    assert agreement(trimap_from_strokes(image, strokes), by_hand) > 0.97


def test_the_same_box_makes_the_same_trimap_whatever_was_drawn_at_random_before():
    image = drawn_photograph(seed=3, size=200).image
    first = trimap_from_box(image, (30, 20, 150, 170))
    cv2.setRNGSeed(12345)
    np.testing.assert_array_equal(trimap_from_box(image, (30, 20, 150, 170)), first)


def disc(height, width):
    rows, columns = np.indices((height, width))
    inside = np.hypot(rows - 0.5 * height, columns - 0.4 * width) < 0.2 * height
    return np.where(inside[..., np.newaxis], (220, 180, 30), (30, 60, 90)).astype(np.uint8), inside


@pytest.mark.parametrize("size", [(60, 80), (1500, 2000)], ids=["small", "large"])
def test_a_disc_is_found_at_any_size_by_a_box_that_reaches_out_of_the_image(size):
    image, inside = disc(*size)
    box = (-10, 0, round(0.7 * size[1]), 3 * size[0])
    trimap = trimap_from_box(image, box)
    assert inside[trimap == 255].all()
    assert not inside[trimap == 0].any()
    assert (trimap == 255).sum() > 0.7 * inside.sum()


def test_a_thin_stroke_on_a_large_photograph_counts():
    image, inside = disc(1500, 2000)
    image[1200:1400, 1500:1700] = 220, 180, 30  # of the disc's colour
    box, strokes = (100, 100, 1800, 1350), np.full(inside.shape, 128, np.uint8)
    cv2.line(strokes, (1500, 1300), (1699, 1300), 0, 2)
    assert trimap_from_box(image, box)[1300, 1600] == 255
    assert trimap_from_box(image, box, strokes)[1300, 1600] != 255


BAD_BOXES = {
    "no area": ((5, 5, 0, 10), "wider and higher than 0 pixels, not 0 x 10"),
    "turned": ((50, 50, -20, -20), "wider and higher than 0 pixels"),
    "outside": ((90, 5, 10, 10), "lies outside the photograph, which is 80 x 60"),
    "above": ((5, -30, 10, 30), "lies outside the photograph"),
}


@pytest.mark.parametrize(("box", "message"), BAD_BOXES.values(), ids=BAD_BOXES)
def test_a_bad_box_is_named_in_one_sentence(box, message):
    with pytest.raises(ValueError, match=message):
        trimap_from_box(disc(60, 80)[0], box)


def test_where_colours_tell_nothing_the_middle_of_the_box_is_the_subject():
    trimap = trimap_from_box(np.full((60, 80, 3), 90, np.uint8), (20, 10, 40, 40), width=1)
    assert (trimap[30, 40], trimap[12, 22], trimap[30, 10]) == (255, 128, 0)


@pytest.mark.parametrize("scale", [0.1, 0.5])
def test_a_subject_of_a_tenth_of_the_photograph_is_found_as_a_larger_one_is(scale):
    image = np.full((1000, 1500, 3), (40, 90, 50), np.uint8)
    image[::7] = 60, 110, 70
    image[:, 900:] = 210, 190, 40  # far away, of the subject's colours
    height, width = round(700 * scale), round(500 * scale)
    rows, columns = np.indices((1000, 1500))
    inside = np.hypot((rows - 500) / height, (columns - 450) / width) < 0.5
    image[inside] = 200, 180, 30
    top, left = 500 - height // 2, 450 - width // 2
    grown = round(0.1 * height)
    trimap = trimap_from_box(image, (left - grown, top - grown, width + 2 * grown, height + 2 * grown))
    assert inside[trimap == 255].all()
    assert not inside[trimap == 0].any()
    assert (trimap == 255).sum() > 0.8 * inside.sum()


def ring(shape, centre, radius, gap=0):
    """A line around a point; the gap is in degrees."""
    strokes = np.full(shape, 128, np.uint8)
    cv2.ellipse(strokes, centre, (radius, radius), 0, 0, 360 - gap, 0, 3)
    return strokes


@pytest.mark.parametrize("gap", [0, 15])
def test_what_lies_outside_a_black_ring_is_background_whatever_its_colours(gap):
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (80, 120, 3), dtype=np.uint8)  # colours tell nothing
    strokes = ring((80, 120), (40, 40), 24, gap)
    strokes[37:43, 35:45] = 255
    trimap = trimap_from_strokes(image, strokes)
    outside = np.hypot(*np.indices((80, 120)) - np.array([40, 40]).reshape(2, 1, 1)) > 29
    assert (trimap[outside] == 0).all()
    assert (trimap[37:43, 35:45] == 255).any()


def test_a_hand_stays_whose_arm_comes_through_the_gap_of_a_black_line():
    image = np.full((100, 200, 3), (40, 60, 90), np.uint8)
    image[30:70, 20:80] = image[46:54, 80:140] = image[35:65, 140:170] = 220, 180, 30  # body, arm and hand
    strokes = np.full((100, 200), 128, np.uint8)
    strokes[45:55, 30:60] = 255
    cv2.polylines(
        strokes, [np.int32([(110, 44), (110, 25), (180, 25), (180, 75), (110, 75), (110, 55)])], False, 0
    )
    assert trimap_from_strokes(image, strokes, width=2)[50, [50, 155, 190]].tolist() == [255, 255, 0]


def test_what_a_white_ring_surrounds_is_foreground_unless_black_is_in_it():
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (80, 120, 3), dtype=np.uint8)
    strokes = 255 - ring((80, 120), (40, 40), 24)
    strokes[strokes == 127] = 128
    strokes[:, 117:] = 0
    inside = np.hypot(*np.indices((80, 120)) - np.array([40, 40]).reshape(2, 1, 1)) < 19
    assert (trimap_from_strokes(image, strokes)[inside] == 255).all()
    strokes[37:43, 37:43] = 0
    assert (trimap_from_strokes(image, strokes)[inside] == 0).any()


def test_a_white_stroke_from_border_to_border_decides_about_neither_side():
    image = np.full((100, 200, 3), (40, 60, 90), np.uint8)
    image[:, 70:130] = 220, 180, 30
    strokes = np.full((100, 200), 128, np.uint8)
    strokes[:, 95:105], strokes[40:60, 10:20] = 255, 0
    assert trimap_from_strokes(image, strokes, width=3)[50, [30, 80, 120, 180]].tolist() == [0, 255, 255, 0]


def two_eyes():
    """A head with two eyes before grass, found by a box: the eyes have the colours of the grass."""
    image = np.full((200, 300, 3), (40, 130, 50), np.uint8)
    cv2.ellipse(image, (150, 100), (90, 70), 0, 0, 360, (200, 150, 110), -1)
    for column in (115, 185):
        cv2.circle(image, (column, 85), 9, (40, 130, 50), -1)
    return image, trimap_from_box(image, (50, 20, 200, 160), width=3)


def test_a_stroke_changes_nothing_that_lies_apart_from_it():
    image, before = two_eyes()
    strokes = np.full(before.shape, 128, np.uint8)
    strokes[80:90, 110:120] = 255  # one eye is part of the head
    after = correct_trimap(image, before, strokes, width=3)
    assert before[85, [115, 185]].tolist() == [0, 0]
    assert (after[80:91, 108:123] == 255).all()
    np.testing.assert_array_equal(after[:, 140:], before[:, 140:])


def test_a_stroke_takes_what_is_connected_with_it_and_looks_alike():
    image = np.full((100, 200, 3), 30, np.uint8)
    image[30:70, 20:60], image[30:70, 120:160] = (200, 180, 20), (220, 60, 20)
    trimap = trimap_from_box(image, (10, 20, 160, 60), width=3)
    strokes = np.full((100, 200), 128, np.uint8)
    strokes[50, 130:150] = 0
    after = correct_trimap(image, trimap, strokes, width=3)
    assert (after[:, 100:] == 0).all()
    np.testing.assert_array_equal(after[:, :100], trimap[:, :100])
    strokes[:] = 128
    np.testing.assert_array_equal(correct_trimap(image, trimap, strokes), trimap)


def test_strokes_that_leave_nothing_are_refused():
    image, before = two_eyes()
    with pytest.raises(ValueError, match="The strokes leave no foreground"):
        correct_trimap(image, before, np.zeros(before.shape, np.uint8))


def test_strokes_of_another_size_are_refused():
    with pytest.raises(ValueError, match="The strokes are 30 x 20 pixels, but the photograph is 80 x 60"):
        trimap_from_strokes(disc(60, 80)[0], np.zeros((20, 30), np.uint8))


def test_the_unknown_region_grows_where_hair_leaves_it():
    """As far as a perfect network sees: the true matte, within a trimap that is too narrow."""
    drawn = drawn_photograph(seed=1, size=256)
    alpha = drawn.alpha / 255.0
    trimap = trimap_from_mask(alpha > 0.5, 2)
    seen = alpha_with_known_pixels(alpha, trimap)
    grown = grow_unknown_region(trimap, seen, width=10)
    soft = (alpha > 0.1) & (alpha < 0.9)
    before, after = ((known == 128)[soft].mean() for known in (trimap, grown))
    assert after > before + 0.2
    assert (grown == trimap)[(trimap == 128)].all()


def test_a_matte_that_agrees_with_its_trimap_grows_nothing():
    trimap = np.repeat(np.uint8([[0, 128, 255]]), [20, 9, 20], axis=1)
    alpha = np.repeat(np.float32([[0, 1]]), [24, 25], axis=1)
    np.testing.assert_array_equal(grow_unknown_region(trimap, alpha), trimap)


def test_the_unknown_region_grows_only_into_the_side_that_alpha_contradicts():
    trimap = np.repeat(np.uint8([[0, 128, 255]]), [20, 4, 20], axis=1)
    alpha = np.repeat(np.float32([[0, 0.3, 1]]), [20, 1, 23], axis=1)
    grown = grow_unknown_region(trimap, alpha, width=(7, 6))
    assert set(np.flatnonzero(grown[0] == 128)) == set(range(20 - 6, 24))
