"""Time and memory of networks, and of the operators of their files."""

import importlib
import inspect

import keras
import numpy as np
import pytest

from keras_indexnet import layers, profiling
from keras_indexnet.cli.group import main

pytestmark = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="TensorFlow exports")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A small network with an index block, as .keras and as TFLite of 64 x 96 pixels and of free size."""
    folder = tmp_path_factory.mktemp("files")
    photograph = keras.Input((None, None, 4))
    x = keras.layers.Conv2D(8, 3, padding="same", activation="relu", name="first")(photograph)
    encoder_index, decoder_index = layers.DepthwiseIndexBlock()(x)
    x = layers.IndexedUpsampling()(layers.IndexedPooling()(x, encoder_index), decoder_index)
    model = keras.Model(photograph, keras.layers.Conv2D(1, 1, name="last")(x))
    model.save(folder / "network.keras")
    for name, size in (("fixed", (64, 96)), ("free", (None, None))):
        spec = keras.InputSpec(shape=(1, *size, 4), dtype="float32")
        path = folder / f"{name}.tflite"
        model.export(path, format="litert", verbose=False, input_signature=[spec])
    return folder


def test_the_operators_of_a_file_carry_its_multiply_adds(files):
    times = profiling.operator_times(files / "fixed.tflite", runs=1)
    convolutions = [operator for operator in times if operator.kind == "CONV_2D"]
    first, last = convolutions[0], convolutions[-1]
    assert (first.output_shape, last.output_shape) == ((1, 64, 96, 8), (1, 64, 96, 1))
    assert first.multiply_adds == 64 * 96 * 8 * 3 * 3 * 4
    assert last.multiply_adds == 64 * 96 * 8
    assert all(operator.seconds > 0.0 for operator in times)
    assert "first" in first.layer


def test_every_operator_of_a_file_is_timed(files):
    from keras_indexnet.export import open_exported

    runtime = open_exported(files / "fixed.tflite")
    counted = runtime.operators()
    counted.pop("DELEGATE", None)
    timed = profiling.operator_times(files / "fixed.tflite", runs=1)
    assert len(timed) == sum(counted.values())


def test_an_exported_file_is_measured_without_keras(files):
    light = profiling.measure(files / "fixed.tflite", (64, 96), runs=3)
    heavy = profiling.measure(files / "network.keras", (64, 96), runs=3)
    assert len(light.seconds) == len(heavy.seconds) == 3
    assert light.peak_bytes < 0.5 * heavy.peak_bytes  # Keras brings TensorFlow along
    assert np.isfinite(light.median) and light.median < heavy.median


class Idle:
    """A runtime of one's own, which does nothing."""

    def __init__(self, path, threads):
        del path, threads

    def run(self, inputs):
        assert inputs.shape == (1, 64, 96, 4)


def test_a_file_is_measured_in_another_runtime(files, tmp_path, monkeypatch):
    (tmp_path / "idle.py").write_text(inspect.getsource(Idle))
    monkeypatch.syspath_prepend(tmp_path)
    idle = importlib.import_module("idle").Idle
    measured = profiling.measure(files / "fixed.tflite", (64, 96), runs=3, runtime=idle)
    usual = profiling.measure(files / "fixed.tflite", (64, 96), runs=3)
    assert len(measured.seconds) == 3 and measured.median < 0.1 * usual.median


def test_the_command_prints_times_and_operators(files, capsys):
    main(["benchmark", str(files / "fixed.tflite"), "--runs", "2", "--operators", "3"])
    lines = capsys.readouterr().out.splitlines()
    assert "at 64 x 96, 2 threads" in lines[0] and "MiB at most" in lines[0]
    assert lines[1].split()[:3] == ["ms", "share", "GMAC/s"]
    assert len(lines) == 2 + 3 + 1


def test_operators_of_a_free_size_have_no_shapes(files, capsys):
    main(["benchmark", str(files / "free.tflite"), "--size", "64", "--runs", "1"])
    assert len(capsys.readouterr().out.splitlines()) == 1
    with pytest.raises(ValueError, match="is of free size"):
        profiling.operator_times(files / "free.tflite")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["nothing.tflite"],
            "nothing.tflite is neither a file nor one of ['indexnet_base', 'indexnet_light', 'indexnet_mini']",
        ),
        (["{files}/fixed.tflite", "--size", "12by5"], "such as 512x384, of 1 to"),
        (["{files}/network.keras", "--size", "31"], "does not run at 31 x 31"),
        (["{files}/fixed.tflite", "--runs", "0"], "--runs"),
    ],
)
def test_bad_input_ends_with_one_sentence(files, capsys, arguments, message):
    with pytest.raises(SystemExit) as stopped:
        main(["benchmark", *(argument.format(files=files) for argument in arguments)])
    error = capsys.readouterr().err
    assert stopped.value.code == (2 if "Usage: " in error else 1)
    said = [line for line in error.splitlines() if line.startswith("Error: ")]
    assert len(said) == 1 and message in said[0]


def test_a_file_that_is_no_network_is_named(tmp_path):
    path = tmp_path / "broken.tflite"
    path.write_bytes(b"no network at all")
    with pytest.raises(RuntimeError, match="broken.tflite does not run at 32 x 32: "):
        profiling.measure(path, (32, 32))
