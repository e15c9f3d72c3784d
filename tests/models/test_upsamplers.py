"""Networks that upsample by predicted kernels in the place of indices."""

import keras
import numpy as np
import pytest
from keras import ops
from network_checks import check_network, random_inputs

from keras_indexnet import layers, models
from keras_indexnet.export import export_model
from keras_indexnet.models.matting_network import UPSAMPLERS

EACH = pytest.mark.parametrize("upsampler", UPSAMPLERS)
SMALL = {"width": 0.35, "aspp": False}


@pytest.mark.parametrize("upsampler", ["a2u", *(pytest.param(u, marks=pytest.mark.matrix) for u in UPSAMPLERS)])
def test_a_network_comes_back_as_it_was(upsampler, tmp_path):
    check_network(models.MattingNetwork, {"upsampler": upsampler, **SMALL}, tmp_path)


@EACH
def test_the_encoder_s_feature_guides_the_upsampling_of_its_stage(upsampler):
    network = models.MattingNetwork(upsampler=upsampler, **SMALL)
    assert network.index is None and network.get_config()["upsampler"] == upsampler
    pooling = layers.A2UPooling if upsampler == "a2u" else keras.layers.MaxPooling2D
    for stage in (0, 2, 3, 4, 6):
        assert type(network.get_layer(f"pool_{stage}")) is pooling
        enlarging = network.get_layer(f"upsample_{stage}")
        assert type(enlarging) is UPSAMPLERS[upsampler]
        assert enlarging.input[1] is network.get_layer(f"pool_{stage}").input


def test_a_config_from_before_there_were_upsamplers_still_loads():
    config = models.MattingNetwork(index="hin", **SMALL).get_config()
    del config["upsampler"]
    network = models.MattingNetwork.from_config(config)
    assert (network.index, network.upsampler) == ("hin", None)


def test_an_upsampler_and_an_index_contradict_each_other():
    with pytest.raises(ValueError, match="upsampler 'fade' takes the place of indices: leave out index='m2o'"):
        models.MattingNetwork(upsampler="fade", index="m2o")
    with pytest.raises(ValueError, match="upsampler is one of .*'carafe'.*not 'dysample'"):
        models.MattingNetwork(upsampler="dysample")
    assert models.MattingNetwork(**SMALL).index == "m2o"


@EACH
def test_it_exports_to_tflite_operators_of_four_axes(upsampler, tmp_path):
    """Down, up and a prediction: what is around an upsampler in the networks is exported elsewhere."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((16, 24, 4))
    features = keras.layers.Conv2D(8, 3, padding="same", activation="relu")(inputs)
    pooling = layers.A2UPooling() if upsampler == "a2u" else keras.layers.MaxPooling2D()
    enlarged = UPSAMPLERS[upsampler]()(pooling(features), features)
    model = keras.Model(inputs, keras.layers.Conv2D(2, 3, padding="same")(enlarged))
    report = export_model(model, tmp_path / "model.tflite", input_size=(16, 24))
    # Its outputs are the model's, or it would have been refused.
    assert (report.flex_operators, report.delegate_partitions) == (0, 1)
    assert not {"GATHER", "GATHER_ND"} & set(report.operators)
    from ai_edge_litert.interpreter import Interpreter

    tensors = Interpreter(str(tmp_path / "model.tflite")).get_tensor_details()
    assert max(len(tensor["shape"]) for tensor in tensors) <= 4


@pytest.mark.matrix
@EACH
def test_the_loss_of_one_batch_falls(upsampler):
    keras.utils.set_random_seed(0)
    network = models.MattingNetwork(upsampler=upsampler, **SMALL)
    network.compile(keras.optimizers.Adam(0.003), "mse", jit_compile=False)
    inputs = random_inputs(64, 64, batch=2)
    target = inputs[..., 3:] / 255
    losses = [float(network.train_on_batch(inputs, target)) for _ in range(20)]
    assert losses[-1] < 0.5 * losses[0]
    assert np.isfinite(ops.convert_to_numpy(network(inputs, training=True))).all()
