import keras
import numpy as np

from keras_indexnet.training import Budget, report_progress, schedules
from keras_indexnet.training.report_progress import ReportProgress


def test_an_epoch_that_takes_long_tells_how_far_it_is(monkeypatch, capsys):
    """Each minute, where nothing is a terminal; here after each step."""
    monkeypatch.setattr(report_progress, "EVERY", 0)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", run_eagerly=keras.backend.backend() != "jax")
    budget = Budget(1e-3, schedules.cosine, steps=4)
    callbacks = [budget, ReportProgress(budget, samples_per_step=2)]
    model.fit(np.ones((4, 1)), np.ones((4, 1)), 2, epochs=2, verbose=0, callbacks=callbacks)
    lines = [line.partition(":")[0] for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        "step 1, 25.0% of the budget",
        "step 2, 50.0% of the budget",
        "epoch 1, 50.0% of the budget",
        "step 3, 75.0% of the budget",
        "step 4, 100.0% of the budget",
        "epoch 2, 100.0% of the budget",
    ]
