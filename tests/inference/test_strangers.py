"""Models that come from strangers: data is opened and run, or refused in a sentence; a program is not run."""

import importlib
import shlex
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import keras
import numpy as np
import pytest
from strange_models import keras_file, onnx, saved_model, share_of_red, tflite

from keras_indexnet import inference, profiling
from keras_indexnet.cli import main
from keras_indexnet.data import drawn_photograph, write_image
from keras_indexnet.export import export_model, open_exported
from keras_indexnet.export.savedmodel_operators import operators_beyond_computing

pytestmark = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="SavedModels are TensorFlow's")

DRAWN = drawn_photograph(0, 64, "hair")


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    write_image("photo.png", DRAWN.image)
    write_image("trimap.png", DRAWN.trimap)
    Path("secret").write_text("secret")
    return tmp_path


def test_a_model_of_several_outputs_is_named():
    pixels = keras.Input((None, None, 4))
    several = keras.Model(pixels, [pixels[..., :1], pixels[..., :2]])
    with pytest.raises(ValueError, match="gives a list for an input of"):
        inference.predict_alpha(several, DRAWN.image, DRAWN.trimap)


def copies(inputs):
    import tensorflow as tf

    with tf.control_dependencies([tf.io.write_file("stolen", tf.io.read_file("secret"))]):
        return tf.identity(inputs[..., :1])


def copies_in_a_loop(inputs):
    import tensorflow as tf

    def body(step, alpha):
        return step + 1, tf.cond(alpha[0, 0, 0, 0] < -1, lambda: alpha, lambda: copies(alpha))

    return tf.while_loop(lambda step, _: step < 1, body, [tf.constant(0), inputs[..., :1]])[1]


def prints(inputs):
    import tensorflow as tf

    with tf.control_dependencies([tf.print("secret", output_stream="file://stolen")]):
        return tf.identity(inputs[..., :1])


def saves(inputs):
    import tensorflow as tf

    saved = tf.raw_ops.SaveV2(
        prefix="stolen", tensor_names=["a"], shape_and_slices=[""], tensors=[inputs[0, 0, 0]]
    )
    with tf.control_dependencies([saved]):
        return tf.identity(inputs[..., :1])


def calls_python(inputs):
    import tensorflow as tf

    return tf.py_function(lambda alpha: Path("stolen").touch() or alpha, [inputs[..., :1]], tf.float32)


def reads_when_loaded():
    import tensorflow as tf

    line, number = tf.lookup.TextFileIndex.WHOLE_LINE, tf.lookup.TextFileIndex.LINE_NUMBER
    lines = tf.lookup.TextFileInitializer("secret", tf.string, line, tf.int64, number)
    return tf.lookup.StaticHashTable(lines, default_value=-1)


# name: what the SavedModel calls, what it does when it is loaded, what is found in it
PROGRAMS = {
    "files": (copies, None, "ReadFile, WriteFile"),
    "files in a loop": (copies_in_a_loop, None, "ReadFile, WriteFile"),
    "a file printed to": (prints, None, "PrintV2"),
    "a checkpoint": (saves, None, "SaveV2"),
    "Python": (calls_python, None, "EagerPyFunc"),
    "a file when it is loaded": (share_of_red, reads_when_loaded, "InitializeTableFromTextFileV2"),
}


@pytest.mark.parametrize(("call", "loading", "found"), PROGRAMS.values(), ids=PROGRAMS)
def test_a_savedmodel_is_not_run_and_what_it_might_do_is_named(workplace, call, loading, found):
    saved_model("model", call, loading)
    named = rf"^model is a SavedModel, a program .* \(its graph holds .*{found}.*\): .* with trust=True\.$"
    for opened in (inference.open_model, open_exported, lambda path: profiling.measure(path, (32, 32))):
        with pytest.raises(ValueError, match=named):
            opened("model")
    assert not [*Path().glob("stolen*")]


def test_a_trusted_savedmodel_is_run(workplace):
    """Or that nothing was written in the test above would prove nothing."""
    saved_model("model", copies)
    inference.predict_alpha(inference.open_model("model", trust=True), DRAWN.image, DRAWN.trimap)
    assert Path("stolen").read_text() == "secret"


@pytest.mark.parametrize(
    "command", ["matte photo.png trimap.png -o out", "benchmark", "serve --port 0 --no-open"]
)
def test_every_command_that_opens_a_savedmodel_wants_to_be_told(workplace, capsys, command):
    saved_model("model", copies)
    named = "model" if command == "benchmark" else "--weights model"
    with pytest.raises(SystemExit):
        main(shlex.split(f"{command} {named}"))
    said = capsys.readouterr().err
    assert said.startswith("Error: model is a SavedModel, a program") and "open it with --trust" in said
    assert said.count("\n") == 1 and not Path("out").exists() and not Path("stolen").exists()


def test_in_a_savedmodel_of_ours_nothing_but_computing_is_found_and_it_runs_when_trusted(workplace):
    pixels = keras.Input((None, None, 4))
    x = keras.layers.UpSampling2D()(keras.layers.MaxPooling2D()(pixels))
    x = keras.layers.BatchNormalization()(keras.layers.DepthwiseConv2D(3, padding="same")(x))
    network = keras.Model(pixels, keras.layers.Conv2D(1, 1, activation="sigmoid")(keras.layers.Dropout(0.1)(x)))
    export_model(network, "model", "savedmodel", input_size=(64, 64))
    assert operators_beyond_computing("model") == []
    with pytest.raises(ValueError, match=r"a program that can read and write your files: if you trust"):
        inference.open_model("model")
    main(shlex.split("matte photo.png trimap.png -o out --weights model --trust --no-polish"))
    assert Path("out/photo_alpha.png").is_file()


STRANGER = (
    "from pathlib import Path\nPath('executed').touch()\ndef system(*args, **options): pass\nPopen = system\n"
)
EXECUTES = {"module": "stranger", "class_name": "Popen", "config": {}, "registered_name": "stranger>Popen"}
FUNCTION = {"module": "stranger", "class_name": "function", "config": "system", "registered_name": "system"}
SHELL = {"module": "subprocess", "class_name": "Popen", "registered_name": "Popen"}
SHELL |= {"config": {"args": "touch executed", "shell": True}}
SYSTEM = {"module": "os", "class_name": "function", "config": "system", "registered_name": "system"}


def layer_of(config):
    return config["config"]["layers"][1]


def with_lambda(config):
    executes = keras.layers.Lambda(lambda inputs: (__import__("pathlib").Path("executed").touch(), inputs)[1])
    stored = keras.saving.serialize_keras_object(executes)
    layer_of(config).update({key: stored[key] for key in ("module", "class_name", "config", "registered_name")})
    layer_of(config)["config"]["name"] = layer_of(config)["name"]


CONFIGS = {
    "the model": lambda config: config.update(EXECUTES),
    "a layer": lambda config: layer_of(config).update(EXECUTES),
    "an activation": lambda config: layer_of(config)["config"].update(activation=FUNCTION),
    "an activation of the system": lambda config: layer_of(config)["config"].update(activation=SYSTEM),
    "an initializer": lambda config: layer_of(config)["config"].update(kernel_initializer=SHELL),
    "a precision": lambda config: layer_of(config)["config"].update(dtype=EXECUTES),
    "a lambda": with_lambda,
}


@pytest.mark.parametrize("change", CONFIGS.values(), ids=CONFIGS)
def test_a_keras_file_executes_nothing_that_it_names(workplace, change):
    Path("stranger.py").write_text(STRANGER)
    keras_file(workplace / "network.keras", change)
    with pytest.raises(ValueError, match=r"^network.keras cannot be opened: it (is damaged|holds Python code)"):
        inference.open_model("network.keras")
    assert "stranger" not in sys.modules and not Path("executed").exists()


def test_the_code_of_a_keras_file_would_have_been_executed(workplace):
    """Or the test above would prove nothing."""
    Path("stranger.py").write_text(STRANGER)
    importlib.import_module("stranger")
    del sys.modules["stranger"]
    assert Path("executed").exists()
    Path("executed").unlink()
    keras_file(workplace / "network.keras", with_lambda)
    unsafe = keras.saving.load_model("network.keras", compile=False, safe_mode=False)
    unsafe(np.zeros((1, 8, 8, 4), np.float32))
    assert Path("executed").exists()


def crossed_sizes(path):
    """A network whose two branches meet in one size only where the input's is a multiple of 3."""
    pixels = keras.Input((None, None, 4))
    thirds = keras.layers.UpSampling2D(3)(keras.layers.MaxPooling2D(3)(pixels))
    keras.Model(pixels, keras.layers.Conv2D(1, 1)(thirds + pixels)).save(path)


def half_as_large(path):
    pixels = keras.Input((None, None, 4))
    keras.Model(pixels, keras.layers.Conv2D(1, 3, strides=2, padding="same")(pixels)).save(path)


def of_49_pixels(inputs):
    import tensorflow as tf

    return tf.reshape(inputs[..., :1], (1, 7, 7, 1)) + 0.0 * inputs[..., :1]


def of_whole_numbers(inputs):
    import tensorflow as tf

    return tf.cast(inputs[..., :1], tf.float32)


OTHERS = "is no matting network: one takes and gives float32, this one takes"
# name of the file: how it is made, what is said of it
FAILING = {
    "half.onnx": (lambda path: onnx(path, "FLOAT16"), f"{OTHERS} float16 and gives float16"),
    "double.onnx": (lambda path: onnx(path, "DOUBLE"), f"{OTHERS} float64 and gives float64"),
    "bytes.onnx": (lambda path: onnx(path, "UINT8"), f"{OTHERS} uint8 and gives uint8"),
    "bytes.tflite": (lambda path: tflite(path, of_whole_numbers, "uint8"), f"{OTHERS} uint8 and gives float32"),
    "reshaped.onnx": (
        lambda path: onnx(path, shape=[1, 7, 7, 1]),
        r"The model does not run on an input of \(1, 64, 64, 4\): .*cannot be reshaped",
    ),
    "reshaped.tflite": (
        lambda path: tflite(path, of_49_pixels),
        r"The model does not run on an input of \(1, 64, 64, 4\): .",
    ),
    "reshaped": (
        lambda path: saved_model(path, of_49_pixels),
        r"The model does not run on an input of \(1, 64, 64, 4\): .*requested shape has 49",
    ),
    "crossed.keras": (crossed_sizes, r"The model does not run on an input of \(1, 64, 64, 4\): ."),
    "turned.onnx": (
        lambda path: onnx(path, shape=[1, 32, -1, 1]),
        r"The model gives \(1, 32, 128, 1\) for an input of \(1, 64, 64, 4\); .* would give \(1, 64, 64, 1\)",
    ),
    "smaller.keras": (half_as_large, r"The model gives \(1, 32, 32, 1\) for an input of \(1, 64, 64, 4\)"),
}


@pytest.mark.parametrize(("name", "make", "said"), [(name, *row) for name, row in FAILING.items()], ids=FAILING)
def test_a_model_that_cannot_run_is_one_sentence(workplace, capfd, name, make, said):
    make(workplace / name)
    with pytest.raises(ValueError, match=said):
        inference.predict_alpha(inference.open_model(name, trust=True), DRAWN.image, DRAWN.trimap)
    capfd.readouterr()
    with pytest.raises(SystemExit):
        main(shlex.split(f"matte photo.png trimap.png -o out --weights {name} --trust"))
    told = capfd.readouterr().err  # and in this process, whose TensorFlow is not silent, what that tells
    assert told.count("Error: ") == 1 and told.splitlines()[-1].startswith("Error: ")
    assert "Traceback" not in told and not Path("out").exists()


def test_an_error_of_a_function_is_its_own():
    def fails(inputs, training):
        raise KeyError("weights")

    with pytest.raises(KeyError, match="weights"):
        inference.predict_alpha(fails, DRAWN.image, DRAWN.trimap)


@pytest.mark.parametrize("suffix", ["tflite", "onnx"])
def test_threads_may_share_a_model(workplace, suffix):
    path = workplace / f"red.{suffix}"
    tflite(path, share_of_red) if suffix == "tflite" else onnx(path)
    model = inference.open_model(path)
    photographs = [drawn_photograph(seed, 64 + 32 * seed, "hair") for seed in range(4)] * 10

    def alpha_of(photograph):
        return inference.predict_alpha(model, photograph.image, photograph.trimap)

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(alpha_of, photographs))
    for photograph, alpha in zip(photographs, found, strict=True):
        np.testing.assert_array_equal(alpha, alpha_of(photograph))
