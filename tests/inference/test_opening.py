"""Networks from files of every kind."""

import shutil
import sys

import keras
import numpy as np
import pytest

from keras_indexnet import inference, models
from keras_indexnet.cli import main
from keras_indexnet.data import drawn_photograph, read_gray, write_image
from keras_indexnet.evaluation import eight_bit_matte

pytestmark = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="export is TensorFlow's")

KINDS = ("keras", "tflite", "onnx", "savedmodel")
SIZE = (96, 128)


@pytest.fixture(scope="module")
def photograph():
    return drawn_photograph(seed=2, size=200, kind="hair")


@pytest.fixture(scope="module")
def files(exported, small_network, tmp_path_factory):
    """One file of each kind: of TFLite and ONNX with a fixed size, of the SavedModel with a free one."""
    keras_file = tmp_path_factory.mktemp("files") / "matting.keras"
    small_network.save(keras_file)
    fixed = {format: exported(format, SIZE)[0] for format in ("tflite", "onnx")}
    return {"keras": keras_file, **fixed, "savedmodel": exported("savedmodel")[0]}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_alpha_is_the_same_from_every_file(files, small_network, photograph, kind):
    model = inference.open_model(files[kind], trust=True)
    shown = photograph.image, photograph.trimap
    expected = inference.predict_alpha(small_network, *shown)
    assert np.ptp(expected[photograph.trimap == 128]) > 0.1
    if kind in ("tflite", "onnx"):  # tiles of this size, from Keras also
        fixed = keras.Input((*SIZE, 4))
        expected = inference.predict_alpha(keras.Model(fixed, small_network(fixed)), *shown)
    # The exported files clip alpha before it is resized.
    unknown = photograph.trimap == 128
    assert np.abs(inference.predict_alpha(model, *shown) - expected)[unknown].mean() < 1e-3


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_file_is_one_sentence(files, tmp_path, kind):
    broken = tmp_path / files[kind].name
    if kind == "savedmodel":
        shutil.copytree(files[kind], broken)
        graph = broken / "saved_model.pb"
    else:
        shutil.copy(files[kind], broken)
        graph = broken
    whole = graph.read_bytes()
    for contents in (b"", whole[:100], whole[: len(whole) // 2], b"no model at all" * 100):
        graph.write_bytes(contents)
        with pytest.raises(ValueError, match=f"{broken.name} cannot be opened: it is damaged") as caught:
            inference.open_model(broken, trust=True)
        assert str(caught.value).count("\n") == 0


def test_a_missing_runtime_is_named_with_what_installs_it(tmp_path, monkeypatch):
    (tmp_path / "matting").mkdir()
    (tmp_path / "matting.onnx").write_bytes(b"")
    for module, name, installed in (
        ("onnxruntime", "matting.onnx", r"keras_indexnet\[onnx\]"),
        ("tensorflow", "matting", r"keras_indexnet\[tensorflow\]"),
    ):
        monkeypatch.setitem(sys.modules, module, None)
        needed = rf"^Opening .*{name} needs {module}: pip install '{installed}'\.$"
        with pytest.raises(ImportError, match=needed):
            inference.open_model(tmp_path / name, trust=True)


def test_what_is_no_model_is_named(tmp_path):
    with pytest.raises(
        ValueError, match="no weights .*absent.onnx.*neither a file nor a folder, .*presets indexnet_base"
    ):
        inference.open_model(tmp_path / "absent.onnx")
    (tmp_path / "photo.jpg").write_bytes(b"")
    with pytest.raises(ValueError, match=r"ends in \.keras, \.tflite or \.onnx"):
        inference.open_model(tmp_path / "photo.jpg")
    images = keras.Input((None, None, 3))
    keras.Model(images, keras.layers.Conv2D(2, 3)(images)).save(tmp_path / "other.keras")
    with pytest.raises(ValueError, match=r"no matting network.*takes \(None, None, None, 3\)"):
        inference.open_model(tmp_path / "other.keras")


def test_networks_of_other_classes_open_everywhere_or_nowhere(tmp_path, photograph):
    """A `.keras` file of anyone's network that maps image and trimap to alpha is as good as ours."""
    pixels = keras.Input((None, None, 4))
    alpha = keras.layers.Conv2D(1, 3, padding="same", activation="sigmoid")(pixels / 255.0)
    path = tmp_path / "mine.keras"
    keras.Model(pixels, alpha).save(path)
    opened = inference.open_model(path)
    assert isinstance(opened, keras.Model) and isinstance(models.network_of(path), keras.Model)
    for name in ("photo", "trimap"):
        write_image(tmp_path / f"{name}.png", getattr(photograph, {"photo": "image"}.get(name, name)))
    main(["matte", *(str(tmp_path / f"{name}.png") for name in ("photo", "trimap")), "--weights", str(path)]
         + ["-o", str(tmp_path), "--no-polish"])  # fmt: skip
    expected = inference.predict_alpha(opened, photograph.image, photograph.trimap)
    np.testing.assert_array_equal(read_gray(tmp_path / "photo_alpha.png"), eight_bit_matte(expected))
    with pytest.raises(ValueError, match="mine.keras holds a Functional, not a MattingNetwork"):
        models.MattingNetwork.from_preset(path)
    with pytest.raises(ValueError, match="mine.keras holds a Functional, not a MattingNetwork"):
        models.matting_model("b11", weights=path)
