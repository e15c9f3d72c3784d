"""Random numbers that depend on the seed, the sample and the call only."""

import numpy as np
import pytest
from keras import ops

from keras_indexnet.data.on_device.counted_random import CountedRandom


def random(count, seed=5):
    return CountedRandom(seed, ops.arange(count, dtype="int32"))


def test_the_first_numbers_are_these_on_every_backend():
    numbers = ops.convert_to_numpy(random(3).uniform())
    np.testing.assert_array_equal(numbers, np.float32([0.15818727, 0.33801305, 0.37071365]))


def test_numbers_are_uniform_and_of_no_relation():
    draws = random(50_000)
    one, two = (ops.convert_to_numpy(draws.uniform()) for _ in range(2))
    counts = np.histogram(one, 20, (0, 1))[0]
    assert ((counts - 2500) ** 2 / 2500).sum() < 44  # chi squared of 19 degrees of freedom, 1 in 1000
    neighbour = np.corrcoef(one[1:], one[:-1])[0, 1]
    assert max(abs(neighbour), abs(np.corrcoef(one, two)[0, 1])) < 0.015
    assert one.min() >= 0 and one.max() < 1


def test_whole_numbers_reach_both_ends_equally_often():
    numbers = ops.convert_to_numpy(random(20_000).integers(-2, 3))
    counts = np.bincount(numbers + 2)
    assert len(counts) == 6
    assert np.abs(counts / 20_000 - 1 / 6).max() < 0.012


def test_normal_numbers_have_their_moments():
    numbers = ops.convert_to_numpy(random(1000).normal((6, 7)))
    assert numbers.shape == (1000, 6, 7)
    assert np.isfinite(numbers).all()
    moments = [(numbers**power).mean() for power in (1, 2, 3, 4)]
    np.testing.assert_allclose(moments, [0, 1, 0, 3], atol=0.15)  # three deviations of the last one
    assert np.abs(np.corrcoef(numbers.reshape(1000, -1).T) - np.eye(42)).max() < 0.16


@pytest.mark.parametrize("share", [0.0, 0.1, 1.0])
def test_what_has_a_probability_happens_so_often(share):
    assert ops.convert_to_numpy(random(20_000).happens(share)).mean() == pytest.approx(share, abs=0.01)


def test_a_large_or_negative_seed_is_one_too():
    drawn = {float(ops.convert_to_numpy(random(1, seed).uniform())[0]) for seed in (0, 1, -1, 2**31, 10**12)}
    assert len(drawn) == 5
