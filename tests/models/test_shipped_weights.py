"""The weights in the package do what they are shipped for: they matte real photographs."""

import cv2
import numpy as np
import pytest

from keras_indexnet import inference, models, predict_alpha
from keras_indexnet.data import read_photographs
from keras_indexnet.evaluation import eight_bit_matte, matting_errors, sad_error

PRESET = {"name": "m2o_nonlinear_context", "weights": "indexnet_base"}


@pytest.fixture(scope="module")
def photographs(shared):
    return read_photographs(shared / "data" / "alphamatting")


def mean_sad(photographs, matte):
    errors = []
    for photograph in photographs:
        alpha = matte(photograph.image, photograph.trimap).astype(np.float32)
        errors.append(sad_error(alpha, photograph.alpha, photograph.trimap))
    return np.mean(errors)


def half_everywhere(image, trimap):
    return trimap_levels(trimap)


def blurred_trimap(image, trimap):
    return cv2.GaussianBlur(trimap_levels(trimap), (0, 0), 10)


def distance_interpolation(image, trimap):
    to_background = cv2.distanceTransform((trimap > 0).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    to_foreground = cv2.distanceTransform((trimap < 255).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return to_background / np.maximum(to_background + to_foreground, 1e-6)


def trimap_levels(trimap):
    return np.select([trimap == 0, trimap == 255], [0.0, 1.0], 0.5)


# What needs no network, with the mean SAD that each reaches on the thirteen photographs (trimap1).
FLOORS = {half_everywhere: 33.8, blurred_trimap: 27.2, distance_interpolation: 15.8}


# SAD, MSE, Grad and Conn of polished mattes, as the README has them.
POLISHED = {
    "indexnet_base": (3.987, 0.00980, 3.508, 3.596),
    "indexnet_light": (4.281, 0.01211, 4.451, 3.932),
}
# The photograph that gains least: SAD polished over SAD.
WORST = {"indexnet_base": 0.94, "indexnet_light": 1.03}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["indexnet_base", "indexnet_light"])
def test_shipped_weights_have_the_errors_that_are_stated(photographs, name):
    """The network alone, and polished. The tables have errors of mattes rounded to 8 bits."""
    shipped = models.MattingNetwork.from_preset(name)
    alone, errors, changes = [], [], []
    for photograph in photographs:
        truth = photograph.alpha, photograph.trimap
        alpha = predict_alpha(shipped, photograph.image, photograph.trimap)
        polished = inference.polish_alpha(photograph.image, photograph.trimap, alpha)
        alone.append(sad_error(alpha, *truth))
        errors.append(list(matting_errors(eight_bit_matte(polished), *truth).values()))
        changes.append(sad_error(polished, *truth) / alone[-1])
    assert np.mean(alone) == pytest.approx(models.list_presets()[name]["errors"]["sad"], abs=0.01)
    assert np.mean(errors, axis=0) == pytest.approx(POLISHED[name], rel=0.003)
    assert max(changes) < WORST[name] + 0.01


def test_presets_stay_small():
    sizes = {name: preset["megabytes"] for name, preset in models.list_presets().items()}
    assert sizes["indexnet_base"] <= 13
    assert sizes["indexnet_light"] <= 8


@pytest.mark.slow
def test_shipped_weights_beat_everything_that_needs_no_training(photographs):
    shipped_sad = max(preset["errors"]["sad"] for preset in models.list_presets().values())
    for floor, expected in FLOORS.items():
        floor_sad = mean_sad(photographs, floor)
        assert floor_sad == pytest.approx(expected, abs=0.1)
        assert shipped_sad < 0.6 * floor_sad, floor.__name__


@pytest.mark.slow
def test_training_is_what_the_shipped_weights_are_good_by(photographs):
    three = [photographs[number] for number in range(3)]
    trained, untrained = models.matting_model(**PRESET), models.matting_model(PRESET["name"], expansion=1)
    sads = [
        mean_sad(three, lambda *inputs, network=network: predict_alpha(network, *inputs))
        for network in (trained, untrained)
    ]
    assert sads[0] < 0.3 * sads[1]


def test_presets_know_their_configuration():
    assert "indexnet_base" in models.list_presets()
    with pytest.raises(ValueError, match="belongs to the configuration 'm2o_nonlinear_context'"):
        models.matting_model("hin_linear", weights="indexnet_base")
    with pytest.raises(ValueError, match="There are no weights 'nothing'"):
        models.matting_model("hin_linear", weights="nothing")
    with pytest.raises(ValueError, match="There is no configuration 'b99'"):
        models.matting_model("b99")


def test_a_preset_has_the_expansion_it_was_trained_with():
    assert models.matting_model(**PRESET).expansion == 1
    with pytest.raises(ValueError, match="has expansion=1, not 2"):
        models.matting_model(**PRESET, expansion=2)


def test_a_preset_is_named_once():
    network = models.MattingNetwork.from_preset("indexnet_base")
    same = models.matting_model(**PRESET)
    for weight, expected in zip(network.weights, same.weights, strict=True):
        np.testing.assert_array_equal(weight, expected)
    with pytest.raises(ValueError, match="There are no weights 'nothing'.*presets indexnet_base"):
        models.MattingNetwork.from_preset("nothing")


@pytest.mark.parametrize("name", ["indexnet_base", "indexnet_light"])
def test_a_preset_needs_no_configuration_on_the_command_line(name):
    network = models.network_of(name)
    assert network.name == models.list_presets()[name]["configuration"]
    assert network.count_params() == models.MattingNetwork.from_preset(name).count_params()


def test_a_trained_file_needs_no_configuration(tmp_path):
    path = tmp_path / "best.keras"
    network = models.matting_model("o2o_linear_context")
    network.save(path)
    for opened in (models.network_of(path), models.MattingNetwork.from_preset(path)):
        assert (opened.name, opened.index) == ("o2o_linear_context", "o2o")
        for weight, expected in zip(opened.weights, network.weights, strict=True):
            np.testing.assert_array_equal(weight, expected)
    with pytest.raises(ValueError, match="holds another network than asked for: it has index='o2o'"):
        models.network_of(path, "m2o_nonlinear_context")
    with pytest.raises(ValueError, match="There are no weights .*absent.keras"):
        models.MattingNetwork.from_preset(tmp_path / "absent.keras")
