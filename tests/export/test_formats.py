"""The table of formats: all that the package knows of a format stands in its row."""

import inspect
import subprocess
import sys

import keras
import numpy as np
import pytest
from sum_of_channels import SumOfChannels

from keras_indexnet import inference, profiling
from keras_indexnet.cli.group import main
from keras_indexnet.data import drawn_photograph
from keras_indexnet.data.trimap import UNKNOWN
from keras_indexnet.export import FORMATS, QUANTIZATIONS, Format, export_model, format_of, open_exported
from keras_indexnet.export.formats import BY_SUFFIX


def named(folder, format):
    """Return the path of a file, or of a folder that is made, called as the format asks."""
    path = folder / f"matting{format.suffix}"
    if format.is_folder:
        path.mkdir()
    return path


@pytest.mark.parametrize("format", FORMATS.values(), ids=FORMATS)
def test_a_format_is_told_by_the_name_of_its_files(tmp_path, format):
    assert FORMATS[format.name] is format
    assert format_of(named(tmp_path, format)) is format_of(str(tmp_path / f"matting{format.suffix}")) is format


def test_every_quantization_is_one_of_some_format():
    assert QUANTIZATIONS == (None, "float16", "dynamic", "int8")
    assert set(QUANTIZATIONS) == {None}.union(*(format.quantizations for format in FORMATS.values()))


@pytest.mark.parametrize("name", ["matting.caffe", "matting"])
def test_other_names_are_refused_with_all_that_there_are(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"")
    assert format_of(path) is None
    for opened in (open_exported, inference.open_model):
        with pytest.raises(ValueError, match=f"{name} is no ") as refused:
            opened(path)
        for format in FORMATS.values():
            assert (f"the folder of a {format.title}" if format.is_folder else format.suffix) in str(
                refused.value
            )


@pytest.mark.parametrize("format", FORMATS.values(), ids=FORMATS)
def test_a_runtime_needs_nothing_but_its_own_file(format):
    """Or its memory could not be measured apart from that of Keras."""
    program = (
        "import runpy, sys\n"
        "runtime = runpy.run_path(sys.argv[1])[sys.argv[2]]\n"
        "assert not {'keras', 'keras_indexnet', 'tensorflow'} & sys.modules.keys()\n"
    )
    place = [inspect.getfile(format.runtime), format.runtime.__name__]
    subprocess.run([sys.executable, "-c", program, *place], check=True, cwd="/")


def write_text(graph, path):
    np.savetxt(path, np.concatenate([variable.numpy().ravel() for variable in graph.function.variables]))


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="export is TensorFlow's")
def test_one_row_is_all_that_another_format_takes(tmp_path, monkeypatch, capsys):
    text = Format(name="text", title="Text", suffix=".txt", write=write_text, runtime=SumOfChannels)
    monkeypatch.setitem(FORMATS, "text", text)
    monkeypatch.setitem(BY_SUFFIX, ".txt", text)
    pixels = keras.Input((None, None, 4))
    network = keras.Model(pixels, keras.layers.Conv2D(1, 1)(pixels))
    kernel, bias = network.weights
    kernel.assign(np.reshape([0.001, 0.002, -0.001, 0.001], kernel.shape))
    bias.assign([0.1])
    path = tmp_path / "matting.txt"
    with pytest.raises(ValueError, match=r"ends in \.txt, not in '\.onnx'"):
        export_model(network, path.with_suffix(".onnx"), "text", input_size=(32, 32))
    report = export_model(network, path, "text", input_size=(32, 32))
    assert f"{path}: Text, float32" in str(report) and "SumOfChannels 1.0" in str(report)
    drawn = drawn_photograph(size=32)
    shown = drawn.image, drawn.trimap
    expected = inference.predict_alpha(network, *shown)
    assert np.ptp(expected[drawn.trimap == UNKNOWN]) > 0.05
    np.testing.assert_allclose(inference.predict_alpha(inference.open_model(path), *shown), expected, atol=1e-5)
    assert profiling.measure(path, (32, 32), runs=1).median > 0.0
    main(["benchmark", str(path), "--runs", "1"])
    assert "at 32 x 32" in capsys.readouterr().out
