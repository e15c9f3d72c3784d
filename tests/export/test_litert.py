"""LiteRT's two ways to run a file: the one of less memory gives the very values of the other."""

import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from keras_indexnet import data, predict_alpha
from keras_indexnet.export import export_model, open_exported
from keras_indexnet.export.runtimes import LiteRT
from keras_indexnet.models import MattingNetwork, list_presets

SAMPLES = Path(__file__).parents[2] / "datasets" / "samples"

pytestmark = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="export is TensorFlow's")


def pixels(shape):
    return np.random.default_rng(0).uniform(0.0, 255.0, shape).astype(np.float32)


def by_interpreter(path, inputs):
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(path), num_threads=2)
    (entry,), (output,) = interpreter.get_input_details(), interpreter.get_output_details()
    interpreter.resize_tensor_input(entry["index"], inputs.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(entry["index"], inputs)
    interpreter.invoke()
    return interpreter.get_tensor(output["index"])


def test_a_file_of_fixed_size_is_compiled_and_gives_the_interpreters_values(exported):
    path, _ = exported("tflite", (64, 96))
    runtime = open_exported(path)
    assert runtime.compiled is not None
    inputs = pixels((1, 64, 96, 4))
    first = runtime.run(inputs)
    np.testing.assert_array_equal(first, by_interpreter(path, inputs))
    kept = first.copy()
    runtime.run(255.0 - inputs)
    np.testing.assert_array_equal(first, kept)  # no view of the buffer that the next run writes into
    transposed = np.asfortranarray(inputs)
    np.testing.assert_array_equal(runtime.run(transposed), kept)


@pytest.mark.slow
def test_a_file_of_free_size_is_interpreted(exported):
    path, _ = exported("tflite")
    runtime = open_exported(path)
    assert runtime.compiled is None
    for shape in ((1, 64, 96, 4), (2, 32, 32, 4)):
        np.testing.assert_array_equal(runtime.run(pixels(shape)), by_interpreter(path, pixels(shape)))


@pytest.mark.matrix
@pytest.mark.parametrize("quantization", ["float16", "dynamic", "int8"])
def test_quantized_files_are_compiled_with_the_interpreters_values(tmp_path, quantization):
    path = tmp_path / "matting.tflite"
    network = MattingNetwork.from_preset("indexnet_base")
    export_model(network, path, quantization=quantization, input_size=(64, 96))
    runtime = open_exported(path)
    assert runtime.compiled is not None
    inputs = pixels((1, 64, 96, 4))
    np.testing.assert_array_equal(runtime.run(inputs), by_interpreter(path, inputs))


PEAK = """
import runpy, sys
from pathlib import Path
import numpy as np

runtime = runpy.run_path(sys.argv[1])["LiteRT"](sys.argv[2], 2)
if sys.argv[3] == "interpreter":
    runtime.compiled = None
(entry,) = runtime.inputs().values()
runtime.run(np.zeros(entry["shape"], np.float32))
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(int(status["VmHWM"].split()[0]))
"""


def run_in_a_process(path, way):
    from keras_indexnet.export.runtimes import litert

    return subprocess.run(
        [sys.executable, "-c", PEAK, litert.__file__, path, way], capture_output=True, text=True, check=True
    )


def test_it_says_nothing_of_accelerators(exported):
    path, _ = exported("tflite", (64, 96))
    assert run_in_a_process(path, "compiled").stderr == ""


@pytest.mark.matrix
def test_it_takes_two_thirds_of_the_memory(small_network, tmp_path):
    path = tmp_path / "matting.tflite"
    export_model(small_network, path, input_size=(512, 768))
    peaks = [int(run_in_a_process(path, way).stdout) for way in ("compiled", "interpreter")]
    assert peaks[0] < 0.67 * peaks[1], peaks


def is_computed_in_half(path):
    if not LiteRT(path, threads=2, half=True).can_run():
        pytest.skip("this chip has no 16-bit arithmetic")
    return True


@pytest.mark.matrix
@pytest.mark.parametrize("name", list_presets())
def test_a_photograph_in_16_bit_arithmetic(tmp_path, name):
    """Every tensor is rounded to float16, as on a phone."""
    path = tmp_path / "matting.tflite"
    network = MattingNetwork.from_preset(name)
    report = export_model(network, path, quantization="float16", input_size=(64, 96))
    assert is_computed_in_half(path)
    assert b"fp16accfp16" in path.read_bytes()  # which LiteRT looks for
    assert 0 < report.half_difference < 0.02 and report.half_sad < 1.05 * report.sad_of_keras
    image, trimap = (
        data.read_image(SAMPLES / "chelsea.png")[:256, :384],
        data.read_gray(SAMPLES / "chelsea_trimap.png")[:256, :384],
    )
    exact, half = (predict_alpha(LiteRT(path, 2, half), image, trimap) for half in (False, True))
    unknown = trimap == 128
    assert 0 < np.abs(half - exact)[unknown].mean() < 0.01


def test_numbers_that_16_bits_cannot_hold_are_found(tmp_path):
    inputs = keras.Input((16, 16, 3))
    x = keras.layers.Conv2D(32, 3, kernel_initializer=keras.initializers.Constant(1e3))(inputs)
    x = keras.layers.Conv2D(2, 3, kernel_initializer=keras.initializers.Constant(1e-7))(x)
    model = keras.Model(inputs, x)
    assert is_computed_in_half(export_model(model, tmp_path / "exact.tflite", input_size=(16, 16)).path)
    with pytest.raises(ValueError, match="In 16-bit arithmetic, as on phones, a float16 file .* above 65,504"):
        export_model(model, tmp_path / "half.tflite", quantization="float16", input_size=(16, 16))
    assert not (tmp_path / "half.tflite").exists()
