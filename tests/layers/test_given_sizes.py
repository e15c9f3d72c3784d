"""Sizes of layers in every form that people give them in; layers that were given them can be saved."""

import json

import keras
import numpy as np
import pytest

from keras_indexnet import IndexNetError, layers

ARGUMENTS = {
    layers.MaxIndexBlock: {"pool_size": 2},
    layers.AverageIndexBlock: {"pool_size": 2},
    layers.HolisticMaxIndexBlock: {"pool_size": 2},
    layers.KernelIndexBlock: {"pool_size": 2},
    layers.HolisticIndexBlock: {"pool_size": 2},
    layers.DepthwiseIndexBlock: {"pool_size": 2, "expansion": 3, "nonlinear": True},
    layers.PeriodicShuffleIndexBlock: {"pool_size": 2, "position": 3},
    layers.IndexedPooling: {"pool_size": 2},
    layers.IndexedUpsampling: {"size": 2},
    layers.MaxPoolingWithArgmax2D: {"pool_size": 2},
    layers.MaxUnpooling2D: {"pool_size": 2},
    layers.CRP: {"filters": 4, "links": 2, "pool_size": 3},
    layers.ASPP: {"filters": 4, "branch_filters": 4},
    layers.GroupedProjection: {"channels": 2},
    layers.AlphaRefinement: {"filters": 4},
}
SIZES = [(layer, name) for layer, given in ARGUMENTS.items() for name in given if name != "nonlinear"]
NEVER = (-1, 2.5, "2", True, None, float("nan"), float("inf"), (2, 2), [2], np.array([2, 2]), 10**12)


def inputs_of(layer):
    features, index = keras.Input((8, 8, 4)), keras.Input((8, 8, 16))
    return {
        layers.IndexedPooling: (features, keras.Input((4, 4, 4))),
        layers.IndexedUpsampling: (features, index),
        layers.MaxUnpooling2D: (features, keras.Input((8, 8, 4), dtype="int32")),
        layers.AlphaRefinement: (features, keras.Input((8, 8, 1))),
    }.get(type(layer), (features,))


@pytest.mark.parametrize("layer_class", ARGUMENTS)
def test_a_layer_is_the_same_whatever_type_its_sizes_have_and_is_saved(layer_class, tmp_path):
    arguments = ARGUMENTS[layer_class]
    expected = layer_class(**arguments, name="it").get_config()
    for form in (np.int64, np.uint8, float, np.float32, np.array):
        given = {name: form(value) if value is not True else np.True_ for name, value in arguments.items()}
        layer = layer_class(**given, name="it")
        assert json.dumps(layer.get_config()) == json.dumps(expected)
    inputs = inputs_of(layer)
    keras.Model(inputs, layer(*inputs)).save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras").get_layer("it")
    assert loaded.get_config() == layer.get_config()


@pytest.mark.parametrize(("layer_class", "name"), SIZES)
def test_what_is_no_size_is_named_in_one_sentence(layer_class, name):
    for given in (*NEVER, *([] if name == "position" else [0])):
        sentence = rf"\A{layer_class.__name__}'s {name} is a whole number [^\n]{{1,150}}\.\Z"
        with pytest.raises(IndexNetError, match=sentence):
            layer_class(**{**ARGUMENTS[layer_class], name: given})


@pytest.mark.parametrize("dilations", [2, "24", None, (0,), (1.5,), (True,)])
def test_dilations_are_several_whole_numbers(dilations):
    with pytest.raises(IndexNetError, match="ASPP's dilations"):
        layers.ASPP(4, dilations)
    assert layers.ASPP(4, np.array([2, 4])).get_config()["dilations"] == (2, 4)
