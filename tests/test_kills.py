"""Exports and folders of photographs, killed at random moments: nothing is lost, and nothing half-written.

The same of training is in training/test_fitting.py.
"""

import json
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import keras
import numpy as np
import pytest

from keras_indexnet import export, whole_file
from keras_indexnet.export.formats import FORMATS, open_exported

pytestmark = [pytest.mark.matrix, pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="exports")]

KILLS = 20
# Exports again and again a network whose output is a number, and prints the number when its file is whole.
EXPORTS = """
import os, sys
os.environ["KERAS_BACKEND"] = "tensorflow"
import keras
from keras_indexnet import export

model = keras.Sequential([keras.Input((None, None, 4)), keras.layers.Conv2D(1, 1, kernel_initializer="zeros")])
for number in range(1, 1000):
    model.layers[0].bias.assign([number / 1000])
    export.export_model(model, sys.argv[1], sys.argv[2], input_size=(32, 32))
    print(number, flush=True)
"""
INPUTS = np.zeros((1, 32, 32, 4), np.float32)
SAMPLES = Path(__file__).parents[1] / "datasets" / "samples"


@pytest.mark.parametrize("format", FORMATS)
def test_an_export_that_is_killed_leaves_a_whole_model(tmp_path, monkeypatch, format):
    rng = random.Random(0)
    path = tmp_path / f"model{FORMATS[format].suffix or ''}"
    report = tmp_path / f"{path.name}.report.json"
    began_anew = 0
    for _ in range(KILLS):
        with subprocess.Popen(
            [sys.executable, "-c", EXPORTS, path, format], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as process:
            process.stdout.readline()  # one is there: from now on there is always one
            time.sleep(rng.uniform(0, 2))
            process.kill()
            told = process.stdout.read().split()
        last = int(told[-1]) if told else 1
        value = 1000 * open_exported(path).run(INPUTS).mean()
        assert value == pytest.approx(last, abs=0.01) or value == pytest.approx(last + 1, abs=0.01)
        began_anew += value > last + 0.5
        assert json.loads(report.read_text())["format"] == format
    print(f"{format}: {KILLS} kills, {began_anew} after a file had taken its place and before that was told")

    monkeypatch.setattr(whole_file, "NOT_YET_LOCKED", 0)
    whole_file._remove_leftovers.cache_clear()
    export.export_model(
        keras.Sequential([keras.Input((None, None, 4)), keras.layers.Conv2D(1, 1)]), path, format
    )
    assert sorted(tmp_path.iterdir()) == sorted([path, report])


def test_a_folder_of_photographs_that_is_killed_ends_as_if_it_had_not_been(tmp_path, monkeypatch):
    for kind in ("photos", "trimaps"):
        (tmp_path / kind).mkdir()
    for number in range(12):
        for kind, source in (("photos", "chelsea.png"), ("trimaps", "chelsea_trimap.png")):
            shutil.copy(SAMPLES / source, tmp_path / kind / f"{number:02}.png")
    command = [sys.executable, "-m", "keras_indexnet", "matte", tmp_path / "photos", "--no-polish"]
    command += ["--trimaps", tmp_path / "trimaps", "--resume", "-o"]
    subprocess.run([*command, tmp_path / "whole"], check=True, capture_output=True)
    whole = {path.name: path.read_bytes() for path in (tmp_path / "whole").iterdir()}
    assert len(whole) == 24

    rng = random.Random(0)
    results = tmp_path / "killed"
    for _ in range(KILLS):
        before = set(results.glob("[!.]*"))
        with subprocess.Popen(
            [*command, results], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            while process.poll() is None and set(results.glob("[!.]*")) == before:
                time.sleep(0.01)
            time.sleep(rng.uniform(0, 0.7))
            process.kill()
        for path in results.glob("[!.]*"):
            assert path.read_bytes() == whole[path.name]
        if len(set(results.glob("[!.]*"))) == len(whole):
            shutil.rmtree(results)  # all done: once more
            results.mkdir()

    whole_file._remove_leftovers.cache_clear()
    monkeypatch.setattr(whole_file, "NOT_YET_LOCKED", 0)
    subprocess.run([*command, results], check=True, capture_output=True)
    with whole_file.whole_file(results / "last") as partial:
        partial.touch()
    (results / "last").unlink()
    assert {path.name: path.read_bytes() for path in results.iterdir()} == whole
