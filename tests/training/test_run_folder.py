import os
import signal
import time

import pytest

from keras_indexnet.errors import IndexNetError
from keras_indexnet.training import RunFolder, TrainingSettings

SETTINGS = TrainingSettings()
LOG = "epoch,steps,loss\n1,250,0.5\n2,500,0.25\n3,750,0.125\n"


@pytest.fixture
def folder(tmp_path):
    """The folder of a run that was stopped after its third epoch."""
    folder = RunFolder(tmp_path / "run")
    folder.path.mkdir()
    folder.claim(SETTINGS)
    folder.log.write_text(LOG)
    folder.checkpoint.touch()
    return folder


def contents(path):
    return {file: file.is_file() and file.read_bytes() for file in path.rglob("*")}


def test_a_run_that_was_stopped_may_go_on(folder):
    folder.check(SETTINGS, resume=True)
    folder.checkpoint.rename(folder.previous_checkpoint)
    folder.check(SETTINGS, resume=True)


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("checkpoint", "run has a log of 3 epochs, but no checkpoint.npz to go on from; put that back"),
        ("settings", "run holds checkpoint.npz of a run, but no settings.json; put that back"),
    ],
)
def test_a_run_that_lacks_a_file_is_neither_continued_nor_begun_again(folder, missing, message):
    getattr(folder, missing).unlink()
    before = contents(folder.path)
    with pytest.raises(IndexNetError, match=message):
        folder.check(SETTINGS, resume=True)
    assert contents(folder.path) == before


@pytest.mark.parametrize(
    "content", [b"a,b\n1,2\n", b"epoch\nx\n", b"epoch\n1,2\n", b"\xff\xfe", b"epoch\n\n,\n"]
)
def test_a_log_that_is_none_is_named(folder, content):
    folder.log.write_bytes(content)
    with pytest.raises(IndexNetError, match="log.csv is not the log of a training run, or it is damaged"):
        folder.check(SETTINGS, resume=True)


def test_lines_are_dropped_by_their_epoch(folder):
    """However many there are: a log that was moved away begins where the run then was."""
    folder.forget_after(2)
    assert folder.log.read_text() == LOG[: LOG.index("3,750")]
    folder.log.write_text("epoch,steps,loss\n3,750,0.125\n4,1000,0.1\n")
    folder.forget_after(3)
    assert folder.log.read_text() == "epoch,steps,loss\n3,750,0.125\n"


def test_one_training_at_a_time(folder):
    before = contents(folder.path)
    with folder.locked():
        with pytest.raises(IndexNetError, match="Another training runs in .*run; let it end"), folder.locked():
            pass
        with pytest.raises(IndexNetError, match="Another training runs in"), folder.locked():
            pass  # the one that was refused took nothing away
    with folder.locked():
        pass
    assert contents(folder.path) == before


def test_a_killed_process_keeps_no_lock(folder):
    process = os.fork()
    if not process:
        with folder.locked():
            (folder.path / "locked").touch()
            time.sleep(60)
        os._exit(0)
    while not (folder.path / "locked").exists():
        time.sleep(0.01)
    with pytest.raises(IndexNetError, match="Another training runs"), folder.locked():
        pass
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    with folder.locked():
        pass


def test_a_run_that_is_refused_leaves_no_folder(tmp_path):
    folder = RunFolder(tmp_path / "runs" / "first")
    with pytest.raises(KeyError), folder.locked():
        raise KeyError
    assert not any(tmp_path.iterdir())
    with folder.locked():
        folder.claim(SETTINGS)
    assert list(folder.path.iterdir()) == [folder.settings]


def test_what_is_no_folder_is_named_and_kept(tmp_path):
    (tmp_path / "file").write_text("somebody's")
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "file", tmp_path / "pipe", tmp_path / "file" / "run"):
        with pytest.raises(IndexNetError, match="is no folder, or lies in none"), RunFolder(path).locked():
            pytest.fail("not reached")
    assert (tmp_path / "file").read_text() == "somebody's"
