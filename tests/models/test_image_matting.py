"""A matting network with its preprocessor, on photographs as image files have them."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_indexnet import layers, models
from keras_indexnet.data import drawn_photograph
from keras_indexnet.inference import predict_alpha

SIZE = (67, 90)


@pytest.fixture(scope="module")
def photograph():
    drawn = drawn_photograph(seed=2, size=96, kind="hair")
    return drawn.image[: SIZE[0], : SIZE[1]], drawn.trimap[: SIZE[0], : SIZE[1]]


@pytest.fixture(scope="module")
def convolution():
    """A matting network of one convolution."""
    keras.utils.set_random_seed(0)
    pixels = keras.Input((None, None, 4))
    kernel = keras.layers.Conv2D(1, 3, padding="same", activation="sigmoid", data_format="channels_last")
    return keras.Model(pixels, kernel(keras.layers.Rescaling(1 / 255)(pixels)))


def smaller(photograph):
    return batch([part[:40] for part in photograph])


def batch(photograph):
    return dict(zip(("image", "trimap"), (part[np.newaxis] for part in photograph), strict=True))


def test_image_matting_does_what_keras_users_expect(convolution, photograph, tmp_path):
    model = models.ImageMatting(convolution, layers.MattingPreprocessor(multiple=8))
    inputs = batch(photograph)
    alpha = model.predict(inputs, verbose=0)
    assert (alpha.shape, alpha.dtype) == ((1, *SIZE, 1), np.float32)
    # What continues the photograph is seen by its last row and column only, and known pixels stay.
    own = ops.convert_to_numpy(convolution(np.dstack(photograph)[np.newaxis].astype("float32")))[0, ..., 0]
    expected = np.where(photograph[1] == 128, own, photograph[1] / 255)
    np.testing.assert_allclose(alpha[0, :-1, :-1, 0], expected[:-1, :-1], atol=1e-6)

    model.save(tmp_path / "matting.keras")
    loaded = keras.saving.load_model(tmp_path / "matting.keras")
    assert type(loaded) is models.ImageMatting
    assert loaded.preprocessor.get_config() == model.preprocessor.get_config()
    np.testing.assert_allclose(loaded.predict(inputs, verbose=0), alpha, atol=1e-6)


@pytest.mark.parametrize("name", ["image", "trimap"])
def test_what_keras_would_round_to_nothing_is_refused(convolution, photograph, name):
    inputs = batch(photograph)
    inputs[name] = np.float32(inputs[name] / 255)
    with pytest.raises(ValueError, match=f"ImageMatting's {name} is uint8, 0 to 255, not float32"):
        models.ImageMatting(convolution)(inputs)


@pytest.mark.matrix
def test_the_shipped_network_mattes_as_predict_alpha_does(shared):
    from keras_indexnet.data import read_photographs
    from keras_indexnet.evaluation import sad_error

    photograph = next(iter(read_photographs(shared / "data" / "alphamatting")))
    model = models.ImageMatting.from_preset("indexnet_light")
    assert model.preprocessor.multiple == model.network.size_multiple
    alpha = model.predict(batch((photograph.image, photograph.trimap)), verbose=0)[0, ..., 0]
    expected = predict_alpha(model.network, photograph.image, photograph.trimap)
    truth = photograph.alpha, photograph.trimap
    assert sad_error(alpha, *truth) == pytest.approx(sad_error(expected, *truth), rel=0.05)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="export is TensorFlow's")
@pytest.mark.parametrize("format", ["tf_saved_model", "onnx", "litert"])
def test_it_is_exported_with_the_network_for_photographs_of_any_size(convolution, photograph, tmp_path, format):
    model = models.ImageMatting(convolution, layers.MattingPreprocessor())
    path = tmp_path / {"tf_saved_model": "matting", "onnx": "matting.onnx", "litert": "matting.tflite"}[format]
    pairs = [
        (inputs, ops.convert_to_numpy(model(inputs))) for inputs in (batch(photograph), smaller(photograph))
    ]
    model.export(path, format=format, verbose=False)
    for inputs, expected in pairs:
        np.testing.assert_allclose(run_file(path, format, inputs), expected, atol=1e-5)


def run_file(path, format, inputs):
    if format == "tf_saved_model":
        import tensorflow as tf

        served = tf.saved_model.load(path)
        return served.serve({name: tf.constant(part) for name, part in inputs.items()}).numpy()
    if format == "onnx":
        import onnxruntime

        return onnxruntime.InferenceSession(path).run(None, inputs)[0]
    from ai_edge_litert.interpreter import Interpreter

    runner = Interpreter(str(path))
    entries = {
        entry["name"].removeprefix("serving_default_").split(":")[0]: entry["index"]
        for entry in runner.get_input_details()
    }
    for name, index in entries.items():
        runner.resize_tensor_input(index, inputs[name].shape)
    runner.allocate_tensors()
    for name, index in entries.items():
        runner.set_tensor(index, inputs[name])
    runner.invoke()
    return runner.get_tensor(runner.get_output_details()[0]["index"])
