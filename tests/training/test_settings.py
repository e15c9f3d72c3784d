import json
import math
from dataclasses import asdict, fields, replace
from pathlib import Path

import numpy as np
import pytest

from keras_indexnet.data import PAPER, STRONG, CompositionRecipe
from keras_indexnet.errors import IndexNetError
from keras_indexnet.training import RunFolder
from keras_indexnet.training.settings import (
    SETTINGS,
    TrainingSettings,
    override_settings,
    read_config,
    settings_from_json,
)


@pytest.mark.parametrize("preset", SETTINGS)
def test_settings_survive_json(preset):
    settings = replace(SETTINGS[preset], foregrounds=("a", "b"), procedural_shares={"hair": 1.0})
    assert settings_from_json(json.loads(json.dumps(asdict(settings)))) == settings


def test_a_config_file_begins_with_a_preset(tmp_path):
    path = tmp_path / "hair.py"
    path.write_text(
        "from dataclasses import replace\n"
        "from keras_indexnet.training import SETTINGS\n"
        "settings = replace(SETTINGS['budget'], minutes=5.0, procedural_shares={'hair': 1.0})\n"
    )
    settings = read_config(path)
    assert settings.minutes == 5.0
    assert settings.procedural_shares == {"hair": 1.0}


BAD_CONFIGS = {
    "settings = 3\n": "does not assign TrainingSettings",
    "from keras_indexnet.training import TrainingSettings as T\nsettings = T(stepz=3)\n": "TypeError.*stepz",
    "this is no Python\n": "does not run: SyntaxError",
    "raise SystemExit\n": "does not run: SystemExit",
    "from keras_indexnet.training import TrainingSettings as T\nsettings = T(steps='3')\n": "steps is a whole",
}


@pytest.mark.parametrize(("text", "message"), BAD_CONFIGS.items(), ids=BAD_CONFIGS.values())
def test_a_config_file_that_does_not_fit_is_named(tmp_path, text, message):
    (tmp_path / "bad.py").write_text(text)
    with pytest.raises(ValueError, match=rf"bad\.py does.*{message}|bad\.py.*{message}"):
        read_config(tmp_path / "bad.py")


def test_a_missing_config_file_is_named(tmp_path):
    with pytest.raises(ValueError, match="There is no config file"):
        read_config(tmp_path / "none.py")


def test_steps_take_the_place_of_minutes():
    assert override_settings(SETTINGS["budget"], steps=100).minutes is None
    assert override_settings(SETTINGS["budget"], minutes=2.0).minutes == 2.0


BAD_SETTINGS = [
    ({"schedule": "linear"}, "schedule is one of"),
    ({"precision": "float16"}, "precision is one of"),
    ({"steps": 0}, "steps is a whole number from 1 to 1000000000, not 0"),
    ({"minutes": -1.0}, "minutes is a number above 0"),
    ({"procedural": 2.0}, "procedural is a number from 0 to 1, not 2.0"),
    ({"seed": -1}, "seed is a whole number from 0 to"),
    ({"steps": 10**400}, "steps is far too large a number"),
    ({"learning_rate": 10**5000}, "learning_rate is far too large a number"),
    ({"output": 10**5000}, "output is a text, not a number of thousands of digits"),
    ({"steps": "3"}, "steps is a whole number .*, not '3'"),
    ({"steps": True}, "steps is a whole number .*, not True"),
    ({"tensorboard": 1}, "tensorboard is True or False, not 1"),
    ({"output": None}, "output is a text, not None"),
    ({"foregrounds": "cutouts"}, "foregrounds is a list, not 'cutouts'"),
    ({"foregrounds": ["a", 3]}, r"foregrounds\[1\] is a text, not 3"),
    ({"foregrounds": ["a"], "foreground_shares": [0]}, "foreground_shares at least is above 0"),
    ({"procedural_shares": {"hair": "much"}}, "procedural_shares.hair is a number"),
    ({"network_options": {"width": {1}}}, "network_options.width is of numbers, texts, lists and dicts"),
    ({"network_options": {"width": math.nan}}, "network_options.width is a number, not nan"),
    ({"recipe": "papers"}, "recipes are paper, strong, real; there is no 'papers'"),
    ({"recipe": 3}, "recipe is a CompositionRecipe, not 3"),
    ({"recipe": CompositionRecipe(noise="much")}, "recipe.noise is a number, not much|'much'"),
    ({"recipe": CompositionRecipe(zoom=(1.0,))}, "recipe.zoom is a list of 2"),
    ({"recipe": {"noises": 1}}, "recipe.'noises' is not known"),
    ({"recipe": {"flip_share": 1.5}}, "recipe's flip_share lies from 0 to 1, not at 1.5"),
    ({"recipe": {"noise": -1}}, "recipe's noise lies from 0 to 1, not at -1"),
    ({"recipe": {"zoom": [2, 1]}}, "recipe's zoom are the lesser number and the greater"),
    ({"recipe": {"zoom": [0, 1]}}, "recipe's zoom lies from 0.01 to 100"),
    ({"recipe": {"crop_scales": []}}, "crop_scales are one number or more"),
    ({"weight_average": 1.0}, "weight_average is a momentum"),
    ({"batch_size": 3, "devices": 2}, "3 samples cannot be split evenly over 2"),
    ({"epoch_steps": 10, "steps_per_execution": 4}, "epoch_steps, 10, is a multiple of steps_per_execution, 4"),
]


@pytest.mark.parametrize(("changes", "message"), BAD_SETTINGS)
def test_a_setting_that_does_not_fit_is_named(changes, message):
    with pytest.raises(ValueError, match=message):
        TrainingSettings(**changes)


ODD = [
    None, True, np.True_, 0, 1, -1, 3.0, 2.5, np.int64(64), np.float32(0.5), np.uint8(2), 1e308, 10**30,
    10**400, 10**5000, math.nan, -math.inf, "", "none", "a\nb" * 100, b"a", Path("a"), [], ["a"], (1, 2),
    [None], [[]], {}, {"hair": 1}, {1: 2}, {"a": {"b": object()}}, np.zeros(2), np.zeros((2, 2)), {3}, 1j,
    np.array(3), object(), int, PAPER, "cosine", "skip", "cpu", "mixed_float16", "both",
]  # fmt: skip


@pytest.mark.parametrize("name", [field.name for field in fields(TrainingSettings)])
def test_any_value_is_refused_with_a_sentence_or_stored(name):
    """What is taken is plain Python: a run goes on with the settings that JSON gives back."""
    taken = 0
    for value in ODD:
        try:
            settings = TrainingSettings(**{"epoch_steps": 2**6, name: value})
        except IndexNetError as error:
            assert name in str(error) and "\n" not in str(error) and len(str(error)) < 250
            continue
        taken += 1
        assert settings_from_json(json.loads(json.dumps(asdict(settings), allow_nan=False))) == settings
    assert 0 < taken < len(ODD)


def test_numpys_numbers_are_pythons():
    given = TrainingSettings(
        steps=np.int64(3), learning_rate=np.float32(0.5), tensorboard=np.True_, workers=4.0
    )
    values = (given.steps, given.learning_rate, given.tensorboard, given.workers)
    assert values == (3, 0.5, True, 4)
    assert [type(value) for value in values] == [int, float, bool, int]
    named = TrainingSettings(recipe="strong", network_options={"width": np.float64(0.5), "heads": [np.int8(2)]})
    assert named.recipe == STRONG
    assert named.network_options == {"width": 0.5, "heads": (2,)}


STORED = json.dumps(asdict(TrainingSettings()))

DAMAGED_SETTINGS = {
    "": "it is damaged",
    "{": "it is damaged",
    "[" * 100_000: "it is damaged",
    "null": "names and values",
    "[]": "names and values",
    "{}": "its recipe among them",
    STORED.replace('"steps": 90000', '"steps": "90000"'): "steps is a whole number .*, not '90000'",
    STORED.replace('"steps": 90000', '"steps": 9' + 400 * "0"): "steps is far too large",
    STORED.replace('"steps": 90000', '"steps": 9' + 5000 * "0"): "it is damaged",
    STORED.replace('"steps": 90000', '"stepz": 90000'): "'stepz' is not known",
    STORED.replace(
        '"learning_rate": 0.01', '"learning_rate": NaN'
    ): "learning_rate is a number above 0, not nan",
    STORED.replace('"output": "runs/matting"', '"output": null'): "output is a text, not None",
    STORED.replace('"output": "runs/matting"', '"output": ["a"]'): "output is a text, not \\['a'\\]",
    STORED.replace('"foregrounds": []', '"foregrounds": "a"'): "foregrounds is a list, not 'a'",
    STORED.replace('"noise": 0.0', '"noise": "loud"'): "recipe.noise is a number",
    STORED.replace('"hue": 0.0', '"hues": 0.0'): "recipe.*colours.'hues' is not known",
    STORED.replace('"recipe": {', '"recipe": 3, "x": {'): "is not known",
}


@pytest.mark.parametrize(("stored", "message"), DAMAGED_SETTINGS.items(), ids=range(len(DAMAGED_SETTINGS)))
def test_stored_settings_that_do_not_fit_are_named(tmp_path, stored, message):
    assert stored != STORED
    folder = RunFolder(tmp_path)
    folder.settings.write_text(stored)
    with pytest.raises(IndexNetError, match=f"settings.json does not hold the settings of a run.*{message}"):
        folder.stored_settings()


def test_lists_and_paths_are_what_they_are_stored_as():
    given = TrainingSettings(foregrounds=[Path("a"), "b"], output=Path("run"))
    stored = TrainingSettings(foregrounds=("a", "b"), output="run")
    assert given == stored == settings_from_json(json.loads(json.dumps(asdict(given))))
