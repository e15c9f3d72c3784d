"""Whole training runs, small enough for a test: one that ends, and one that is killed and started again."""

import csv
import json
import os
import signal
import subprocess
import sys
import time

import cv2
import numpy as np
import pytest

from keras_indexnet import models
from keras_indexnet.data import drawn_photograph, write_image

EPOCHS = 4


@pytest.fixture
def command(tmp_path):
    rng = np.random.default_rng(0)
    for number in range(2):
        colours = rng.integers(0, 256, (9, 9, 3), dtype=np.uint8)
        write_image(tmp_path / "backgrounds" / f"{number}.jpg", cv2.resize(colours, (200, 150)))
        drawn = drawn_photograph(number, size=256)
        cutout = np.dstack([drawn.image, drawn.alpha])
        write_image(tmp_path / "foregrounds" / f"{number}.png", cutout)
    for folder, picture in (("image", drawn.image), ("trimap1", drawn.trimap), ("alpha", drawn.alpha)):
        write_image(tmp_path / "validation" / folder / "one.png", picture)
    options = {
        "backgrounds": tmp_path / "backgrounds",
        "foregrounds": tmp_path / "foregrounds",
        "validation": tmp_path / "validation",
        "output": tmp_path / "run",
        "procedural": 0,
        "configuration": "hin_linear",
        "encoder-weights": "none",
        "size": 32,
        "batch-size": 2,
        "steps": 3,
        "epochs": EPOCHS,
    }
    arguments = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    return [os.path.join(os.path.dirname(sys.executable), "indexnet"), "train", *arguments]


def read_log(run):
    with open(run / "log.csv") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
def test_a_killed_run_goes_on_where_it_was(tmp_path, command):
    run = tmp_path / "run"
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 240
    while not (run / "backup" / "training_metadata.json").is_file():
        assert process.poll() is None, "the run ended before it could be killed"
        assert time.monotonic() < deadline, "no checkpoint was written"
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (run / "last.keras").exists()

    result = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr
    log = read_log(run)
    assert [int(row["epoch"]) for row in log] == list(range(EPOCHS))
    assert all(np.isfinite(float(row["loss"])) for row in log)
    assert float(log[-1]["val_sad"]) > 0
    assert not (run / "backup").exists()
    assert json.loads((run / "settings.json").read_text())["configuration"] == "hin_linear"
    models.matting_model("hin_linear", weights=run / "last.keras")
    models.matting_model("hin_linear", weights=run / "best.keras")

    result = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert result.returncode == 1
    assert "holds a run that is complete" in result.stderr
    result = subprocess.run([*command, "--seed", "7"], capture_output=True, text=True, timeout=300)
    assert result.returncode == 1
    assert "other settings (seed)" in result.stderr


@pytest.mark.slow
def test_a_loss_that_becomes_nan_ends_with_a_sentence_and_no_network(tmp_path, command):
    result = subprocess.run([*command, "--learning-rate", "1e30"], capture_output=True, text=True, timeout=300)
    assert result.returncode == 1
    assert "Error: The loss became NaN" in result.stderr
    assert not (tmp_path / "run" / "last.keras").exists()
