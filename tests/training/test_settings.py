import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

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
    ({"steps": 0}, "steps is a number above 0"),
    ({"minutes": -1.0}, "minutes is a number above 0"),
    ({"procedural": 2.0}, "procedural is a share"),
    ({"weight_average": 1.0}, "weight_average is a momentum"),
    ({"batch_size": 3, "devices": 2}, "3 samples cannot be split evenly over 2"),
    ({"epoch_steps": 10, "steps_per_execution": 4}, "epoch_steps, 10, is a multiple of steps_per_execution, 4"),
]


@pytest.mark.parametrize(("changes", "message"), BAD_SETTINGS)
def test_a_setting_that_does_not_fit_is_named(changes, message):
    with pytest.raises(ValueError, match=message):
        TrainingSettings(**changes)


def test_lists_and_paths_are_what_they_are_stored_as():
    given = TrainingSettings(foregrounds=[Path("a"), "b"], output=Path("run"))
    stored = TrainingSettings(foregrounds=("a", "b"), output="run")
    assert given == stored == settings_from_json(json.loads(json.dumps(asdict(given))))
