"""A run has the same losses on every backend, and on two devices that share its batches."""

import csv
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import ops
from test_backends import JAX_CACHE

from keras_indexnet import models
from keras_indexnet.training.devices import data_parallel

# Without maxima, where rounding may choose another, without dropout, which every backend and every TensorFlow
# device draws in its own way, and at a rate at which Adam does not turn differences of rounding into steps.
RUN = """
import gc
import sys
from dataclasses import replace

gc.disable()  # there is little to collect, and much to look through

import keras

if keras.backend.backend() == "tensorflow":
    import tensorflow as tf

    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})  # longer than three steps

from keras_indexnet import training

weights, output, devices = sys.argv[1:]
training.train(
    replace(
        training.SETTINGS["paper"], configuration="b6", weights=weights, size=96, batch_size=4, steps=3,
        epoch_steps=1, learning_rate=1e-8, encoder_rate=1.0, devices=int(devices), output=output, workers=1,
    )
)
"""


@pytest.fixture(scope="module")
def network():
    keras.utils.set_random_seed(0)
    return models.matting_model("b6")


@pytest.fixture(scope="module")
def folder(tmp_path_factory, shared, network):
    """Where all runs begin: with the encoder of ImageNet, whose features rounding does not spoil."""
    folder = tmp_path_factory.mktemp("everywhere")
    models.load_imagenet_weights(network, shared / "weights" / "mobilenetv2_1.0_imagenet_notop.weights.h5")
    network.save_weights(folder / "start.weights.h5")
    return folder


def losses(folder, backend, devices=1):
    output = folder / f"{backend}_{devices}"
    if not output.exists():
        environment = {
            **os.environ,
            "KERAS_BACKEND": backend,
            "JAX_PLATFORMS": "cpu",
            **JAX_CACHE,
            # Two devices, and no time spent on optimising three steps.
            "XLA_FLAGS": "--xla_force_host_platform_device_count=2 --xla_backend_optimization_level=0 "
            "--xla_cpu_use_fusion_emitters=false",
        }
        arguments = [sys.executable, "-c", RUN, str(folder / "start.weights.h5"), str(output), str(devices)]
        result = subprocess.run(arguments, env=environment, capture_output=True, text=True, timeout=600)
        assert result.returncode == 0, result.stderr[-3000:]
    with open(output / "log.csv") as file:
        return [float(row["loss"]) for row in csv.DictReader(file)]


@pytest.mark.matrix
@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_two_devices_agree_with_one_of_another_backend(folder, network, backend):
    pytest.importorskip(backend)
    pytest.importorskip("torch")
    expected = losses(folder, "torch")
    assert len(set(expected)) == 3
    np.testing.assert_allclose(losses(folder, backend, 2), expected, atol=1e-4)
    check_steps(folder, network, "torch_1", f"{backend}_2")


@pytest.mark.matrix
@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_two_devices_agree_with_one(folder, network, backend):
    pytest.importorskip(backend)
    np.testing.assert_allclose(losses(folder, backend, 2), losses(folder, backend, 1), atol=1e-5)
    check_steps(folder, network, f"{backend}_1", f"{backend}_2")


def check_steps(folder, network, *runs):
    """Check that two runs took the steps of one gradient: Adam's have one size, and its direction."""
    start = trained_weights(network, folder / "start.weights.h5")
    one, two = (trained_weights(network, folder / run / "last.keras") - start for run in runs)
    assert np.mean(one != 0) > 0.5
    assert np.mean(np.sign(one) == np.sign(two)) > 0.95


def trained_weights(network, path):
    network.load_weights(path)
    return np.concatenate([ops.convert_to_numpy(v).ravel() for v in network.trainable_variables])


# JAX compiles a network as long as it runs all its other tests; what divides a batch is seen in a small one.
RUN_A_SMALL_MODEL = """
import keras
import numpy as np

from keras_indexnet import layers, losses
from keras_indexnet.training.devices import data_parallel, synchronize_batch_norm


def trained_weights(devices):
    keras.utils.set_random_seed(0)
    with data_parallel(devices):
        features = keras.Input((16, 16, 3))
        x = keras.layers.BatchNormalization()(keras.layers.Conv2D(4, 3, padding="same")(features))
        encoder_index, decoder_index = layers.HolisticIndexBlock()(x)
        x = layers.IndexedUpsampling()(layers.IndexedPooling()(x, encoder_index), decoder_index)
        model = keras.Model(features, keras.layers.Conv2D(1, 1)(x))
        synchronize_batch_norm(model)
        model.compile(keras.optimizers.SGD(0.1), losses.MattingLoss())
        rng = np.random.default_rng(0)
        model.fit(rng.random((4, 16, 16, 3)), rng.random((4, 16, 16, 8)), batch_size=4, epochs=2, verbose=0)
    return model.get_weights()


for one, two in zip(trained_weights(1), trained_weights(2), strict=True):
    np.testing.assert_allclose(one, two, rtol=1e-5, atol=1e-6)
"""


@pytest.mark.slow
def test_a_small_model_trains_on_two_devices_of_jax_as_on_one():
    pytest.importorskip("jax")
    environment = {
        **os.environ,
        "KERAS_BACKEND": "jax",
        "JAX_PLATFORMS": "cpu",
        **JAX_CACHE,
        "XLA_FLAGS": "--xla_force_host_platform_device_count=2",
    }
    arguments = [sys.executable, "-c", RUN_A_SMALL_MODEL]
    result = subprocess.run(arguments, env=environment, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr[-3000:]


def test_devices_that_are_not_there_are_refused():
    with pytest.raises(ValueError, match="not 64|not on torch"), data_parallel(64):
        pass
