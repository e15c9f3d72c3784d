"""Networks in folders, as a user of keras-hub saves and opens them."""

import json

import keras
import numpy as np
import pytest
from network_checks import check_equal

from keras_indexnet import IndexNetError, inference, models
from keras_indexnet.cli import main
from keras_indexnet.data import drawn_photograph, write_image
from keras_indexnet.models.encoder_decoder import EncoderDecoder
from keras_indexnet.models.opening import open_network
from keras_indexnet.models.parts import image_and_trimap


@keras.saving.register_keras_serializable(package="tests")
class Tiny(EncoderDecoder):
    """A network that is built at once."""

    def __init__(self, filters=1, name=None, dtype=None, trainable=True):
        inputs = image_and_trimap()
        hidden = keras.layers.Conv2D(filters, 1, name="hidden", data_format="channels_last")(inputs)
        alpha = keras.layers.Conv2D(1, 3, padding="same", data_format="channels_last")(hidden)
        options = {"filters": filters, "name": name, "dtype": dtype, "trainable": trainable}
        super().__init__(inputs, alpha, [], **options)


@pytest.fixture(scope="module")
def network():
    keras.utils.set_random_seed(0)
    return Tiny(filters=5, name="mine")


@pytest.fixture
def folder(network, tmp_path):
    network.save_to_preset(tmp_path / "presets" / "mine")
    return tmp_path / "presets" / "mine"


def test_the_class_tells_the_presets_that_ship():
    assert models.MattingNetwork.presets == models.ImageMatting.presets == models.list_presets()
    assert "phones" in models.MattingNetwork.presets["indexnet_mini"]["description"]


def test_a_network_comes_back_from_its_folder(network, folder):
    assert sorted(path.name for path in folder.iterdir()) == ["config.json", "model.weights.h5"]
    for opened in (inference.open_model(folder), models.network_of(str(folder))):
        check_equal(network, opened)
    with pytest.raises(IndexNetError, match="mine holds a Tiny, not a MattingNetwork"):
        models.MattingNetwork.from_preset(folder)


def test_what_training_keeps_is_not_saved(network, folder):
    size = (folder / "model.weights.h5").stat().st_size
    trained = network.with_dtype("float32")
    trained.compile("adam")
    trained.optimizer.build(trained.trainable_variables)
    trained.save_to_preset(folder)
    assert (folder / "model.weights.h5").stat().st_size == size
    check_equal(network, models.network_of(folder))


@pytest.mark.slow
def test_a_class_opens_presets_as_in_keras_hub(tmp_path):
    network = models.MattingNetwork(index="hin", context=False, width=0.35, name="mine")
    network.save_to_preset(tmp_path / "mine")
    check_equal(network, models.ImageMatting.from_preset(tmp_path / "mine").network)
    random = models.MattingNetwork.from_preset(tmp_path / "mine", load_weights=False)
    assert random.get_config() == network.get_config()
    kernels = [model.get_layer("head_conv").get_weights()[0] for model in (random, network)]
    assert not np.array_equal(*kernels)


CONFIG = {"keras_indexnet": "0.2.0", "registered_name": "tests>Tiny", "config": {}}


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (None, "has no config.json: a preset is a folder of that file and model.weights.h5"),
        ("", "config.json that is no JSON; it is damaged"),
        ("[" * 100_000, "config.json that is no JSON; it is damaged"),
        ("[1]", "config.json that save_to_preset of keras_indexnet did not write"),
        ('{"module": "keras_hub.src.models", "config": {}}', "save_to_preset of keras_indexnet did not write"),
        (
            json.dumps({**CONFIG, "registered_name": "os>system"}),
            "config.json of os>system, which is no network",
        ),
        (json.dumps({**CONFIG, "registered_name": "keras_indexnet>ASPP"}), "which is no network"),
        (json.dumps({**CONFIG, "registered_name": ["a"]}), "which is no network"),
        (json.dumps({**CONFIG, "config": {"filters": "some"}}), "config.json that describes no network"),
        (json.dumps({**CONFIG, "config": {"depth": 3}}), "config.json that describes no network"),
        (json.dumps({**CONFIG, "config": {"frozen": ["none"]}}), "config.json that describes no network"),
        (json.dumps({**CONFIG, "config": {"filters": 4}}), "model.weights.h5 cannot be read"),
    ],
    ids=[
        "no config",
        "empty",
        "too deep",
        "a list",
        "keras-hub",
        "a function",
        "a layer",
        "no name",
        "a wrong value",
        "an unknown argument",
        "an unknown layer",
        "another network",
    ],
)
def test_a_damaged_folder_is_one_sentence(folder, config, message):
    if config is None:
        (folder / "config.json").unlink()
    else:
        (folder / "config.json").write_text(config)
    with pytest.raises(IndexNetError, match=message) as caught:
        open_network(folder)
    assert str(caught.value).count("\n") == 0


def test_damaged_and_missing_weights_are_one_sentence(folder):
    weights = folder / "model.weights.h5"
    weights.write_bytes(weights.read_bytes()[:5000])
    with pytest.raises(IndexNetError, match="model.weights.h5 cannot be read: it is damaged"):
        open_network(folder)
    weights.unlink()
    with pytest.raises(IndexNetError, match="mine has no model.weights.h5"):
        open_network(folder)


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("notes.txt", "holds notes.txt, which would be lost"),
        ("config.json", "holds something else than a preset"),
    ],
)
def test_what_is_not_ours_is_not_replaced(network, tmp_path, folder, file, message):
    (folder if file == "notes.txt" else tmp_path).joinpath(file).write_text("{}")
    target = folder if file == "notes.txt" else tmp_path
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(IndexNetError, match=message):
        network.save_to_preset(target)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_file_is_no_folder(network, tmp_path):
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(IndexNetError, match="mine is a file; a preset is a folder"):
        network.save_to_preset(tmp_path / "mine")


def test_the_command_opens_a_folder(folder, tmp_path, capsys):
    drawn = drawn_photograph(size=64)
    paths = [str(tmp_path / name) for name in ("photo.png", "trimap.png")]
    for path, picture in zip(paths, (drawn.image, drawn.trimap), strict=True):
        write_image(path, picture)
    main(["matte", *paths, "--weights", str(folder), "-o", str(tmp_path / "out")])
    assert (tmp_path / "out" / "photo_alpha.png").is_file()
    (folder / "model.weights.h5").write_bytes(b"")
    with pytest.raises(SystemExit):
        main(["matte", *paths, "--weights", str(folder), "-o", str(tmp_path / "out")])
    assert "model.weights.h5 cannot be read: it is damaged" in capsys.readouterr().err
