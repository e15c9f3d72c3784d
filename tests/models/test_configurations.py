import numpy as np
import pytest
from keras import ops

from keras_indexnet import models

B11 = 3_753_259
ASPP = (
    2 * (320 * 256 + 512)  # 1x1 and mean
    + 3 * (9 * 320 + 640 + 320 * 256 + 512)  # three dilations
    + (5 * 256 * 160 + 320)  # projection
)
POINTWISE = 320 * 160 + 320
# Trainable parameters (Lu et al., ICCV 2019, table 2); b10 is b11 with a 1x1 convolution in place of ASPP.
PARAMETERS = {
    "b10": B11 - ASPP + POINTWISE,
    "b11": B11,
    "hin_linear": B11 + 4_992,
    "hin_linear_context": B11 + 19_968,
    "hin_nonlinear": B11 + 262_304,
    "hin_nonlinear_context": 4_791_243,
    "o2o_linear": B11 + 4_992,
    "o2o_linear_context": B11 + 19_968,
    "o2o_nonlinear": B11 + 17_472,
    "o2o_nonlinear_context": B11 + 47_424,
    "m2o_linear": B11 + 517_120,
    "m2o_linear_context": B11 + 2_068_480,
    "m2o_nonlinear": B11 + 1_297_792,
    "m2o_nonlinear_context": 8_153_771,
}


def trainable_parameters(network):
    return sum(np.prod(variable.shape) for variable in network.trainable_variables)


@pytest.mark.parametrize("name", models.list_configurations())
def test_parameters_are_those_of_the_paper(name):
    network = models.matting_model(name)
    assert network.name == name
    assert trainable_parameters(network) == PARAMETERS[name]


def test_parameters_of_the_released_checkpoint():
    network = models.matting_model("m2o_nonlinear_context", expansion=1)
    assert trainable_parameters(network) == 5_953_515


def test_unknown_configuration_is_refused():
    with pytest.raises(ValueError, match="no configuration 'b99'.*m2o_nonlinear_context"):
        models.matting_model("b99")


def test_unknown_weights_are_refused():
    with pytest.raises(ValueError, match="no weights 'nowhere.h5'.*'imagenet'.*indexnet_base"):
        models.matting_model("b11", weights="nowhere.h5")


def test_a_preset_of_another_configuration_is_refused():
    with pytest.raises(ValueError, match="'indexnet_base' belongs to .*'m2o_nonlinear_context', not to 'b11'"):
        models.matting_model("b11", weights="indexnet_base")


def test_presets_name_their_configuration():
    for preset in models.list_presets().values():
        assert preset["configuration"] in models.list_configurations()
        assert preset["description"]


def test_weights_from_a_file(tmp_path):
    path = tmp_path / "trained.weights.h5"
    trained = models.matting_model("hin_linear", width=0.35)
    trained.save_weights(path)
    network = models.matting_model("hin_linear", weights=path, width=0.35)
    inputs = np.random.default_rng(0).uniform(0, 255, (1, 32, 64, 4)).astype("float32")
    np.testing.assert_array_equal(*(ops.convert_to_numpy(m(inputs)) for m in (network, trained)))


def test_a_saved_network_keeps_its_options(tmp_path):
    small = models.matting_model("hin_linear", width=0.35)
    small.save(tmp_path / "small.keras")
    assert models.matting_model("hin_linear", weights=tmp_path / "small.keras").width == 0.35
    with pytest.raises(ValueError, match="it has index='hin'"):
        models.matting_model("b11", weights=tmp_path / "small.keras")
