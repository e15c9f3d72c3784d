from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from keras_indexnet.data import ProceduralBackgrounds, ProceduralForegrounds
from keras_indexnet.data.byte_cache import ByteCache


def array(number, nbytes=100):
    return np.full(nbytes, number, np.uint8)


def test_what_was_not_asked_for_the_longest_is_forgotten():
    made = []

    def get(number):
        return cache.get(number, lambda: made.append(number) or array(number))

    cache = ByteCache(limit=300)
    for number in (0, 1, 2, 0, 3):  # 3 takes the place of 1
        assert get(number)[0] == number
    assert made == [0, 1, 2, 3]
    get(0), get(2), get(1)
    assert made == [0, 1, 2, 3, 1]
    assert cache.nbytes == 300


def test_an_array_larger_than_the_limit_is_made_but_not_kept():
    cache = ByteCache(limit=50)
    assert cache.get("large", lambda: array(7))[0] == 7
    assert cache.nbytes == 0


def test_threads_get_the_right_arrays_and_the_limit_holds():
    cache = ByteCache(limit=1000)
    numbers = np.random.default_rng(0).integers(0, 40, 4000)
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda number: cache.get(number, lambda: array(number))[0], numbers))
    np.testing.assert_array_equal(got, numbers)
    assert cache.nbytes == 1000


@pytest.mark.parametrize("source", [ProceduralForegrounds, ProceduralBackgrounds])
def test_drawn_pictures_are_kept_within_the_bytes_given(source):
    picture = source(count=3, size=64)[1]
    pictures = source(count=3, size=64, cache_bytes=2 * picture.nbytes)
    first = pictures[1]
    assert pictures[1] is first
    pictures[0], pictures[2]
    assert pictures[1] is not first
    np.testing.assert_array_equal(pictures[1], picture)
    with pytest.raises(IndexError):
        pictures[3]
