"""The weights in the package do what they are shipped for: they matte real photographs."""

from typing import NamedTuple

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


class Figures(NamedTuple):
    """Errors of photographs: SAD of mattes as the network gives them, and all four of polished ones."""

    sad: float
    polished: tuple[float, float, float, float]  # SAD, MSE, Grad, Conn
    worst: float  # of the photograph that gains least: SAD polished over SAD


STATED = {name: preset["errors"]["sad"] for name, preset in models.list_presets().items()}
# Of all thirteen, as the README has them; and of the first three, one of which gains least.
ALL = {
    "indexnet_base": Figures(STATED["indexnet_base"], (3.587, 0.00721, 2.861, 3.156), 1.08),
    "indexnet_light": Figures(STATED["indexnet_light"], (3.981, 0.00939, 3.895, 3.584), 1.0),
    "indexnet_mini": Figures(STATED["indexnet_mini"], (4.073, 0.00992, 4.207, 3.668), 0.9),
}
THREE = {
    "indexnet_base": Figures(3.200, (2.261, 0.004855, 2.125, 1.861), 0.98),
    "indexnet_light": Figures(3.325, (2.449, 0.006463, 2.905, 2.035), 0.87),
    "indexnet_mini": Figures(3.495, (2.490, 0.006918, 3.133, 2.084), 0.85),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", models.list_presets())
@pytest.mark.parametrize("stated", [THREE, pytest.param(ALL, marks=pytest.mark.matrix)], ids=["three", "all"])
def test_shipped_weights_and_polishing_have_the_errors_that_are_stated(photographs, stated, name):
    shipped = models.MattingNetwork.from_preset(name)
    sads, polished_errors, changes = [], [], []
    for number in range(3 if stated is THREE else len(photographs)):
        photograph = photographs[number]
        truth = photograph.alpha, photograph.trimap
        alpha = predict_alpha(shipped, photograph.image, photograph.trimap)
        polished = inference.polish_alpha(photograph.image, photograph.trimap, alpha)
        sads.append(sad_error(alpha, *truth))
        polished_errors.append(list(matting_errors(eight_bit_matte(polished), *truth).values()))
        changes.append(sad_error(polished, *truth) / sads[-1])
    # The table has errors of mattes rounded to 8 bits.
    assert np.mean(sads) == pytest.approx(stated[name].sad, abs=0.01)
    assert np.mean(polished_errors, axis=0) == pytest.approx(stated[name].polished, rel=0.003)
    assert max(changes) < stated[name].worst + 0.01


def test_presets_stay_small():
    sizes = {name: preset["megabytes"] for name, preset in models.list_presets().items()}
    assert sizes["indexnet_base"] <= 13
    assert sizes["indexnet_light"] <= 8
    assert sizes["indexnet_mini"] <= 3


@pytest.mark.slow
def test_shipped_weights_beat_everything_that_needs_no_training(photographs):
    shipped_sad = max(preset["errors"]["sad"] for preset in models.list_presets().values())
    for floor, expected in FLOORS.items():
        floor_sad = mean_sad(photographs, floor)
        assert floor_sad == pytest.approx(expected, abs=0.1)
        assert shipped_sad < 0.6 * floor_sad, floor.__name__


@pytest.mark.matrix
def test_training_is_what_the_shipped_weights_are_good_by(photographs):
    """On one photograph, of which the untrained network's matte is as good as none."""
    trained, untrained = models.matting_model(**PRESET), models.matting_model(PRESET["name"], expansion=1)
    sads = [
        mean_sad([photographs[0]], lambda *inputs, network=network: predict_alpha(network, *inputs))
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
    with pytest.raises(ValueError, match="a whole network, which 'imagenet' is not"):
        models.MattingNetwork.from_preset("imagenet")


@pytest.mark.parametrize("name", models.list_presets())
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
