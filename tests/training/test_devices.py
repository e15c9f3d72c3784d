"""One batch on several devices, in one process and in two: the same step, and nothing is written twice."""

import os
import re
import signal
import socket
import subprocess
import sys
import time

import keras
import numpy as np
import pytest

from keras_indexnet import data, training
from keras_indexnet.backend import PROCESSES
from keras_indexnet.errors import BackendError
from keras_indexnet.training.checkpoint import read_checkpoint, read_progress
from keras_indexnet.training.devices import join_processes, part_of_processes

# Two steps with batch normalisation on what is composed on the devices; keeps weights, statistics and the loss.
STEPS = """
import sys

import keras
import numpy as np

devices, output = int(sys.argv[1]), sys.argv[2]
if keras.backend.backend() == "tensorflow":
    import tensorflow as tf

    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 4)

from keras_indexnet import data, losses, training
from keras_indexnet.training import devices as parallel

keras.utils.set_random_seed(0)
parallel.join_processes()
bank = data.SampleBank(
    [data.ProceduralForegrounds(count=2, size=64)], data.ProceduralBackgrounds(count=2, size=64), side=64
)
with parallel.data_parallel(devices):
    inputs = keras.Input((64, 64, 4))
    x = keras.layers.Conv2D(4, 3, padding="same")(keras.layers.Rescaling(1 / 255)(inputs))
    x = keras.layers.BatchNormalization(momentum=0.5)(x)
    network = keras.Model(inputs, keras.layers.Conv2D(1, 1, activation="sigmoid")(x))
    parallel.synchronize_batch_norm(network)
    model = training.ComposedTraining(network, data.SampleComposer(bank, "real", size=64))
    model.compile(keras.optimizers.SGD(0.1), losses.MattingLoss())
    numbers = training.SampleNumbers(8, 2, parallel.part_of_processes())
    print("numbers", *numbers[0], *numbers[1])
    loss = model.fit(numbers, verbose=0, shuffle=False).history["loss"]
    np.savez(output, *network.get_weights(), loss)
"""
CONFIG = """
from dataclasses import replace

from keras_indexnet import data, training

settings = replace(
    training.SETTINGS["budget"],
    configuration="hin_linear",
    network_options={"width": 0.35},
    encoder_weights=None,
    freeze_batch_norm=False,
    compose_on="device",
    recipe=data.PAPER,
    procedural_count=2,
    square_side=64,
    size=32,
    batch_size=4,
    minutes=None,
    steps=400,
    epoch_steps=2,
    workers=1,
)
"""


def environment(backend, devices, index=None, port=None):
    """The variables of a process with so many CPU devices that is one of two, or the only one."""
    together = {
        "KERAS_DISTRIBUTION_JOB_ADDRESSES": f"127.0.0.1:{port}",
        PROCESSES: "2",
        "KERAS_DISTRIBUTION_PROCESS_ID": str(index),
    }
    flags = f"--xla_force_host_platform_device_count={devices} --xla_backend_optimization_level=0"
    return {
        **os.environ,
        **({} if index is None else together),
        "KERAS_BACKEND": backend,
        "JAX_PLATFORMS": "cpu",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "XLA_FLAGS": f"{flags} --xla_cpu_use_fusion_emitters=false",
    }


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def started(arguments, **variables):
    return subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        env=environment(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process, timeout=600):
    said, errors = process.communicate(timeout=timeout)
    assert process.returncode == 0, errors[-3000:]
    return said


def check_same_steps(one, other):
    with np.load(one) as ours, np.load(other) as theirs:
        assert len(ours.files) == len(theirs.files) == 9
        for name in ours.files:
            np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-5, atol=1e-5)


@pytest.mark.matrix
@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_a_batch_on_several_devices_is_the_same_step(tmp_path, backend):
    pytest.importorskip(backend)
    for devices in (1, 2, 4):
        ended(started(["-c", STEPS, devices, tmp_path / f"{devices}.npz"], backend=backend, devices=4))
    check_same_steps(tmp_path / "1.npz", tmp_path / "2.npz")
    check_same_steps(tmp_path / "1.npz", tmp_path / "4.npz")


@pytest.mark.matrix
def test_a_batch_in_two_processes_is_the_same_step(tmp_path):
    """Each has two devices, and composes samples of its own."""
    pytest.importorskip("jax")
    ended(started(["-c", STEPS, 1, tmp_path / "one.npz"], backend="jax", devices=1))
    port = free_port()
    both = [
        started(["-c", STEPS, 4, tmp_path / f"{index}.npz"], backend="jax", devices=2, index=index, port=port)
        for index in range(2)
    ]
    numbers = [re.search("numbers (.*)", ended(process))[1] for process in both]
    assert numbers == ["0 1 2 3 8 9 10 11", "4 5 6 7 12 13 14 15"]
    for index in range(2):
        check_same_steps(tmp_path / "one.npz", tmp_path / f"{index}.npz")


@pytest.mark.matrix
@pytest.mark.parametrize(
    ("killed", "number"), [(1, signal.SIGKILL), (0, signal.SIGKILL), (1, signal.SIGTERM), (0, signal.SIGTERM)]
)
def test_when_one_of_two_processes_ends_the_other_one_says_so_and_the_run_goes_on(tmp_path, killed, number):
    """On another number of devices. The second process, whichever it is, writes nothing."""
    pytest.importorskip("jax")
    (tmp_path / "config.py").write_text(CONFIG)
    run = ["-m", "keras_indexnet", "train", "--config", tmp_path / "config.py"]
    folders, port = [tmp_path / "run", tmp_path / "nothing"], free_port()
    both = [
        started([*run, "--devices", 2, "--output", folder], backend="jax", devices=1, index=index, port=port)
        for index, folder in enumerate(folders)
    ]
    try:
        checkpoint = training.RunFolder(folders[0]).checkpoint
        deadline = time.monotonic() + 1500
        while (read_progress(checkpoint) or {"epochs_done": 0})["epochs_done"] < 2:
            assert time.monotonic() < deadline and both[0].poll() is both[1].poll() is None
            time.sleep(0.2)
        both[killed].send_signal(number)
        _, errors = both[1 - killed].communicate(timeout=400)
        _, last_words = both[killed].communicate(timeout=60)
    finally:
        for process in both:
            process.kill()
            process.communicate()
    if number != signal.SIGKILL:
        assert both[killed].returncode == 1
        assert last_words.endswith("Error: Stopped; --resume goes on after the last epoch in the log.\n")
    assert both[1 - killed].returncode == 1
    sentences = [line for line in errors.splitlines() if line.startswith("Error: ")]
    assert len(sentences) == 1, errors[-3000:]
    assert sentences[0].startswith("Error: Another process of this training has ended; start all of them")
    assert "stack trace" not in errors and "Traceback" not in errors
    assert not folders[1].exists()

    done = read_progress(checkpoint)["epochs_done"]
    steps = 2 * (done + 2)
    said = ended(
        started(
            [
                "-m",
                "keras_indexnet",
                "train",
                "--resume",
                "--output",
                folders[0],
                "--devices",
                1,
                "--steps",
                steps,
            ],
            backend="jax",
            devices=1,
        )
    )
    assert f"on from epoch {done}" in said
    states, _, progress = read_checkpoint(checkpoint)
    assert progress["epochs_done"] == done + 2 and all(np.isfinite(state).all() for state in states)


def test_the_parts_of_processes_are_the_batch():
    drawn = data.ProceduralForegrounds(count=2, size=64), data.ProceduralBackgrounds(count=2, size=64)

    def sequence(part):
        return data.MattingSequence([drawn[0]], drawn[1], batch_size=4, steps=2, size=32, part=part)

    for made in (lambda part: training.SampleNumbers(4, 2, part)[1], lambda part: sequence(part)[1][0]):
        np.testing.assert_array_equal(np.concatenate([made((0, 2)), made((1, 2))]), made((0, 1)))
        with pytest.raises(ValueError, match="A batch of 4 samples cannot be divided into 3 equal parts"):
            made((0, 3))
        with pytest.raises(ValueError, match="its number, from 0 on, and how many there are, not 2 and 2"):
            made((2, 2))


def test_processes_train_together_on_jax_alone(monkeypatch):
    join_processes()  # nothing says that there are others
    assert part_of_processes() == (0, 1)
    monkeypatch.setenv(PROCESSES, "2")
    if keras.backend.backend() != "jax":
        with pytest.raises(
            BackendError, match="Several processes train together on JAX; set KERAS_BACKEND=jax"
        ):
            join_processes()
