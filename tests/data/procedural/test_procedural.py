import zlib

import cv2
import numpy as np
import pytest

from keras_indexnet.data import ProceduralForegrounds, procedural, trimap_from_alpha
from keras_indexnet.data.procedural import blur, strands, textures
from keras_indexnet.data.procedural.lace import thread_mesh
from keras_indexnet.data.procedural.web import hung

SEE_THROUGH = ("smoke", "glass", "feather", "water", "specks", "moving", "defocused")


def draw(kind, seed=0, size=256, texture=None):
    rng = np.random.default_rng([seed, zlib.crc32(kind.encode())])
    return procedural.draw_foreground(rng, size, kind, texture)


def photograph(red, green, blue):
    noise = np.random.default_rng(5).normal(0, 3, (90, 140, 3))
    return np.clip(noise + [red, green, blue], 0, 255).astype(np.uint8)


@pytest.mark.parametrize("kind", procedural.KINDS)
def test_a_foreground_has_what_a_trimap_needs(kind):
    for seed in range(3):
        foreground = draw(kind, seed)
        assert foreground.shape == (256, 256, 4) and foreground.dtype == np.uint8
        alpha = foreground[..., 3]
        fractional = np.mean((alpha > 0) & (alpha < 255))
        assert np.mean(alpha == 0) > 0.03
        assert fractional > 0.01
        if kind in SEE_THROUGH:
            assert fractional > 0.05
        else:
            assert np.mean(alpha == 255) > 0.005


@pytest.mark.parametrize("kind", procedural.KINDS)
def test_the_same_seed_draws_the_same_picture_and_another_seed_another(kind):
    first = draw(kind, 1)
    np.testing.assert_array_equal(first, draw(kind, 1))
    assert np.mean(first[..., 3] != draw(kind, 2)[..., 3]) > 0.02


@pytest.mark.parametrize("kind", procedural.KINDS)
def test_colours_go_on_where_alpha_is_zero(kind):
    """Straight alpha: next to the object the colour is the object's own, not black."""
    for seed in range(3):
        foreground = draw(kind, seed).astype(float)
        rgb, alpha = foreground[..., :3], foreground[..., 3]
        faint = rgb[(alpha > 0) & (alpha < 60)].mean()
        nothing = rgb[alpha == 0].mean()
        assert np.mean(rgb[alpha == 0].max(-1) > 8) > 0.8
        assert 0.4 < nothing / faint < 2.5


def test_random_kinds_all_occur():
    rng = np.random.default_rng(3)
    small = [procedural.draw_foreground(rng, 64).shape for _ in range(5)]
    assert small == [(64, 64, 4)] * 5
    assert sum(procedural.SHARES.values()) == pytest.approx(1)
    assert min(procedural.SHARES.values()) > 0


def test_kinds_come_as_often_as_their_shares():
    """A draw by shares is the draw of one of its kinds, from the state of the generator after the choice."""
    of_twigs = 0
    for seed in range(32):
        drawn = procedural.draw_foreground(
            np.random.default_rng(seed), 32, shares={"twigs": 6, "smoke": 2, "fur": 0}
        )
        if np.array_equal(drawn, after_choice(seed, 32, "twigs")):
            of_twigs += 1
        else:
            np.testing.assert_array_equal(drawn, after_choice(seed, 32, "smoke"))
    assert of_twigs == pytest.approx(24, abs=7)


def after_choice(seed, size, kind, texture=None):
    rng = np.random.default_rng(seed)
    rng.random()
    return procedural.draw_foreground(rng, size, kind, texture)


def test_the_default_mix_holds_every_kind():
    assert tuple(procedural.SHARES) == procedural.KINDS
    assert procedural.SHARES["mane"] > procedural.SHARES["soft"]


def test_a_set_of_foregrounds_takes_a_mix_of_its_own():
    drawn = ProceduralForegrounds(count=5, seed=7, size=64, shares={"grass": 1})[3]
    np.testing.assert_array_equal(drawn, after_choice([7, 3], 64, "grass"))


@pytest.mark.parametrize("shares", [{"beard": 1}, {"hair": 0.5, "beard": 0.0}])
def test_a_mix_with_an_unknown_kind_is_refused_with_the_known_ones(shares):
    with pytest.raises(ValueError, match="hair.*web.*'beard'"):
        ProceduralForegrounds(count=5, shares=shares)


@pytest.mark.parametrize("shares", [{}, {"hair": 0}, {"hair": 2, "fur": -1}, {"hair": float("nan")}])
def test_a_mix_needs_weights_that_can_be_shares(shares):
    with pytest.raises(ValueError, match="weights of 0 or more"):
        procedural.draw_foreground(np.random.default_rng(0), 64, shares=shares)


def test_an_unknown_kind_is_named_with_the_known_ones():
    with pytest.raises(ValueError, match="hair.*'beard'"):
        procedural.draw_foreground(np.random.default_rng(0), 64, "beard")


def test_the_photograph_gives_the_colours():
    """A soft shape is covered by the photograph, in its own colours half of the time."""
    green = [draw("soft", seed, 64, photograph(30, 200, 40))[..., :3] for seed in range(12)]
    means = np.array([picture.reshape(-1, 3).mean(0) for picture in green])
    own = means[:, 1] > 1.8 * np.maximum(means[:, 0], means[:, 2])
    assert 3 <= own.sum() < 12


@pytest.mark.parametrize("width", [0.1, 0.3, 0.6, 1.0, 1.7, 3.0, 6.0])
def test_the_alpha_of_a_line_sums_to_its_width_times_its_length(width):
    length, size = 180, 220
    areas = []
    for angle in np.linspace(0, np.pi, 24, endpoint=False):
        half = 0.5 * length * np.array([np.cos(angle), np.sin(angle)])
        line = np.linspace(-half, half, 9)[None] + [size / 2 + 0.3, size / 2 - 0.1]
        areas.append(strands.coverage(line, width, size).sum())
    assert np.mean(areas) == pytest.approx(width * length, rel=0.04)
    np.testing.assert_allclose(areas, width * length, rtol=0.2)


def test_the_middle_of_a_wide_line_is_opaque():
    rng = np.random.default_rng(0)
    for width in rng.uniform(2.1, 9, 20):
        line = np.array([[[8.0, 20.0], [30.0, 32.0], [56.0, 38.0]]])
        assert strands.coverage(line, width, 64)[32, 30] > 0.99


def test_a_tapering_line_covers_its_mean_width():
    line = np.stack([np.linspace(20, 220, 21), np.full(21, 63.4)], -1)[None]
    tapering = strands.coverage(line, np.linspace(4, 0.2, 21)[None], 256)
    assert tapering.sum() == pytest.approx(2.1 * 200, rel=0.05)
    columns = tapering.sum(0)
    assert columns[40] > 2 * columns[200]


def test_a_filled_polygon_covers_its_area_where_it_lies():
    square = np.array([[10.0, 20.0], [30.0, 20.0], [30.0, 50.0], [10.0, 50.0]])
    alpha = strands.filled([square], 64)
    assert alpha.sum() == pytest.approx(600, rel=0.05)
    ys, xs = np.mgrid[:64, :64]
    assert np.average(xs, weights=alpha) == pytest.approx(20, abs=0.15)
    assert np.average(ys, weights=alpha) == pytest.approx(35, abs=0.15)


@pytest.mark.parametrize("radius", [0.1, 0.3, 0.6, 1.0, 3.3, 12.0])
def test_a_disk_covers_its_area_where_it_lies(radius):
    centers = np.random.default_rng(0).uniform(30, 34, (20, 2))
    disks = [strands.disks([center], [radius], 64) for center in centers]
    assert np.mean([disk.sum() for disk in disks]) == pytest.approx(np.pi * radius**2, rel=0.05)
    ys, xs = np.mgrid[:64, :64]
    places = [(np.average(xs, weights=disk), np.average(ys, weights=disk)) for disk in disks]
    np.testing.assert_allclose(places, centers, atol=0.15)


def test_the_alpha_of_a_hanging_thread_is_its_width_over_its_length():
    rng = np.random.default_rng(0)
    threads = hung(rng, np.array([[20.0, 40]]), np.array([[230.0, 70]]), slack=0.5)
    length = np.linalg.norm(np.diff(threads[0], axis=0), axis=-1).sum()
    assert length > np.hypot(210, 30) + 10  # it hangs through
    for width in (0.2, 0.5, 1.0):
        assert strands.coverage(threads, width, 256).sum() == pytest.approx(width * length, rel=0.1)


@pytest.mark.parametrize("kernel", [blur.disk, blur.streak])
def test_a_blurred_object_keeps_its_alpha_and_its_light(kernel):
    rng = np.random.default_rng(3)
    rgba = draw("foliage", 1).astype(np.float32)
    rgba[:40], rgba[-40:], rgba[:, :40], rgba[:, -40:] = [[0, 200, 0, 0]] * 4  # away from the border
    alpha, rgb = rgba[..., 3] / 255, rgba[..., :3]
    kernel = kernel(rng, 256)
    soft_alpha, soft_rgb = blur.blurred(alpha, rgb, kernel)
    assert soft_alpha.sum() == pytest.approx(alpha.sum(), rel=1e-3)
    assert soft_alpha.max() <= 1 and np.mean((soft_alpha > 0.01) & (soft_alpha < 0.99)) > 0.1
    # Compositing and blurring may change places: what the lens does to the picture it does to the matte.
    background = np.array([30, 90, 220], np.float32)
    picture = cv2.filter2D(alpha[..., None] * rgb + (1 - alpha[..., None]) * background, -1, kernel)
    composite = soft_alpha[..., None] * soft_rgb + (1 - soft_alpha[..., None]) * background
    np.testing.assert_allclose(composite, picture, atol=0.5)


def test_the_hair_of_a_mane_is_unknown_over_more_than_a_hundred_pixels():
    widths = []
    for seed in range(4):
        unknown = trimap_from_alpha(draw("mane", seed, 512)[..., 3] / 255, distance=8) == 128
        depth = cv2.distanceTransform(np.pad(np.uint8(unknown), 1), cv2.DIST_L2, 5)
        widths.append(2 * depth.max())
    assert np.median(widths) > 100


@pytest.mark.parametrize(("kind", "holes"), [("foliage", 20), ("needles", 20), ("knit", 50), ("wicker", 50)])
def test_foliage_and_weaves_have_many_holes(kind, holes):
    counts = [cv2.connectedComponents(np.uint8(draw(kind, seed)[..., 3] < 128))[0] for seed in range(3)]
    assert np.median(counts) > holes


def test_hair_is_closed_only_where_it_is_dense():
    alpha = np.zeros((64, 64), np.float32)
    alpha[:, :32] = 0.9
    alpha[:, 32::8] = 0.9
    closed = strands.thicken(alpha, 2.0)
    assert closed[:, :24].min() == 1
    np.testing.assert_array_equal(closed[:, 44:], alpha[:, 44:])


def test_noise_spans_its_range_and_follows_its_scale():
    coarse, fine = (
        textures.fractal_noise(np.random.default_rng(0), 128, scale, octaves=1) for scale in (0.5, 0.05)
    )
    for noise in (coarse, fine):
        assert noise.min() == 0 and noise.max() == pytest.approx(1)
    assert np.abs(np.diff(fine)).mean() > 4 * np.abs(np.diff(coarse)).mean()


def test_a_mesh_of_threads_covers_the_expected_share():
    """Straight square meshes leave ((cell - width) / cell) ** 2 open; others are near that."""
    shares = [1 - thread_mesh(np.random.default_rng(seed), 256, cell=24, width=3).mean() for seed in range(8)]
    assert np.median(shares) == pytest.approx((21 / 24) ** 2, abs=0.08)
