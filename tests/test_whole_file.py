"""Outputs that are written whole or not at all, whatever happens to the process that writes them."""

import os
import signal
import stat
import subprocess
import sys
import time

import pytest

from keras_indexnet import whole_file as module
from keras_indexnet.whole_file import whole_file, whole_folder

KILLED = """
import os, signal, sys
from keras_indexnet import whole_file as module
from keras_indexnet.whole_file import whole_file, whole_folder

path, moment, can_exchange = sys.argv[1], sys.argv[2], sys.argv[3] == "True"
if not can_exchange:
    module._exchange = lambda one, other: False
rename = module.Path.rename
def killed(self, target):
    done = rename(self, target)
    if moment == "between the renames":
        os.kill(os.getpid(), signal.SIGKILL)
    return done
module.Path.rename = killed
with whole_folder(path) as partial:
    (partial / "new").write_text("new")
    if moment == "while writing":
        os.kill(os.getpid(), signal.SIGKILL)
"""


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def aged(folder):
    """Let what a killed process left seem older than a minute, and forget that the folder was searched."""
    for left in folder.glob(".indexnet-*"):
        os.utime(left, (0, time.time() - 61))
    module._remove_leftovers.cache_clear()


@pytest.mark.parametrize("can_exchange", [True, False])
@pytest.mark.parametrize("moment", ["while writing", "between the renames"])
def test_a_kill_loses_nothing_and_leaves_nothing(tmp_path, moment, can_exchange):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "old").write_text("old")
    command = [sys.executable, "-c", KILLED, tmp_path / "model", moment, str(can_exchange)]
    done = subprocess.run(command)
    exchanged_at_once = moment == "between the renames" and can_exchange
    assert done.returncode == (0 if exchanged_at_once else -signal.SIGKILL)
    aged(tmp_path)
    with whole_file(tmp_path / "other") as partial:
        partial.write_text("other")
    assert names(tmp_path) == ["model", "other"]
    assert names(tmp_path / "model") == (["new"] if exchanged_at_once else ["old"])


def test_what_another_process_is_writing_is_left_alone(tmp_path):
    writing = (
        "import sys\nfrom keras_indexnet.whole_file import whole_file\n"
        f"with whole_file({str(tmp_path / 'slow.txt')!r}) as partial:\n"
        "    partial.write_text('slow')\n    print('writing', flush=True)\n    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", writing], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout.readline() == b"writing\n"
        aged(tmp_path)
        with whole_file(tmp_path / "quick.txt") as partial:
            partial.write_text("quick")
        process.communicate()
    assert process.returncode == 0
    assert names(tmp_path) == ["quick.txt", "slow.txt"]


def test_two_processes_of_one_number_do_not_mix(tmp_path):
    with whole_file(tmp_path / "a") as first, whole_file(tmp_path / "a") as second:
        first.write_text("first")
        second.write_text("second")
        assert first != second
    assert (tmp_path / "a").read_text() == "first"
    assert names(tmp_path) == ["a"]


@pytest.mark.parametrize("fails", [False, True])
def test_nothing_is_left_beside(tmp_path, fails):
    (tmp_path / "a").write_text("old")
    with pytest.raises(KeyboardInterrupt) if fails else whole_folder(tmp_path / "b") as other:
        if not fails:
            (other / "inside").write_text("x")
        with whole_file(tmp_path / "a") as partial:
            partial.write_text("new")
            if fails:
                raise KeyboardInterrupt
    assert (tmp_path / "a").read_text() == ("old" if fails else "new")
    assert names(tmp_path) == (["a"] if fails else ["a", "b"])


def test_the_longest_names_can_be_written(tmp_path):
    for name in ("n" * 251 + ".txt", "ä" * 125 + ".txt"):
        with whole_file(tmp_path / name) as partial:
            assert partial.name == name
            partial.write_text("x")
        assert (tmp_path / name).read_text() == "x"


def test_links_are_written_through(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a").write_text("old")
    (tmp_path / "elsewhere" / "model").mkdir()
    for name in ("a", "model", "new"):
        (tmp_path / name).symlink_to(tmp_path / "elsewhere" / name)
    for name in ("a", "new"):
        with whole_file(tmp_path / name) as partial:
            partial.write_text("new")
    with whole_folder(tmp_path / "model") as partial:
        (partial / "inside").write_text("new")
    assert all((tmp_path / name).is_symlink() for name in ("a", "model", "new"))
    assert (tmp_path / "elsewhere" / "a").read_text() == (tmp_path / "elsewhere" / "new").read_text() == "new"
    assert names(tmp_path / "elsewhere" / "model") == ["inside"]


@pytest.mark.parametrize("write", [whole_file, whole_folder])
def test_devices_and_pipes_are_not_replaced(tmp_path, write):
    os.mkfifo(tmp_path / "pipe")
    for path in ("/dev/null", tmp_path / "pipe"):
        with pytest.raises(OSError, match="cannot be written"), write(path):
            pytest.fail("not reached")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    assert stat.S_ISFIFO(os.stat(tmp_path / "pipe").st_mode)


def test_permissions_are_those_of_any_new_file(tmp_path):
    usual = tmp_path / "usual"
    usual.touch()
    with whole_file(tmp_path / "a") as partial:
        partial.touch()
    with whole_folder(tmp_path / "b"):
        pass
    assert (tmp_path / "a").stat().st_mode == usual.stat().st_mode
    (tmp_path / "c").mkdir()
    assert (tmp_path / "b").stat().st_mode == (tmp_path / "c").stat().st_mode
