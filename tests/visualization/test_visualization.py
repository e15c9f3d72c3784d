"""Pictures of what networks learned: index maps, errors, sheets, and the command that puts them together."""

import subprocess
import sys
from pathlib import Path

import cv2
import keras
import numpy as np
import pytest

from keras_indexnet import models, visualization
from keras_indexnet.cli.group import main
from keras_indexnet.data import drawn_photograph, read_gray, read_image, write_image

SAMPLES = Path(__file__).resolve().parents[2] / "datasets" / "samples"


@pytest.fixture(scope="module")
def drawn():
    return drawn_photograph(size=64)


def regions(index):
    """The values of each 2 x 2 region, row by row: `H/2 x W/2 x 4 x G`."""
    height, width, groups = index.shape
    split = index.reshape(height // 2, 2, width // 2, 2, groups).transpose(0, 2, 1, 3, 4)
    return split.reshape(height // 2, width // 2, 4, groups)


def test_the_index_maps_of_max_pooling_mark_the_maxima_of_the_features(drawn):
    network = models.matting_model("b11", width=0.35)
    stages = visualization.index_maps(network, drawn.image, drawn.trimap)
    assert [maps.stage for maps in stages] == [0, 2, 3, 4, 6]
    inputs = np.dstack([drawn.image, drawn.trimap]).astype("float32")[np.newaxis]
    for maps in stages:
        features = network.get_layer(f"index_{maps.stage}").input
        of_regions = regions(keras.ops.convert_to_numpy(keras.Model(network.inputs[0], features)(inputs))[0])
        position = regions(maps.decoder).argmax(axis=2)
        np.testing.assert_array_equal(position, of_regions.argmax(axis=2))  # both take the first of equals
        np.testing.assert_array_equal(regions(maps.decoder).sum(axis=2), 1)
        np.testing.assert_array_equal(maps.encoder, maps.decoder)
        np.testing.assert_array_equal(maps.maximum, maps.decoder)


@pytest.mark.parametrize(("name", "holistic"), [("m2o_linear", False), ("hin_linear", True), ("hmi", True)])
def test_index_maps_have_the_resolution_of_their_stage_and_one_or_all_channels(drawn, name, holistic):
    network = models.matting_model(name, width=0.35)
    stages = visualization.index_maps(network, drawn.image, drawn.trimap)
    for maps, side in zip(stages, (64, 32, 16, 8, 4), strict=True):
        channels = network.get_layer(f"index_{maps.stage}").input.shape[-1]
        assert maps.maximum.shape == (side, side, channels)
        assert maps.encoder.shape == maps.decoder.shape == (side, side, 1 if holistic else channels)


def test_learned_maps_pool_the_features_that_the_network_pools(drawn):
    network = models.matting_model("o2o_linear", width=0.35)
    (maps,) = visualization.index_maps(network, drawn.image, drawn.trimap, stages=[2])
    assert maps.stage == 2
    np.testing.assert_allclose(regions(maps.encoder).sum(axis=2), 1, atol=1e-6)
    assert ((maps.decoder > 0) & (maps.decoder < 1)).all()
    # encoder index = softmax of the decoder index over a region
    weights = np.exp(regions(maps.decoder))
    np.testing.assert_allclose(regions(maps.encoder), weights / weights.sum(axis=2, keepdims=True), atol=1e-6)
    inputs = np.dstack([drawn.image, drawn.trimap]).astype("float32")[np.newaxis]
    block, pool = network.get_layer("index_2"), network.get_layer("pool_2")
    features, pooled = keras.Model(network.inputs[0], [block.input, pool.output[0]])(inputs, training=False)
    weighted = regions(maps.encoder) * regions(keras.ops.convert_to_numpy(features)[0])
    np.testing.assert_allclose(weighted.sum(axis=2), keras.ops.convert_to_numpy(pooled)[0], atol=1e-5)


def test_maps_of_a_photograph_of_any_size_are_those_of_the_enlarged_one():
    drawn = drawn_photograph(size=96)
    image, trimap = drawn.image[:70, :90], drawn.trimap[:70, :90]
    network = models.matting_model("hin_linear", width=0.35)
    first, *_ = visualization.index_maps(network, image, trimap)
    assert first.decoder.shape == (96, 96, 1)
    assert visualization.shown_decoder_index(network, image, trimap).shape == (70, 90)


@pytest.mark.parametrize("name", ["b1", "b6"])
def test_networks_without_indices_say_so(drawn, name):
    options = {"width": 0.35} if name == "b6" else {}
    network = models.matting_model(name, **options)
    with pytest.raises(ValueError, match=f"The network {name} has no indices to show; those with"):
        visualization.index_maps(network, drawn.image, drawn.trimap)


def test_a_stage_without_indices_is_refused_with_those_that_have_some(drawn):
    network = models.matting_model("hin_linear", width=0.35)
    with pytest.raises(ValueError, match="at the stages 0, 2, 3, 4, 6, not at 1"):
        visualization.index_maps(network, drawn.image, drawn.trimap, stages=[1])


def test_a_shown_index_is_its_mean_or_one_channel():
    index = np.dstack([np.tile(np.linspace(0, 1, 101), (3, 1)), np.zeros((3, 101))])
    np.testing.assert_array_equal(visualization.shown_index(index), visualization.shown_index(index, channel=0))
    shown = visualization.shown_index(index, channel=0)[0]
    assert (shown[0], shown[50], shown[-1]) == (0, 128, 255)
    assert (np.diff(shown.astype(int)) >= 0).all()
    assert not visualization.shown_index(index, channel=1).any()
    with pytest.raises(ValueError, match="channel of this index map is a whole number from 0 to 1, not 2"):
        visualization.shown_index(index, channel=2)


def test_an_error_map_is_brighter_the_larger_the_error_and_grey_where_alpha_is_known():
    truth = np.zeros((2, 256), np.float32)
    alpha = np.tile(np.linspace(0, 1, 256, dtype=np.float32), (2, 1))
    trimap = np.repeat(np.array([[128], [255]], np.uint8), 256, axis=1)
    shown = visualization.error_map(alpha, truth, trimap)
    assert (shown[1] == 128).all()
    brightness = cv2.cvtColor(shown[:1], cv2.COLOR_RGB2GRAY)[0].astype(int)
    assert (np.diff(brightness) >= -1).all()
    assert (brightness[0], brightness[-1]) == (0, pytest.approx(244, abs=2))
    halved = visualization.error_map(alpha, truth, trimap, largest=0.5)
    np.testing.assert_array_equal(halved[0, 128:], np.tile(shown[0, -1], (128, 1)))
    np.testing.assert_array_equal(visualization.error_map(truth, alpha, trimap), shown)


def test_an_error_map_needs_arrays_of_one_size():
    with pytest.raises(ValueError, match="must have the same H x W shape"):
        visualization.error_map(np.zeros((4, 4)), np.zeros((4, 5)), np.full((4, 4), 128, np.uint8))


@pytest.fixture
def astronaut(tmp_path):
    """The sample as files of 128 x 128 pixels, with its trimap in the place of a true matte."""
    image = cv2.resize(read_image(SAMPLES / "astronaut.jpg"), (128, 128), interpolation=cv2.INTER_AREA)
    trimap = read_gray(SAMPLES / "astronaut_trimap.png")[::4, ::4]
    paths = [tmp_path / name for name in ("photo.png", "trimap.png", "truth.png")]
    for path, picture in zip(paths, (image, trimap, trimap), strict=True):
        write_image(path, picture)
    return paths


def test_the_command_writes_a_sheet_of_a_process_of_its_own(tmp_path, astronaut):
    photo, trimap, truth = astronaut
    command = [str(Path(sys.executable).parent / "indexnet"), "show", photo, trimap, "--truth", truth]
    result = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=300)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == "photo_indices.png\n"
    sheet = read_image(tmp_path / "photo_indices.png")
    row, panel = 360 + 36, 360 + 8
    assert sheet.shape == (4 * row, 5 * panel, 3)
    pictures = sheet.reshape(4, row, 5, panel, 3)[:, 32:-4, :, 4:-4].swapaxes(1, 2)  # row, column, picture
    shown = cv2.resize(read_image(photo), (360, 360), interpolation=cv2.INTER_AREA)
    np.testing.assert_array_equal(pictures[0, 0], shown)
    assert len(np.unique(pictures[0, 3].reshape(-1, 3), axis=0)) > 20  # the error has colours
    assert (pictures[0, 4] == 255).all()
    assert (pictures[1:].std(axis=(2, 3, 4)) > 10).all()


def test_the_command_shows_a_channel_and_reduces_large_photographs(tmp_path, astronaut, capsys):
    photo, trimap, _ = (cv2.resize(read_image(path), (1280, 80)) for path in astronaut)
    trimap = np.where(trimap[..., 0] < 128, 0, 128).astype(np.uint8)
    paths = [str(tmp_path / name) for name in ("large.png", "large_trimap.png", "mean.png", "channel.png")]
    write_image(paths[0], photo)
    write_image(paths[1], trimap)
    for arguments in (["-o", paths[2]], ["--channel", "3", "-o", paths[3]]):
        main(["show", *paths[:2], *arguments])
        assert "reduced to 1024 x 64 pixels" in capsys.readouterr().err
    mean, channel = (read_image(path) for path in paths[2:])
    assert mean.shape == channel.shape
    np.testing.assert_array_equal(mean[:396], channel[:396])  # photograph, trimap, alpha
    assert (mean[396:] != channel[396:]).any()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.png", "{trimap}"], "There is no file none.png."),
        (["{photo}", "{photo}.txt"], "There is no file"),
        (["{photo}", "{trimap}", "-o", "sheet.txt"], "--output ends in .png, .jpg, "),
        (["{photo}", "{trimap}", "--truth", "{small}"], "has 64 x 64 pixels, but"),
        (["{photo}", "{trimap}", "--weights", "nothing"], "There are no weights 'nothing'"),
        (["{photo}", "{trimap}", "--weights", "{network}", "--configuration", "b6"], "no indices to show"),
        (["{photo}"], "Missing argument 'TRIMAP'"),
    ],
)
def test_the_command_refuses_bad_input_in_one_sentence(
    tmp_path, monkeypatch, capsys, astronaut, arguments, message
):
    monkeypatch.chdir(tmp_path)
    photo, trimap, truth = astronaut
    small, network = tmp_path / "small.png", tmp_path / "b6.weights.h5"
    write_image(small, read_gray(truth)[::2, ::2])
    if "{network}" in arguments:
        models.matting_model("b6").save_weights(network)
    names = {"photo": photo, "trimap": trimap, "small": small, "network": network}
    with pytest.raises(SystemExit) as stopped:
        main(["show", *(argument.format(**names) for argument in arguments)])
    *usage, error = capsys.readouterr().err.splitlines()
    assert [line.startswith("Usage: ") for line in usage] == [True] * (stopped.value.code - 1)
    assert message in error
    assert error.startswith("Error: ")
    assert not (tmp_path / "photo_indices.png").exists()
