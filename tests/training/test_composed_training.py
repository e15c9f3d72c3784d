"""`fit` on samples that are composed where the network is trained."""

import csv
import os
import subprocess
import sys
from dataclasses import asdict, replace

import keras
import numpy as np
import pytest
from keras import ops

from keras_indexnet import data, losses, metrics, models, training
from keras_indexnet.training.checkpoint import FormerCheckpointWarning
from keras_indexnet.training.settings import settings_from_json

TINY = replace(
    training.SETTINGS["budget"],
    configuration="hin_linear",
    network_options={"width": 0.35},
    encoder_weights=None,
    compose_on="device",
    recipe=data.PAPER,
    procedural_count=2,
    square_side=64,
    size=32,
    batch_size=2,
    minutes=None,
    steps=4,
    epoch_steps=2,
    weight_average=0.5,
)

# Three drawn foregrounds and backgrounds at a time, some of which are others in each epoch.
LIVING = replace(TINY, procedural_count=None, bank_bytes=160_000, bank_epochs=2, workers=1, steps=6)
TWO_DEVICES = """
import keras
import numpy as np

if keras.backend.backend() == "tensorflow":
    import tensorflow as tf

    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)

from keras_indexnet import data, losses, training
from keras_indexnet.training.devices import data_parallel, synchronize_batch_norm


def trained(devices):
    keras.utils.set_random_seed(0)
    drawn = data.ProceduralForegrounds(count=40, size=64)
    bank = data.SampleBank([drawn], data.ProceduralBackgrounds(count=2, size=64), side=64, bank_bytes=160_000)
    with bank, data_parallel(devices):
        inputs = keras.Input((64, 64, 4))
        x = keras.layers.Conv2D(4, 3, padding="same")(keras.layers.Rescaling(1 / 255)(inputs))
        x = keras.layers.BatchNormalization()(x)
        network = keras.Model(inputs, keras.layers.Conv2D(1, 1, activation="sigmoid")(x))
        synchronize_batch_norm(network)
        model = training.ComposedTraining(network, data.SampleComposer(bank, "real", size=64))
        model.compile(keras.optimizers.SGD(0.1), losses.MattingLoss())
        numbers = training.SampleNumbers(4, 2)
        history = model.fit(numbers, epochs=3, verbose=0, shuffle=False, callbacks=[training.RenewBank()])
    return [*network.get_weights(), history.history["loss"]]


one, two = trained(1), trained(2)
for ours, theirs in zip(one, two, strict=True):
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)
"""


def small_bank():
    foregrounds = data.ProceduralForegrounds(count=2, size=96)
    return data.SampleBank([foregrounds], data.ProceduralBackgrounds(count=2, size=96), side=96)


def small_model():
    """A model of few layers: alpha from a picture by a pooling that its features decide."""
    inputs = keras.Input((None, None, 4))
    x = keras.layers.Conv2D(4, 3, padding="same")(keras.layers.Rescaling(1 / 255)(inputs))
    return keras.Model(inputs, keras.layers.Conv2D(1, 1, activation="sigmoid")(x))


def test_fit_trains_the_network_on_what_is_composed():
    """One step is the step that `MattingLoss` of the composed batch asks for, and the metrics are of it."""
    keras.utils.set_random_seed(0)
    network = small_model()
    composer = data.SampleComposer(small_bank(), "strong", size=64)
    inputs, target = composer(np.arange(4, 8))  # Keras ends an epoch before the first one begins
    alpha = network(inputs)
    loss, sad = losses.MattingLoss(), metrics.SAD()
    sad.update_state(target, alpha)
    before = [ops.convert_to_numpy(v) for v in network.trainable_variables]

    model = training.ComposedTraining(network, composer)
    model.compile(keras.optimizers.SGD(0.5), losses.MattingLoss(), metrics=[metrics.SAD()])
    history = model.fit(training.SampleNumbers(4, 1), epochs=1, verbose=0).history
    assert history["loss"][0] == pytest.approx(float(ops.convert_to_numpy(loss(target, alpha))), rel=1e-4)
    assert history["sad"][0] == pytest.approx(float(sad.result()), rel=1e-4)
    after = [ops.convert_to_numpy(v) for v in network.trainable_variables]
    assert all(np.abs(new - old).max() > 0 for new, old in zip(after, before, strict=True))
    assert len(model.trainable_variables) == len(network.trainable_variables)  # the bank is none of them

    reference = small_model()
    reference.set_weights(before)
    reference.compile(keras.optimizers.SGD(0.5), losses.MattingLoss())
    reference.train_on_batch(inputs, target)
    for new, expected in zip(after, reference.get_weights(), strict=True):
        np.testing.assert_allclose(new, expected, atol=1e-5)


def test_every_sample_of_a_run_has_a_number_of_its_own():
    numbers = training.SampleNumbers(batch_size=3, steps=2)
    seen = []
    for _ in range(3):
        seen += [number for batch in range(len(numbers)) for number in numbers[batch]]
        numbers.on_epoch_end()
    assert seen == list(range(18))
    numbers.epoch = 2**30
    with pytest.raises(ValueError, match="up to 2"):
        numbers[0]


@pytest.mark.matrix  # `make test` kills a run, and tries what a sample depends on
@pytest.mark.parametrize(("settings", "damaged"), [(TINY, False), (TINY, True), (LIVING, False)])
def test_a_run_that_goes_on_ends_in_the_weights_of_one_that_was_not_stopped(
    tmp_path, eager_steps, settings, damaged
):
    """Also where it goes on from the former checkpoint, and writes an epoch's line of the log again."""
    whole = training.train(replace(settings, output=str(tmp_path / "whole")))

    stopped = replace(settings, output=str(tmp_path / "stopped"))
    with pytest.raises(Stop), pytest.MonkeyPatch.context() as patch:
        patch.setattr(training.Checkpoint, "on_epoch_end", stopping_after(1))
        training.train(stopped)
    assert (tmp_path / "stopped" / "checkpoint.npz").stat().st_size < 30e6  # without the pictures
    if damaged:
        (tmp_path / "stopped" / "checkpoint.npz").write_bytes(b"damaged")
        with pytest.warns(FormerCheckpointWarning, match="goes on from checkpoint.previous.npz, after epoch 0"):
            resumed = training.train(stopped, resume=True)
    else:
        resumed = training.train(stopped, resume=True)

    for ours, theirs in zip(resumed.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    figures = [
        [(row["epoch"], row["steps"], row["loss"], row["sad"]) for row in read_log(tmp_path / run)]
        for run in ("stopped", "whole")
    ]
    assert figures[0] == figures[1] and len(figures[0]) == settings.steps // 2
    assert isinstance(whole, models.MattingNetwork)
    saved = models.matting_model("hin_linear", tmp_path / "whole" / "last.keras")
    assert saved.count_params() == whole.count_params()


class Stop(Exception):
    pass


def stopping_after(epochs):
    write = training.Checkpoint.on_epoch_end

    def write_and_stop(self, epoch, logs=None):
        write(self, epoch, logs)
        if epoch + 1 == epochs:
            raise Stop

    return write_and_stop


def read_log(folder):
    with open(folder / "log.csv") as file:
        return list(csv.DictReader(file))


@pytest.mark.matrix
@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_two_devices_train_as_one_does_on_what_is_composed(backend):
    """While pictures take turns on both."""
    pytest.importorskip(backend)
    environment = {
        **os.environ,
        "KERAS_BACKEND": backend,
        "JAX_PLATFORMS": "cpu",
        "XLA_FLAGS": "--xla_force_host_platform_device_count=2 --xla_backend_optimization_level=0 "
        "--xla_cpu_use_fusion_emitters=false",
    }
    result = subprocess.run(
        [sys.executable, "-c", TWO_DEVICES], env=environment, capture_output=True, text=True, timeout=300
    )
    assert result.returncode == 0, result.stderr[-3000:]


def test_where_samples_are_composed_is_a_setting():
    assert settings_from_json(asdict(TINY)) == TINY
    with pytest.raises(ValueError, match="compose_on is one of .*'auto', 'cpu', 'device'"):
        replace(TINY, compose_on="gpu")
