"""Kills a training run at random moments, starts it again each time, and lets it end at last.

    KERAS_BACKEND=torch python tests/training/kills.py FOLDER TIMES

writes the runs `whole`, which is not killed, and `killed` into the folder, which holds `validation`, and prints
as JSON how many kills fell where. Each run is a fork of this process, which has imported everything and done
nothing, so that it begins at once. PyTorch computes without compiling anything first.
"""

import json
import os
import signal
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np

from keras_indexnet import training
from keras_indexnet.errors import IndexNetError

EPOCHS = 50  # of one step: more than the kills let pass
AIMS = (
    "set-up",
    "step",
    "checkpoint",
    "exchange",
)  # exchange: a new checkpoint takes the place of the last one


def settings(folder, output):
    return replace(
        training.SETTINGS["budget"],
        configuration="hin_linear",
        network_options={"width": 0.35},
        encoder_weights=None,
        recipe="paper",
        procedural_count=2,
        size=64,
        batch_size=1,
        minutes=None,
        steps=EPOCHS,
        epoch_steps=1,
        weight_average=0.5,
        validation=str(folder / "validation"),
        validation_every=20,
        workers=1,
        output=str(folder / output),
    )


def started(run):
    if process := os.fork():
        return process
    status = 1
    try:
        training.train(run, resume=True)
        status = 0
    finally:
        os._exit(status)


def ended(process):
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def wait(files, aim, rng):
    """Wait for a random moment of the kind that is aimed at."""
    if aim == "set-up":
        return time.sleep(rng.uniform(0, 4))
    for _ in range(rng.integers(1, 3)):
        wait_until_changed(files.checkpoint)
    if aim == "step":
        time.sleep(rng.uniform(0, 1))
    elif aim == "checkpoint":
        while not list(files.path.glob(".*/checkpoint.npz")):
            pass
        time.sleep(rng.uniform(0, 0.02))
    else:
        wait_until_changed(files.previous_checkpoint)


def wait_until_changed(path):
    before, deadline = version(path), time.monotonic() + 300
    while version(path) in (before, None):
        assert time.monotonic() < deadline, f"no {path.name} was written"


def version(path):
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return None


def parts(files):
    """Return what writing a checkpoint leaves behind where it is cut short."""
    return set(files.path.glob(".*/checkpoint.npz"))


def main(folder, times):
    assert ended(started(settings(folder, "whole"))) == 0

    run = settings(folder, "killed")
    files = training.RunFolder(run.output)
    rng = np.random.default_rng(0)
    moments = Counter()
    for number in range(times):
        before, aim = parts(files), AIMS[number % len(AIMS)]
        process = started(run)
        wait(files, aim, rng)
        if aim == "step":
            try:
                training.train(run, resume=True)
            except IndexNetError as error:
                moments[f"{error}".partition(" in ")[0]] += 1
        os.kill(process, signal.SIGKILL)
        assert ended(process) == -signal.SIGKILL, "the run ended before it was killed"
        cut = "checkpoint" if parts(files) - before else "elsewhere"
        moments[cut if version(files.checkpoint) or not version(files.previous_checkpoint) else "exchange"] += 1
    assert ended(started(run)) == 0
    print(json.dumps(moments))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
