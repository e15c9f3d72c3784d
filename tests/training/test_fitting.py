"""Whole training runs, small enough for a test: one that ends, and ones that are killed and started again."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import cv2
import keras
import numpy as np
import pytest

from keras_indexnet import models, training
from keras_indexnet.cli.group import main
from keras_indexnet.data import drawn_photograph, write_image
from keras_indexnet.training.fitting import compiled_network, initial_network

INDEXNET = os.path.join(os.path.dirname(sys.executable), "indexnet")
EPOCHS = 4


@pytest.fixture
def data(tmp_path):
    """Two cut-outs, two photographs and one with known alpha, as folders."""
    rng = np.random.default_rng(0)
    for number in range(2):
        colours = rng.integers(0, 256, (9, 9, 3), dtype=np.uint8)
        write_image(tmp_path / "backgrounds" / f"{number}.jpg", cv2.resize(colours, (200, 150)))
        drawn = drawn_photograph(number, size=256)
        write_image(tmp_path / "foregrounds" / f"{number}.png", np.dstack([drawn.image, drawn.alpha]))
    for folder, picture in (("image", drawn.image), ("trimap1", drawn.trimap), ("alpha", drawn.alpha)):
        write_image(tmp_path / "validation" / folder / "one.png", picture)
    return tmp_path


def command(data, output, **changes):
    options = {
        "backgrounds": data / "backgrounds",
        "foregrounds": data / "foregrounds",
        "output": data / output,
        "procedural": 0,
        "configuration": "hin_linear",
        "encoder-weights": "none",
        "size": 32,
        "batch-size": 2,
        "epoch-steps": 2,
        "steps": 2 * EPOCHS,
    }
    options |= {name.replace("_", "-"): value for name, value in changes.items()}
    return [INDEXNET, "train", *(part for name, value in options.items() for part in (f"--{name}", str(value)))]


def run(arguments):
    """Run the command in a process of its own."""
    return subprocess.run(arguments, capture_output=True, text=True, timeout=300)


def refusal(arguments, capsys):
    """Run the command in this process, which has imported everything, and return its last sentence."""
    with pytest.raises(SystemExit) as stopped:
        main(arguments[1:])
    *others, sentence = capsys.readouterr().err.splitlines()
    assert stopped.value.code == (2 if any(line.startswith("Usage: ") for line in others) else 1)
    return sentence


def read_log(folder):
    with open(folder / "log.csv") as file:
        return list(csv.DictReader(file))


def without_times(log):
    return [
        {name: value for name, value in row.items() if name not in ("minutes", "samples_per_second")}
        for row in log
    ]


def weights(path):
    return keras.saving.load_model(path, compile=False).get_weights()


def assert_the_same_run(ours, theirs):
    assert without_times(read_log(ours)) == without_times(read_log(theirs))
    for name in ("last.keras", "best.keras"):
        for our, their in zip(weights(ours / name), weights(theirs / name), strict=True):
            np.testing.assert_array_equal(our, their)
    assert sorted(path.name for path in ours.iterdir() if not path.name.startswith(".")) == [
        "best.json",
        "best.keras",
        "checkpoint.npz",
        "last.keras",
        "log.csv",
        "settings.json",
    ]


@pytest.mark.slow
def test_a_run_that_is_killed_ends_in_the_same_weights(data):
    whole = run(command(data, "whole", validation=data / "validation"))
    assert whole.returncode == 0, whole.stderr

    killed = command(data, "killed", validation=data / "validation")
    process = subprocess.Popen(killed, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    log = data / "killed" / "log.csv"
    deadline = time.monotonic() + 240
    while not log.exists():
        assert time.monotonic() < deadline and process.poll() is None, "no epoch was written"
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    result = run([*killed, "--resume"])
    assert result.returncode == 0, result.stderr
    assert_the_same_run(data / "killed", data / "whole")


@pytest.mark.matrix
def test_a_run_that_is_killed_twenty_times_ends_in_the_same_weights(data):
    """At random moments, of which many are those in which a checkpoint is written."""
    kills = os.path.join(os.path.dirname(__file__), "kills.py")
    result = subprocess.run(
        [sys.executable, kills, str(data), "20"],
        env={**os.environ, "KERAS_BACKEND": "torch", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    moments = json.loads(result.stdout.splitlines()[-1])
    assert moments["Another training runs"] == 5, "a second training ran beside the first"
    assert moments["elsewhere"] + moments["checkpoint"] + moments.get("exchange", 0) == 20
    assert moments["checkpoint"] > 2
    assert_the_same_run(data / "killed", data / "whole")


@pytest.mark.slow
def test_runs_in_one_folder_do_not_mix(data, capsys, eager_steps):
    two_steps = command(data, "run", steps=2)
    main(two_steps[1:])
    models.matting_model("hin_linear", weights=data / "run" / "last.keras")
    longer = "holds a run that is complete; --resume with more --steps or --minutes makes it longer"
    assert longer in refusal([*two_steps, "--resume"], capsys)
    assert longer in refusal(two_steps, capsys)

    (data / "run" / "last.keras").unlink()
    assert "holds a run; --resume goes on with it" in refusal(two_steps, capsys)
    other_seed = command(data, "run", steps=2, seed=7)
    assert "other settings (seed)" in refusal([*other_seed, "--resume"], capsys)


@pytest.mark.slow
def test_a_run_says_what_it_does_and_may_be_made_longer(data, capsys, eager_steps):
    main(command(data, "run", steps=3)[1:])
    first, *epochs, last = capsys.readouterr().out.splitlines()
    assert first.startswith("Training hin_linear for 3 steps: 2 samples of 32 x 32 pixels")
    assert str(data / "foregrounds") in first and "drawn" not in first
    assert [line.split(",")[0] for line in epochs] == ["epoch 1", "epoch 2"]
    assert last.endswith(f"indexnet matte PHOTO TRIMAP --weights {data / 'run' / 'last.keras'}")

    before = weights(data / "run" / "last.keras")
    main(["train", "--resume", "--output", str(data / "run"), "--steps", "4"])
    assert "for 4 steps, on from epoch 2: " in capsys.readouterr().out
    assert [row["steps"] for row in read_log(data / "run")] == ["2", "3", "4"]
    after = weights(data / "run" / "last.keras")
    assert any(not np.array_equal(*pair) for pair in zip(before, after, strict=True))

    (data / "run" / "checkpoint.npz").unlink()
    said = refusal([*command(data, "run", steps=9), "--resume"], capsys)
    assert "is complete and has no checkpoint.npz" in said and "--weights" in said


def test_there_is_nothing_to_go_on_with(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["train", "--resume", "--output", str(tmp_path)])
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith(f"Error: --resume goes on with a run, and {tmp_path} holds none: leave it out")
    assert not any(tmp_path.iterdir())


def test_weights_bring_their_network(tmp_path):
    settings = replace(training.SETTINGS["budget"], weights="indexnet_light", precision="mixed_bfloat16")
    network = initial_network(settings)
    assert (network.name, network.dtype_policy.name) == ("o2o_linear_context", "mixed_bfloat16")
    with pytest.raises(ValueError, match="belongs to the configuration 'o2o_linear_context'"):
        initial_network(replace(settings, configuration="hin_linear"))
    pixels = keras.Input((None, None, 4))
    keras.Model(pixels, keras.layers.Conv2D(1, 1)(pixels)).save(tmp_path / "other.keras")
    with pytest.raises(
        ValueError, match="other.keras holds a Functional, which is no network of keras_indexnet"
    ):
        initial_network(replace(settings, weights=str(tmp_path / "other.keras")))


@pytest.mark.slow
def test_a_loss_that_becomes_nan_ends_with_a_sentence_and_the_last_good_checkpoint(data, capsys, eager_steps):
    """The first step is the last good one: the second is taken with weights that a rate of 1e30 made."""
    said = refusal(command(data, "run", epoch_steps=1, learning_rate="1e30"), capsys)
    assert said.startswith("Error: The loss became NaN")
    assert "--resume and a smaller --learning-rate" in said
    assert not (data / "run" / "last.keras").exists()


@pytest.mark.slow
def test_a_corrupt_foreground_is_named_and_refused_or_skipped(data, capsys, eager_steps):
    (data / "foregrounds" / "0.png").write_bytes(b"no image")
    assert "0.png is not an image" in refusal(command(data, "refused", steps=4), capsys)
    with pytest.warns(UserWarning, match="0.png is not an image"):
        main(command(data, "skipped", steps=4, broken_images="skip")[1:])
    assert (data / "skipped" / "last.keras").exists()


@pytest.mark.slow
def test_a_budget_in_minutes_is_kept_and_the_rate_ends_at_zero(data, eager_steps):
    arguments = command(data, "run", minutes=0.1, epoch_steps=1000)
    place = arguments.index("--steps")
    started = time.monotonic()
    main(arguments[1:place] + arguments[place + 2 :])
    assert time.monotonic() - started < 240
    (row,) = read_log(data / "run")
    assert 0.1 <= float(row["minutes"]) < 1.0
    assert float(row["learning_rate"]) < 0.2 * training.SETTINGS["budget"].learning_rate


@pytest.mark.slow
def test_the_papers_settings_are_the_papers():
    """Lu et al., ICCV 2019, sec. 5.1."""
    settings = replace(training.SETTINGS["paper"], encoder_weights=None, configuration="hin_linear")
    assert (settings.size, settings.batch_size, settings.steps) == (320, 16, 90_000)
    assert settings.recipe.crop_scales == (1.0, 1.5, 2.0)
    network = compiled_network(settings)
    optimizer = network.optimizer
    assert isinstance(optimizer, keras.optimizers.Adam)
    assert float(optimizer.learning_rate) == pytest.approx(0.01)
    assert optimizer.factors == {"encoder": 0.01}
    trained = {variable.path for variable in network.trainable_variables}
    batch_norms = [
        layer
        for stage in network.encoder_stages
        for layer in stage.layers
        if isinstance(layer, keras.layers.BatchNormalization)
    ]
    assert len(batch_norms) == 51
    assert not any(layer.trainable for layer in batch_norms)
    assert not any(layer.gamma.path in trained for layer in batch_norms)
    kernel = keras.ops.convert_to_numpy(network.get_layer("decoder_5_conv").kernel)
    assert kernel.std() == pytest.approx(np.sqrt(2 / np.prod(kernel.shape[:3])), rel=0.02)  # He et al.
    loss = network.loss
    assert (loss.alpha_weight, loss.gradient_weight, loss.laplacian_weight) == (0.5, 0.0, 0.0)


def test_the_encoders_batch_normalisation_may_be_trained():
    settings = replace(
        training.SETTINGS["paper"], encoder_weights=None, configuration="hin_linear", freeze_batch_norm=False
    )
    fixed = compiled_network(replace(settings, freeze_batch_norm=True))
    free = compiled_network(settings)
    assert len(free.trainable_variables) - len(fixed.trainable_variables) == 2 * 51


def test_a_configuration_is_trained_with_other_options_than_its_own():
    settings = replace(
        training.SETTINGS["budget"],
        configuration="b11",
        network_options={"index": "bilinear", "width": 0.35},
        encoder_weights=None,
    )
    network = compiled_network(settings)
    assert (network.index, network.width) == ("bilinear", 0.35)


@pytest.mark.slow
@pytest.mark.parametrize(
    "precision", ["mixed_float16", pytest.param("mixed_bfloat16", marks=pytest.mark.matrix)]
)
def test_mixed_precision_trains_weights_that_stay_float32(data, precision, eager_steps):
    settings = replace(
        training.SETTINGS["budget"],
        configuration="hin_linear",
        encoder_weights=None,
        precision=precision,
        size=32,
        batch_size=2,
        minutes=None,
        steps=3,
        epoch_steps=3,
        weight_average=0.5,
        procedural_count=2,
        output=str(data / precision),
    )
    network = training.train(settings)
    assert keras.config.dtype_policy().name == "float32"
    assert network.get_layer("decoder_3_conv").compute_dtype == precision.removeprefix("mixed_")
    assert {variable.dtype for variable in network.trainable_variables} == {"float32"}
    (row,) = read_log(data / precision)
    assert np.isfinite(float(row["loss"]))
    loaded = models.matting_model("hin_linear", weights=data / precision / "last.keras")
    assert all(np.isfinite(weight).all() for weight in loaded.get_weights())
    assert loaded.get_layer("decoder_3_conv").compute_dtype == "float32"


def test_a_network_without_index_blocks_has_nothing_to_expand():
    network = compiled_network(
        replace(training.SETTINGS["paper"], configuration="b1", encoder_weights=None, freeze_batch_norm=False)
    )
    assert network.name == "b1"
