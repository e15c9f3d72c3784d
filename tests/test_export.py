import keras
import numpy as np
import pytest

from keras_indexnet import layers, models
from keras_indexnet.data import Photograph, read_gray, read_photograph
from keras_indexnet.export import export_model, run_tflite

pytestmark = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="export is TensorFlow's")


@pytest.fixture(scope="module")
def network():
    return models.matting_model("m2o_nonlinear_context", weights="indexnet_base")


@pytest.fixture(scope="module")
def photograph(request):
    samples = request.config.rootpath / "datasets" / "samples"
    trimap = read_gray(samples / "astronaut_trimap.png")
    return Photograph("astronaut", read_photograph(samples / "astronaut.jpg"), trimap, trimap)


@pytest.mark.slow
@pytest.mark.parametrize("input_size", [(320, 320), (256, 384)])
def test_tflite_gives_the_alpha_of_keras_on_a_photograph(tmp_path, network, photograph, input_size):
    path = tmp_path / "matting.tflite"
    report = export_model(network, path, input_size=input_size, photograph=photograph)
    assert report.largest_difference <= 1e-4
    assert report.size_bytes == path.stat().st_size
    alpha = run_tflite(path, np.zeros((1, *input_size, 4), np.float32))
    assert alpha.shape == (1, *input_size, 1)
    assert 0 <= alpha.min() <= alpha.max() <= 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["matting.tflite"]


def test_a_users_model_with_indexed_layers_exports(tmp_path):
    inputs = keras.Input((None, None, 4))
    x = keras.layers.Conv2D(8, 3, padding="same", activation="relu")(inputs)
    encoder_index, decoder_index = layers.HolisticIndexBlock(nonlinear=True)(x)
    x = layers.IndexedPooling()(x, encoder_index)
    x = layers.IndexedUpsampling()(x, decoder_index)
    model = keras.Model(inputs, keras.layers.Conv2D(1, 1)(x))
    report = export_model(model, tmp_path / "mine.tflite", input_size=(64, 64))
    assert report.largest_difference <= 1e-4


BAD_ARGUMENTS = {
    "format": ({"format": "caffe"}, "format is one of"),
    "size": ({"input_size": (100, 320)}, r"multiples of 32, not \(100, 320\)"),
    "quantization": ({"quantization": "int3"}, "quantization is"),
}


@pytest.mark.parametrize(("arguments", "message"), BAD_ARGUMENTS.values(), ids=BAD_ARGUMENTS)
def test_bad_arguments_leave_an_earlier_file_untouched(tmp_path, arguments, message):
    path = tmp_path / "good.tflite"
    path.write_bytes(b"good")
    with pytest.raises(ValueError, match=message):
        export_model(None, path, **arguments)
    assert path.read_bytes() == b"good"


def test_bad_paths_are_named(tmp_path):
    with pytest.raises(ValueError, match="ends in .tflite"):
        export_model(None, tmp_path / "model.bin")
    with pytest.raises(ValueError, match="There is no folder"):
        export_model(None, tmp_path / "none" / "model.tflite")


def test_a_file_that_disagrees_is_not_kept(tmp_path):
    inputs = keras.Input((None, None, 4))

    class Unsteady(keras.layers.Layer):
        calls = 0

        def call(self, x):
            self.calls += 1  # what is exported is not what Keras computes afterwards
            return x[..., :1] * 0 + 0.02 * self.calls

    with pytest.raises(ValueError, match="differs from the Keras model"):
        export_model(keras.Model(inputs, Unsteady()(inputs)), tmp_path / "a.tflite", input_size=(32, 32))
    assert not list(tmp_path.iterdir())
