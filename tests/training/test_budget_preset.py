"""The preset as a whole: a few minutes of it make a network that is worth something on real photographs."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest

# The trimap itself, blurred with sigma 10, has this mean SAD on the thirteen photographs; alpha 0.5 has 33.8.
BLURRED_TRIMAP = 27.2


@pytest.mark.matrix
def test_some_minutes_of_training_beat_a_blurred_trimap(shared, tmp_path):
    """In steps, not in minutes: a busy machine learns as much, only later."""
    given = shared / "data" / "train"
    options = {
        "preset": "budget",
        "steps": 120,
        "size": 96,
        "encoder-weights": shared / "weights" / "mobilenetv2_1.0_imagenet_notop.weights.h5",
        "backgrounds": given / "backgrounds",
        "validation": shared / "data" / "alphamatting",
        "epoch-steps": 60,  # two epochs: the second one is validated
        "output": tmp_path / "run",
    }
    arguments = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    for folder in ("layerdiffuse", "AlphaVAE_AIM500_samples", "P3M_pred"):
        arguments += ["--foregrounds", str(given / "foregrounds" / folder)]
    script = Path(__file__).resolve().parents[2] / "train.py"
    result = subprocess.run([sys.executable, script, *arguments], capture_output=True, text=True, timeout=1200)
    assert result.returncode == 0, result.stderr[-3000:]
    with open(tmp_path / "run" / "log.csv") as file:
        *_, last = csv.DictReader(file)
    assert float(last["val_sad"]) < BLURRED_TRIMAP
