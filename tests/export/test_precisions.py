"""Models that were built in another precision than float32 are exported in float32."""

import keras
import numpy as np
import pytest

from keras_indexnet import IndexNetError, layers, models
from keras_indexnet.export import export_model, open_exported

pytestmark = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="TensorFlow exports")
POLICIES = ["mixed_float16"] + [
    pytest.param(policy, marks=pytest.mark.matrix)
    for policy in ("float16", "mixed_bfloat16", "bfloat16", "float64")
]
NAMES = {"savedmodel": "model", "tflite": "model.tflite", "onnx": "model.onnx"}
IMAGES = np.random.default_rng(0).integers(0, 256, (1, 16, 16, 3)).astype("float32")


@pytest.fixture
def policy(request):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(request.param)
    yield request.param
    keras.config.set_dtype_policy(before)


def users_model(dtype=None):
    inputs = keras.Input((16, 16, 3))
    x = keras.layers.Conv2D(4, 3, padding="same", activation="relu", dtype=dtype)(inputs)
    encoder_index, decoder_index = layers.HolisticIndexBlock(nonlinear=True, dtype=dtype)(x)
    x = layers.IndexedPooling(dtype=dtype)(x, encoder_index)
    x = layers.IndexedUpsampling(dtype=dtype)(x, decoder_index)
    return keras.Model(inputs, keras.layers.Conv2D(2, 1, activation="sigmoid", dtype=dtype)(x))


@pytest.mark.parametrize("policy", POLICIES, indirect=True)
@pytest.mark.parametrize("format", NAMES)
def test_a_users_model_under_a_global_policy_is_exported_in_float32(tmp_path, policy, format):
    model = users_model()
    export_model(model, tmp_path / NAMES[format], format, input_size=(16, 16))
    expected = users_model("float32")
    expected.set_weights([keras.ops.convert_to_numpy(weight).astype("float32") for weight in model.weights])
    output = open_exported(tmp_path / NAMES[format], trust=True).run(IMAGES)
    np.testing.assert_allclose(output, keras.ops.convert_to_numpy(expected(IMAGES)), atol=1e-4)


@pytest.mark.matrix
@pytest.mark.parametrize("policy", POLICIES, indirect=True)
@pytest.mark.parametrize("format", NAMES)
@pytest.mark.parametrize("name", ["m2o_nonlinear_context", "b11", "b1", "b2"])
def test_our_networks_under_a_global_policy_are_exported_in_float32(tmp_path, policy, format, name):
    width = {} if name in ("b1", "b2") else {"width": 0.35}
    network = models.matting_model(name, dtype=policy, **width)
    report = export_model(network, tmp_path / NAMES[format], format, input_size=(64, 64))
    assert report.inputs == {"image_and_trimap": {"dtype": "float32", "shape": [1, 64, 64, 4]}}


@pytest.mark.parametrize("format", NAMES)
def test_a_layer_of_another_precision_is_named_and_nothing_written(tmp_path, format):
    class Fixed(keras.layers.Layer):
        def __init__(self):
            super().__init__(dtype="mixed_bfloat16", name="fixed")

        def call(self, inputs):
            return 2 * inputs

    model = keras.Sequential([keras.Input((16, 16, 3)), Fixed()])
    with pytest.raises(IndexNetError, match="'fixed' computes in mixed_bfloat16"):
        export_model(model, tmp_path / NAMES[format], format, input_size=(16, 16))
    assert not list(tmp_path.iterdir())
