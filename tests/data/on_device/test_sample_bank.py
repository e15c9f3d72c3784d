"""What a bank holds, and how pictures take turns in it."""

import os
import signal
import subprocess
import sys
import time
from functools import partial

import numpy as np
import pytest
from keras import ops

from keras_indexnet import data
from keras_indexnet.data.on_device.pieces import level_sizes
from keras_indexnet.data.on_device.processes import Processes

SIDE = 32
SQUARE = 4 * sum(size**2 for size in level_sizes(SIDE))  # bytes of pixels
BACKGROUNDS = [np.zeros((SIDE, SIDE, 3), np.uint8)]


class Numbered:
    """Foregrounds that show their number."""

    def __init__(self, count, size=SIDE):
        self.count, self.size = count, size

    def __len__(self):
        return self.count

    def __getitem__(self, number):
        rgba = np.full((self.size, self.size, 4), 255, np.uint8)
        rgba[..., 0], rgba[..., 1] = number % 256, number // 256
        rgba[4:8, 4:8, 3] = 128
        return rgba


def bank_of(*sources, room, **options):
    """A bank with room for so many foregrounds."""
    options = {"side": SIDE, "bank_bytes": SQUARE + room * (SQUARE + SIDE**2), **options}
    return data.SampleBank(sources, BACKGROUNDS, **options)


def numbers(composer):
    """Which pictures are in the squares of a device."""
    pixels = ops.convert_to_numpy(composer.pixels)[:, SIDE * SIDE // 2]
    return (pixels & 0xFFFF).tolist()


def held(bank, epochs):
    """Which pictures a device holds in these epochs."""
    composer, found = data.SampleComposer(bank, size=SIDE), []
    for epoch in epochs:
        composer.renew(epoch)
        found.append(numbers(composer))
    return found


def test_where_all_fit_the_bank_holds_all_and_does_not_change():
    with bank_of(Numbered(5), room=5) as bank:
        assert held(bank, [0, 1, 7]) == [[0, 1, 2, 3, 4]] * 3
        assert bank.nbytes == SQUARE + 5 * (SQUARE + SIDE**2)


def test_where_not_all_fit_each_stays_for_some_epochs_and_all_have_their_turn():
    with bank_of(Numbered(50), room=6, bank_epochs=3) as bank:
        found = held(bank, range(24))
    assert all(len(set(epoch)) == 6 for epoch in found)
    for before, after in zip(found, found[1:], strict=False):
        assert sum(one == other for one, other in zip(before, after, strict=True)) == 4
    stays = [sum(number in epoch for epoch in found[3:9]) for number in set(found[5]) & set(found[6])]
    assert set(stays) == {3}
    assert set().union(*found) == set(range(50))


def test_what_is_held_follows_from_the_epoch_only():
    """Not from what was there before, how many threads there are, or how fast they are."""
    with bank_of(Numbered(1000), room=5, workers=3) as bank, bank_of(Numbered(1000), room=5) as other:
        assert held(bank, range(8))[-1] == held(other, [7])[0]


def test_the_memory_is_shared_as_often_as_each_source_is_drawn_from():
    with bank_of(Numbered(9), Numbered(300), shares=[1, 3], room=8) as bank:
        (found,) = held(bank, [0])
        np.testing.assert_allclose(np.diff(bank.upper_bounds(), prepend=0.0), 1 / 8, atol=1e-6)
    assert len(found) == 8
    assert len(set(found[:2]) & set(range(9))) == 2


def test_backgrounds_take_turns_too():
    many = [np.full((SIDE, SIDE, 3), value, np.uint8) for value in range(200)]
    with data.SampleBank([Numbered(1)], many, side=SIDE, bank_bytes=20 * SQUARE, bank_epochs=2) as bank:
        composer = data.SampleComposer(bank, size=SIDE)
        seen = set()
        for epoch in range(5):
            composer.renew(epoch)
            seen |= set((ops.convert_to_numpy(composer.background_pixels)[:, 0] & 0xFF).tolist())
    assert len(bank.backgrounds.frames) == 10
    assert len(seen) == 10 + 4 * 5


def test_of_a_large_picture_a_part_is_there_by_how_much_is_soft_in_it():
    class Wide(Numbered):
        def __getitem__(self, number):
            rgba = np.zeros((SIDE, 2 * SIDE, 4), np.uint8)
            rgba[:10, :10, 3], rgba[:10, -30:, 3] = 128, 128
            rgba[:, :SIDE, 2] = 7
            return rgba

    with bank_of(Wide(10_000), room=400) as bank:
        left = (bank.foregrounds.pixels[:, 0] >> 16 & 255) == 7
    assert left.mean() == pytest.approx(0.25, abs=0.07)


def test_foregrounds_with_more_to_learn_are_drawn_more_often():
    soft = [np.full((SIDE, SIDE, 4), 255, np.uint8) for _ in range(2)]
    soft[0][:2, :2, 3] = 128
    large = np.full((128, 128, 4), 128, np.uint8)
    with data.SampleBank([[*soft, large]], BACKGROUNDS, side=128) as bank:
        shares = np.diff(bank.upper_bounds(by_information=True), prepend=0.0)
    np.testing.assert_allclose(shares, np.array([0.1, 0.1, 1.0]) / 1.2, rtol=1e-5)


def test_a_memory_without_room_for_a_square_is_refused():
    with pytest.raises(ValueError, match="too small for a square of each source"):
        data.SampleBank([Numbered(1)], BACKGROUNDS, side=SIDE, bank_bytes=1000)


def test_processes_answer_raise_what_was_raised_and_are_named_when_they_die():
    processes = Processes(partial(int, base=2), 1)
    assert [processes("101"), processes("11")] == [5, 3]
    with pytest.raises(ValueError, match="invalid literal"):
        processes("two")
    assert processes("1") == 1
    (process,) = processes._all
    process.kill()
    with pytest.raises(OSError, match="was ended"):
        processes("1")
    processes.close()
    assert process.stdin.closed


@pytest.mark.matrix
def test_processes_draw_what_threads_draw():
    endless = data.ProceduralForegrounds(count=10**9, size=SIDE, cache_bytes=0)
    with bank_of(endless, room=3, processes=2) as bank, bank_of(endless, room=3) as other:
        found = held(bank, range(3))
        assert found == held(other, range(3))
    assert len(set(map(tuple, found))) == 3


@pytest.mark.matrix
@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_processes_end_with_the_one_that_started_them():
    code = """
from functools import partial
from keras_indexnet.data.on_device.processes import Processes
processes = Processes(partial(int, base=2), 2)
print(*(process.pid for process in processes._all), processes("1"), flush=True)
input()
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        *children, _ = map(int, parent.stdout.readline().split())
        parent.kill()
    deadline = time.monotonic() + 60
    while any(map(alive, children)) and time.monotonic() < deadline:
        time.sleep(0.1)
    left = list(filter(alive, children))
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert not left


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"  # nobody may be there to bury it
    except FileNotFoundError:
        return False
