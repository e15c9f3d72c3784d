"""Deep Matting's three stages: the network, a refinement behind it, and both."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from keras_indexnet import models, training
from keras_indexnet.cli.group import main
from keras_indexnet.training.fitting import initial_network

CONFIGS = Path(__file__).parents[2] / "configs" / "deep_matting"
TINY = replace(
    training.SETTINGS["budget"],
    encoder_weights=None,
    encoder_rate=1.0,
    size=32,
    batch_size=2,
    minutes=None,
    steps=3,
    epoch_steps=3,
    schedule="constant",
    procedural_count=2,
)


def changed(before, after):
    """Return the names of the layers of the first network whose trained weights the second has others of."""
    return {
        layer.name
        for layer in before.layers
        for old, new in zip(layer.get_weights(), after.get_layer(layer.name).get_weights(), strict=True)
        if not np.array_equal(old, new)
    }


@pytest.mark.slow
def test_each_stage_changes_what_it_is_for(tmp_path, capsys, eager_steps):
    network = models.matting_model("hin_linear", width=0.35)
    network.save(tmp_path / "network.keras")
    alone = replace(
        TINY,
        weights=str(tmp_path / "network.keras"),
        stage="refinement",
        freeze_batch_norm=False,  # of an encoder that learns, which this one does not
        output=str(tmp_path / "alone"),
    )
    refined = training.train(alone)
    assert "Training the refinement of hin_linear for 3 steps" in capsys.readouterr().out
    assert changed(network, refined) == set()
    assert keras.ops.convert_to_numpy(refined.get_layer("refinement").last.kernel).any()

    weights = str(tmp_path / "alone" / "last.keras")
    both = training.train(replace(alone, weights=weights, stage="both", output=str(tmp_path / "both")))
    assert {"refinement", "encoder_stage_0", "decoder_3_conv"} <= changed(refined, both)


def test_the_network_learns_beneath_a_refinement_that_stays(tmp_path):
    models.matting_model("hin_linear", width=0.35, refinement=True).save(tmp_path / "network.keras")
    for stage, learns in (("network", {False}), ("refinement", {True}), ("both", {False, True})):
        network = initial_network(replace(TINY, stage=stage, weights=str(tmp_path / "network.keras")))
        assert {variable.path.startswith("refinement") for variable in network.trainable_variables} == learns


def test_a_refinement_alone_wants_a_trained_network(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["train", "--stage", "refinement", "--steps", "2", "--output", str(tmp_path / "run")])
    assert capsys.readouterr().err.endswith(
        "The refinement learns behind a trained network: name that by --weights.\n"
    )
    assert not list(tmp_path.rglob("*.keras"))


def test_the_papers_three_runs_follow_each_other():
    """Xu et al., CVPR 2017, sec. 4."""
    first, second, third = (training.read_config(path) for path in sorted(CONFIGS.glob("*.py")))
    assert second.weights == f"{first.output}/last.keras" and third.weights == f"{second.output}/last.keras"
    assert (first.stage, second.stage, third.stage) == ("both", "refinement", "both")
    assert [settings.alpha_weight for settings in (first, second, third)] == [0.5, 1.0, 0.5]
    assert {(run.learning_rate, run.encoder_rate, run.schedule) for run in (first, second, third)} == {
        (1e-5, 1.0, "constant")
    }
