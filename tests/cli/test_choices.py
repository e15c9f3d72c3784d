"""The names that the help lists are those of the library's tables."""

from keras_indexnet import data, evaluation, export, inference, models, training
from keras_indexnet.cli import choices
from keras_indexnet.data.readers import LAYOUTS
from keras_indexnet.inference.prediction import LARGEST_SCALE
from keras_indexnet.inference.selecting import SELECTING_MODEL


def test_data_sets():
    assert tuple(LAYOUTS) == choices.DATA_SETS
    assert tuple(name for name, layout in LAYOUTS.items() if layout.training) == choices.TRAINING_DATA_SETS


def test_networks_and_methods():
    assert tuple(models.list_presets()) == choices.PRESETS
    assert tuple(evaluation.CLASSICAL_METHODS) == choices.CLASSICAL_METHODS


def test_training():
    assert tuple(training.settings.SETTINGS) == choices.TRAINING_PRESETS
    assert tuple(data.COMPOSITION_RECIPES) == choices.RECIPES


def test_export():
    assert tuple(export.FORMATS) == choices.EXPORT_FORMATS
    assert (None, *choices.QUANTIZATIONS) == tuple(export.QUANTIZATIONS)


def test_pictures():
    assert choices.IMAGE_SUFFIXES == data.image_files.SUFFIXES
    assert choices.MAX_PIXELS == inference.MAX_PIXELS
    assert choices.OUTPUT_STRIDE == inference.OUTPUT_STRIDE
    assert choices.LARGEST_SCALE == LARGEST_SCALE
    assert choices.SELECTING_MODEL == SELECTING_MODEL
