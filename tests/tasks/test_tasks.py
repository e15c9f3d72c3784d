"""What holds of all tasks: every backend, TFLite, and that the rest of the package does without them."""

import keras
import numpy as np
import pytest
from test_house import imports, room

from keras_indexnet import tasks
from keras_indexnet.export import export_model

# Of depth that is predicted a tenth too far: rms is a tenth of the root mean square, log10 that of 1.1.
FIGURES = {
    "depth": -1.2398,
    "labels": 1.4967,
    "rms": 0.2333,
    "rel": 0.1,
    "log10": 0.0414,
    "delta_1": 1.0,
    "psnr": 32.4589,
    "ssim": 0.991,
    "pixel_accuracy": 0.5,
    "mean_accuracy": 0.5,
}


def test_the_rest_of_the_package_does_without_the_tasks():
    assert [
        module for module, others in imports() if "tasks" in map(room, others) and room(module) != "tasks"
    ] == []


def test_losses_and_metrics_are_these_on_every_backend():
    truth = np.arange(1.0, 73.0, dtype="float32").reshape(2, 6, 6, 1) / 18
    predicted = np.float32(1.1) * truth
    labels = np.arange(72).reshape(2, 6, 6) % 4
    logits = np.stack([np.cos(labels + each) for each in range(4)], axis=-1).astype("float32")
    figures = {
        "depth": tasks.DepthLoss()(truth, predicted),
        "labels": tasks.BalancedCrossentropy([0.5, 1, 2, 1])(labels, logits),
    }
    for metric, given in (
        (tasks.RMSDepthError(crop=False), (truth, predicted)),
        (tasks.RelativeDepthError(), (truth, predicted)),
        (tasks.Log10DepthError(), (truth, predicted)),
        (tasks.DepthAccuracy(1), (truth, predicted)),
        (tasks.PSNR(), (truth / 8, predicted / 8)),
        (tasks.SSIM(), (np.resize(truth / 8, (1, 12, 12, 1)), np.resize(predicted / 8, (1, 12, 12, 1)))),
        (tasks.PixelAccuracy(4), (labels, logits)),
        (tasks.MeanClassAccuracy(4), (labels, logits)),
    ):
        metric.update_state(*given)
        figures[metric.name] = metric.result()
    assert {name: float(value) for name, value in figures.items()} == pytest.approx(FIGURES, abs=1e-4)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="TFLite files are written by TensorFlow")
def test_a_classifier_with_indices_runs_in_tflite(tmp_path):
    model = tasks.lenet_classifier(index="o2o_linear_context")
    report = export_model(model, tmp_path / "lenet.tflite", input_size=(32, 32))
    assert report.largest_difference < 1e-4 * max(1.0, report.largest_output)
    assert report.flex_operators == 0
