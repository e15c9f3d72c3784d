"""The preset as a whole: a few minutes of it make a network that is worth something on real photographs."""

import csv
import shutil
from dataclasses import replace

import cv2
import numpy as np
import pytest

from keras_indexnet import training
from keras_indexnet.data import read_photographs
from keras_indexnet.evaluation import sad_error

PHOTOGRAPHS = ("GT01", "GT03", "GT09", "GT12")  # of all thirteen, which take twice as long as the training
FOREGROUNDS = ("layerdiffuse", "AlphaVAE_AIM500_samples", "P3M_pred")


@pytest.mark.slow
def test_some_minutes_of_training_beat_a_blurred_trimap(shared, tmp_path):
    """In steps, not in minutes: a busy machine learns as much, only later."""
    given = shared / "data" / "train"
    for folder in ("image", "alpha", "trimap1"):
        (tmp_path / "validation" / folder).mkdir(parents=True)
        for name in PHOTOGRAPHS:
            shutil.copy(
                shared / "data" / "alphamatting" / folder / f"{name}.png", tmp_path / "validation" / folder
            )
    settings = replace(
        training.SETTINGS["budget"],
        minutes=None,
        steps=50,
        configuration="hin_linear",
        size=64,
        encoder_weights=str(shared / "weights" / "mobilenetv2_1.0_imagenet_notop.weights.h5"),
        foregrounds=[given / "foregrounds" / name for name in FOREGROUNDS],
        procedural_count=20,
        backgrounds=given / "backgrounds",
        validation=tmp_path / "validation",
        epoch_steps=25,  # two epochs: the second one is validated
        output=tmp_path / "run",
    )
    training.train(settings)
    with open(tmp_path / "run" / "log.csv") as file:
        *_, last = csv.DictReader(file)
    blurred = [
        sad_error(cv2.GaussianBlur(photograph.trimap, (0, 0), 10), photograph.alpha, photograph.trimap)
        for photograph in read_photographs(tmp_path / "validation")
    ]
    assert float(last["val_sad"]) < np.mean(blurred)
