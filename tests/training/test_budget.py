import time

import keras
import numpy as np
import pytest

from keras_indexnet.training import Budget, schedules

INPUTS, TARGETS = np.ones((12, 1), "float32"), np.ones((12, 1), "float32")


class Rates(keras.callbacks.Callback):
    """Keeps the learning rate with which each step is taken."""

    def on_train_begin(self, logs=None):
        self.rates = []

    def on_train_batch_end(self, batch, logs=None):
        self.rates.append(float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate)))


def fit(budget, epochs, steps_per_execution=1):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("adam", "mse", steps_per_execution=steps_per_execution, jit_compile=False)
    rates = Rates()
    model.fit(INPUTS, TARGETS, batch_size=1, epochs=epochs, verbose=0, callbacks=[budget, rates])
    return rates.rates


def test_the_papers_rate_drops_after_20_and_after_26_of_30_epochs():
    rates = fit(Budget(0.01, schedules.drops, steps=360), epochs=30)
    np.testing.assert_allclose(rates, [0.01] * 240 + [0.001] * 72 + [0.0001] * 48, rtol=1e-5)


def test_a_budget_of_steps_ends_in_the_middle_of_an_epoch():
    budget = Budget(1.0, schedules.cosine, steps=20)
    rates = fit(budget, epochs=100)
    assert len(rates) == budget.steps_done == 20
    assert rates[0] == 0.0
    assert max(rates) == pytest.approx(1.0)
    assert rates[-1] < 0.02


@pytest.mark.skipif(keras.backend.backend() == "torch", reason="Keras takes one step at a time on PyTorch")
def test_steps_within_an_execution_count():
    budget = Budget(1.0, schedules.cosine, steps=24)
    assert len(fit(budget, epochs=100, steps_per_execution=4)) == 6
    assert budget.steps_done == 24


def test_a_budget_of_time_ends_when_it_is_used_up():
    budget = Budget(1.0, schedules.cosine, minutes=2 / 60)
    started = time.monotonic()
    rates = fit(budget, epochs=10**6)
    assert budget.seconds >= 2.0
    assert time.monotonic() - started < 30
    assert max(rates) > 0.9
    assert rates[-1] < 0.1


def test_a_budget_is_one_of_two():
    with pytest.raises(ValueError, match="steps or of minutes"):
        Budget(1.0, schedules.cosine)
    with pytest.raises(ValueError, match="steps or of minutes"):
        Budget(1.0, schedules.cosine, steps=1, minutes=1.0)
