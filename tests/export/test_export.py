"""Exported files: equal to Keras in their own runtimes, whole or not there, refused with one sentence."""

import json
import subprocess
import sys

import cv2
import keras
import numpy as np
import pytest
from keras import ops

from keras_indexnet import inference, layers, models
from keras_indexnet.cli.group import main
from keras_indexnet.data import (
    Photograph,
    drawn_photograph,
    read_gray,
    read_image,
    read_photographs,
    write_image,
)
from keras_indexnet.export import export_model, open_exported

pytestmark = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="export is TensorFlow's")

NAMES = {"tflite": "matting.tflite", "onnx": "matting.onnx", "savedmodel": "matting"}


@pytest.fixture(scope="module")
def network():
    return models.matting_model("m2o_nonlinear_context", weights="indexnet_base")


@pytest.fixture(scope="module")
def photograph(request):
    samples = request.config.rootpath / "datasets" / "samples"
    trimap = read_gray(samples / "astronaut_trimap.png")
    return Photograph("astronaut", read_image(samples / "astronaut.jpg"), trimap, trimap)


def batch(shape):
    drawn = drawn_photograph(size=max(shape[1:]))
    pixels = np.dstack([drawn.image, drawn.trimap])[: shape[1], : shape[2]]
    return np.repeat(pixels[np.newaxis], shape[0], axis=0).astype(np.float32)


def alpha_of_keras(network, inputs):
    return np.clip(ops.convert_to_numpy(network(inputs, training=False)), 0, 1)


@pytest.mark.slow
@pytest.mark.parametrize("format", NAMES)
def test_one_file_of_free_size_and_batch_gives_the_alpha_of_keras(exported, small_network, format):
    path, report = exported(format)
    assert report.largest_difference <= 1e-4
    assert report.inputs["image_and_trimap"]["shape"] == [None, None, None, 4]
    runtime = open_exported(path, trust=True)
    for shape in ((1, 160, 160), (2, 256, 192)):
        inputs = batch(shape)
        expected = alpha_of_keras(small_network, inputs)
        assert expected.std() > 1e-3
        np.testing.assert_allclose(runtime.run(inputs), expected, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("format", NAMES)
def test_a_file_says_what_it_takes_and_the_report_what_it_does(exported, small_network, format):
    size = None if format == "savedmodel" else (96, 128)  # test_a_users_model_... has one of fixed size
    path, report = exported(format, size)
    assert sorted(entry.name for entry in path.parent.iterdir()) == [path.name, f"{path.name}.report.json"]
    written = json.loads(path.with_name(f"{path.name}.report.json").read_text())
    assert written["largest_difference"] == report.largest_difference <= 1e-4
    shape = [1, *size] if size else [None] * 3
    assert written["inputs"] == {"image_and_trimap": {"dtype": "float32", "shape": [*shape, 4]}}
    assert written["outputs"] == {"alpha": {"dtype": "float32", "shape": [*shape, 1]}}
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    assert written["size_bytes"] == sum(file.stat().st_size for file in files)
    assert sum(written["operators"].values()) > 50
    assert written["sad"] == pytest.approx(written["sad_of_keras"], abs=1e-3)
    assert {name.lower() for name in written["operators"]} >= {"sigmoid" if format != "tflite" else "logistic"}
    assert written["flex_operators"] == (0 if format == "tflite" else None)
    about = read_metadata(path, format)
    assert about["name"] == small_network.name
    assert about["input"].startswith("red, green, blue, trimap; 0 to 255")


def read_metadata(path, format):
    if format == "onnx":
        import onnxruntime

        return onnxruntime.InferenceSession(str(path)).get_modelmeta().custom_metadata_map
    if format == "savedmodel":
        return json.loads((path / "assets.extra" / "keras_indexnet.json").read_text())
    from ai_edge_litert.tools import flatbuffer_utils

    model = flatbuffer_utils.read_model(str(path))
    (entry,) = (entry for entry in model.metadata if entry.name == b"keras_indexnet")
    return json.loads(bytes(model.buffers[entry.buffer].data))


@pytest.mark.slow
@pytest.mark.parametrize("input_size", [(256, 384), pytest.param((320, 320), marks=pytest.mark.matrix)])
def test_tflite_gives_the_alpha_of_keras_on_a_photograph(tmp_path, network, photograph, input_size):
    path = tmp_path / "matting.tflite"
    report = export_model(network, path, input_size=input_size, photographs=[photograph])
    assert report.largest_difference <= 1e-4
    assert report.compared_on == ("astronaut",)
    assert (report.delegate_partitions, report.flex_operators) == (1, 0)


@pytest.mark.matrix
def test_a_file_in_float16_is_smaller_and_keeps_its_bounds(tmp_path, network, photograph):
    path = tmp_path / "matting.tflite"
    report = export_model(network, path, "tflite", "float16", (128, 128), photographs=[photograph])
    assert report.largest_difference <= 2e-2
    assert 0 < report.mean_difference <= 2e-3
    assert report.size_bytes < 0.53 * 4 * network.count_params()


@pytest.mark.slow
@pytest.mark.parametrize("preset", ["indexnet_base", pytest.param("indexnet_light", marks=pytest.mark.matrix)])
def test_presets_in_8_bits_are_smaller_and_keep_their_bounds_on_real_photographs(tmp_path, shared, preset):
    """Drawn photographs and the astronaut hide errors that these show."""
    photographs = [p for p in read_photographs(shared / "data" / "alphamatting") if p.name in ("GT09", "GT13")]
    network = models.MattingNetwork.from_preset(preset)
    path = tmp_path / "matting.tflite"
    report = export_model(network, path, "tflite", "dynamic", (512, 512), photographs=photographs)
    assert report.compared_on == ("GT09", "GT13")
    assert report.largest_difference <= 2e-2
    assert 0 < report.mean_difference <= 2e-3
    assert report.size_bytes < 0.45 * 4 * network.count_params()


@pytest.mark.slow
@pytest.mark.parametrize("number", [4, pytest.param(None, marks=pytest.mark.matrix)])
def test_8_bits_keep_the_sad_of_real_photographs(tmp_path, network, shared, number):
    """Calibrated on drawn photographs only."""
    photographs = read_photographs(shared / "data" / "alphamatting")[:number]
    report = export_model(network, tmp_path / "a.tflite", "tflite", "int8", (256, 256), photographs=photographs)
    assert report.delegate_partitions == 1
    assert report.compared_on == tuple(photographs.names)
    assert report.sad <= 1.05 * report.sad_of_keras
    assert report.size_bytes < 0.3 * 4 * network.count_params()


@pytest.mark.parametrize("format", ["tflite", "savedmodel"])
def test_a_users_model_of_other_channels_exports(tmp_path, format):
    inputs = keras.Input((None, None, 3), name="photograph")
    x = keras.layers.Conv2D(8, 3, padding="same", activation="relu")(inputs)
    encoder_index, decoder_index = layers.HolisticIndexBlock(nonlinear=True)(x)
    x = layers.IndexedPooling()(x, encoder_index)
    x = layers.IndexedUpsampling()(x, decoder_index)
    model = keras.Model(inputs, keras.layers.Conv2D(5, 1)(x))
    report = export_model(model, tmp_path / NAMES[format], format, input_size=(48, 50))
    assert report.inputs == {"photograph": {"dtype": "float32", "shape": [1, 48, 50, 3]}}
    pixels = np.random.default_rng(0).uniform(0, 255, (1, 48, 50, 3)).astype(np.float32)
    expected = ops.convert_to_numpy(model(pixels))
    assert np.abs(expected).max() > 1  # not clipped
    np.testing.assert_allclose(
        open_exported(tmp_path / NAMES[format], trust=True).run(pixels),
        expected,
        atol=1e-5 * np.abs(expected).max(),
    )


@pytest.mark.parametrize("format", NAMES)
def test_a_users_model_of_whole_numbers_takes_them_in_every_format(tmp_path, format):
    inputs = keras.Input((None, None, 3), dtype="uint8", name="photograph")
    model = keras.Model(inputs, keras.layers.Conv2D(2, 3)(keras.layers.Rescaling(1 / 255)(inputs)))
    report = export_model(model, tmp_path / NAMES[format], format, input_size=(32, 48))
    assert report.inputs == {"photograph": {"dtype": "uint8", "shape": [1, 32, 48, 3]}}
    pixels = np.random.default_rng(0).integers(0, 256, (1, 32, 48, 3), np.uint8)
    found = open_exported(tmp_path / NAMES[format], trust=True).run(pixels)
    np.testing.assert_allclose(found, ops.convert_to_numpy(model(pixels)), atol=1e-5)


@pytest.mark.parametrize("dtype", ["uint8", "float16"])
def test_the_file_of_a_matting_network_takes_float32_whatever_its_model_does(tmp_path, dtype):
    inputs = keras.Input((None, None, 4), dtype=dtype)
    model = keras.Model(
        inputs, keras.layers.Conv2D(1, 3, padding="same")(keras.layers.Rescaling(1 / 255)(inputs))
    )
    report = export_model(model, tmp_path / "matting.tflite", input_size=(64, 64))
    assert report.inputs["image_and_trimap"]["dtype"] == "float32"
    drawn = drawn_photograph(size=64)
    shown = drawn.image, drawn.trimap
    found = inference.predict_alpha(inference.open_model(tmp_path / "matting.tflite"), *shown)
    np.testing.assert_allclose(found, inference.predict_alpha(model, *shown), atol=1e-5)


def tiny_model(**input):
    inputs = keras.Input(**{"shape": (None, None, 4), **input})
    return keras.Model(inputs, keras.layers.Conv2D(1, 1)(inputs))


def two_inputs():
    first, second = keras.Input((32, 32, 4)), keras.Input((32, 32, 4))
    return keras.Model([first, second], keras.layers.Conv2D(1, 1)(first + second))


class Unbuilt(keras.Model):
    def call(self, inputs):
        return inputs


REFUSED = {
    "format": ({"format": "caffe"}, "format is one of tflite, onnx, savedmodel, not 'caffe'"),
    "suffix": ({"format": "onnx"}, "ends in .onnx, not in '.tflite'"),
    "folder with a suffix": ({"format": "savedmodel"}, "A SavedModel is a folder"),
    "quantization": ({"quantization": "int3"}, "quantization is None, float16, dynamic or int8"),
    "free int8": ({"quantization": "int8", "input_size": None}, "needs a fixed size"),
    "quantization of another format": (
        {"format": "onnx", "quantization": "int8"},
        "quantization 'int8' is for the format tflite, not for onnx",
    ),
    "calibration": (
        {"calibration": "photographs"},
        "Calibration is for the quantization 'int8' only; leave it out",
    ),
    "size": ({"input_size": (0, 320)}, r"multiples of 1, .* not \(0, 320\)"),
    "batch": ({"batch_size": 0}, "batch is a whole number of 1 or more"),
    "fixed model": ({"model": tiny_model(shape=(64, 64, 4))}, r"takes the size \(64, 64\) only"),
    "unbuilt model": ({"model": Unbuilt()}, "model is not built"),
    "unbuilt sequence": ({"model": keras.Sequential([keras.layers.Conv2D(1, 1)])}, "model is not built"),
    "no model": ({"model": "indexnet_base"}, "model is not built"),
    "two inputs": ({"model": two_inputs()}, "has 2 inputs"),
    "vector": ({"model": keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])}, "input is"),
    "no folder": ({"photographs": "none"}, "There is no folder none"),
    "no photographs": ({"photographs": []}, "no photograph to compare on"),
    "nothing to calibrate on": (
        {"quantization": "int8", "calibration": [], "input_size": (32, 32)},
        "no photograph to calibrate on",
    ),
}


@pytest.mark.parametrize(("arguments", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_exported_leaves_an_earlier_file_untouched(tmp_path, arguments, message):
    path = tmp_path / "good.tflite"
    path.write_bytes(b"good")
    with pytest.raises(ValueError, match=message) as refused:
        export_model(**{"model": tiny_model(), "path": path, "input_size": (32, 32), **arguments})
    assert "\n" not in str(refused.value)
    assert path.read_bytes() == b"good"
    assert list(tmp_path.iterdir()) == [path]


def test_a_network_takes_multiples_of_its_output_stride(tmp_path, small_network):
    with pytest.raises(ValueError, match=r"multiples of 32, .* not \(100, 320\)"):
        export_model(small_network, tmp_path / "a.tflite", input_size=(100, 320))


def test_places_that_cannot_be_written_are_named(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "photographs").mkdir()
    (tmp_path / "photographs" / "cat.jpg").write_bytes(b"cat")
    for path, format, message in (
        (tmp_path / "none" / "model.tflite", "tflite", "There is no folder"),
        (tmp_path / "file" / "model.tflite", "tflite", "There is no folder"),
        (tmp_path / "file", "savedmodel", "is a file; a SavedModel is a folder"),
        (tmp_path / "photographs", "savedmodel", "holds something else than a SavedModel"),
    ):
        with pytest.raises(ValueError, match=message):
            export_model(tiny_model(), path, format, input_size=(32, 32))
    assert (tmp_path / "photographs" / "cat.jpg").read_bytes() == b"cat"


@pytest.mark.slow
@pytest.mark.parametrize("format", NAMES)
def test_a_folder_that_takes_no_files_is_named(format):
    """Nobody may write into /proc, not even the administrator."""
    with pytest.raises(OSError, match=rf"^/proc/{NAMES[format]} cannot be written: "):
        export_model(tiny_model(), f"/proc/{NAMES[format]}", format, input_size=(32, 32))


def test_a_broken_photograph_is_named(tmp_path):
    for folder in ("image", "alpha", "trimap1"):
        write_image(tmp_path / folder / "girl.png", np.full((32, 32), 128, np.uint8))
    (tmp_path / "image" / "girl.png").write_bytes(b"no image")
    for arguments in ({"photographs": tmp_path}, {"calibration": tmp_path, "quantization": "int8"}):
        with pytest.raises(ValueError, match=r"image/girl\.png is not an image"):
            export_model(tiny_model(), tmp_path / "a.tflite", input_size=(32, 32), **arguments)
    assert not list(tmp_path.glob("*.tflite*"))
    assert not list(tmp_path.glob(".*"))


def test_a_missing_package_is_named_with_its_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tf2onnx", None)
    with pytest.raises(ImportError, match=r"needs tf2onnx: pip install 'keras_indexnet\[onnx\]'"):
        export_model(tiny_model(), tmp_path / "a.onnx", "onnx")


def test_a_model_whose_output_is_not_finite_is_not_exported(tmp_path):
    pixels = keras.Input((None, None, 4))
    alpha = keras.layers.Conv2D(1, 1, kernel_initializer=keras.initializers.Constant(np.nan))(pixels)
    with pytest.raises(ValueError, match="output is not finite: its weights hold NaN"):
        export_model(keras.Model(pixels, alpha), tmp_path / "model", "savedmodel", input_size=(32, 32))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("format", ["tflite", "savedmodel"])
def test_a_file_that_disagrees_is_not_kept(tmp_path, format):
    class Unsteady(keras.layers.Layer):
        calls = 0

        def call(self, x):
            self.calls += 1  # what is exported is not what Keras computes afterwards
            return x[..., :1] * 0 + 0.02 * self.calls

    inputs = keras.Input((None, None, 4))
    path = tmp_path / NAMES[format]
    export_model(tiny_model(), path, format, input_size=(32, 32))
    earlier = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    with pytest.raises(ValueError, match="differs from the Keras model"):
        export_model(keras.Model(inputs, Unsteady()(inputs)), path, format, input_size=(32, 32))
    assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == earlier


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--format", "caffe"), "'caffe' is not one of"),
        (("--size", "512x"), "--size is a number, HEIGHTxWIDTH such as 512x384, or free"),
        (("--batch", "some"), "--batch is a number or free"),
        (("--quantization", "int8", "--calibration", "{empty}"), "image"),
        (("-o", "{empty}/none/a.tflite"), "There is no folder"),
    ],
)
def test_the_command_refuses_with_one_sentence(tmp_path, capsys, arguments, message):
    output = ("-o", str(tmp_path / "a.tflite"))
    with pytest.raises(SystemExit) as stopped:
        main(["export", *output, "--size", "32", *(text.format(empty=tmp_path) for text in arguments)])
    *usage, error = capsys.readouterr().err.splitlines()
    assert [line.startswith("Usage: ") for line in usage] == [True] * (stopped.value.code - 1)
    assert message in error
    assert not list(tmp_path.iterdir())


RECIPES = {"savedmodel": "serve_savedmodel", "tflite": "run_litert", "onnx": "run_onnx"}


def run_recipe(request, format, *arguments):
    script = request.config.rootpath / "export" / f"{RECIPES[format]}.py"
    assert "keras" not in script.read_text().partition('"""\n\n')[2]
    command = [sys.executable, script, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def alpha_of_recipe(request, folder, format, path, image, trimap):
    write_image(folder / "photo.png", image)
    write_image(folder / "trimap.png", trimap)
    names = ("photo.png", "trimap.png", "alpha.png")
    finished = run_recipe(request, format, path, *(folder / name for name in names))
    assert finished.returncode == 0, finished.stderr
    return read_gray(folder / "alpha.png") / 255


@pytest.mark.slow
@pytest.mark.parametrize("format", NAMES)
def test_a_recipe_mattes_a_photograph_without_keras(request, tmp_path, exported, small_network, format):
    path, _ = exported(format)
    drawn = drawn_photograph(size=96)
    image, trimap = drawn.image[:70], drawn.trimap[:70]
    alpha = alpha_of_recipe(request, tmp_path, format, path, image, trimap)
    pixels = np.pad(np.dstack([image, trimap]), [(0, 26), (0, 0), (0, 0)], mode="symmetric")
    expected = alpha_of_keras(small_network, pixels[np.newaxis].astype("float32"))[0, :70, :, 0]
    expected = np.select([trimap == 0, trimap == 255], [0, 1], expected)
    np.testing.assert_allclose(alpha, expected, atol=0.51 / 255 + 1e-4)


@pytest.mark.slow
def test_a_recipe_keeps_the_proportions(request, tmp_path, exported, small_network):
    """A photograph of 192 x 120 becomes 96 x 60 of the 96 x 128 pixels that the file takes."""
    path, _ = exported("tflite", (96, 128))
    drawn = drawn_photograph(size=192)
    image, trimap = drawn.image[:, :120], drawn.trimap[:, :120]
    alpha = alpha_of_recipe(request, tmp_path, "tflite", path, image, trimap)
    halves = cv2.resize(image, (60, 96), interpolation=cv2.INTER_AREA), trimap[::2, ::2]
    pixels = np.pad(np.dstack(halves), [(0, 0), (0, 68), (0, 0)], mode="symmetric")
    expected = alpha_of_keras(small_network, pixels[np.newaxis].astype("float32"))[0, :, :60, 0]
    expected = cv2.resize(expected, (120, 192), interpolation=cv2.INTER_CUBIC).clip(0, 1)
    expected = np.select([trimap == 0, trimap == 255], [0, 1], expected)
    np.testing.assert_allclose(alpha, expected, atol=0.51 / 255 + 1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("format", NAMES)
def test_a_recipe_says_how_it_is_used(request, tmp_path, format):
    help = run_recipe(request, format, "--help")
    assert help.returncode == 0
    assert "photograph trimap output" in help.stdout and "indexnet export" in help.stdout
    missing = run_recipe(request, format, "file", "none.jpg", "none.png", tmp_path / "alpha.png")
    assert missing.returncode == 2
    assert "error: photograph and trimap are two pictures of one size" in missing.stderr
