import keras
import pytest

from keras_indexnet.data import drawn_photograph, write_image
from keras_indexnet.training import ValidateOnPhotographs


@pytest.fixture
def folder(tmp_path):
    drawn = drawn_photograph(0, size=64)
    for name, picture in (("image", drawn.image), ("trimap1", drawn.trimap), ("alpha", drawn.alpha)):
        write_image(tmp_path / name / "one.png", picture)
    return tmp_path


def validate(folder):
    """Validate a network that does not learn, as at the end of the only epoch of a run."""
    inputs = keras.Input((None, None, 4))
    model = keras.Model(inputs, keras.layers.Conv2D(1, 1, kernel_initializer="zeros")(inputs))
    model.compile("sgd", "mse")
    validation = ValidateOnPhotographs(folder, folder / "best.keras")
    validation.set_model(model)
    validation.set_params({"epochs": 1})
    validation.on_epoch_end(0, {"loss": 0.5})


def test_a_network_that_is_no_better_is_not_kept(folder):
    validate(folder)
    first = (folder / "best.keras").stat().st_mtime_ns
    validate(folder)
    assert (folder / "best.keras").stat().st_mtime_ns == first


def test_a_best_network_that_is_gone_is_kept_again(folder):
    validate(folder)
    (folder / "best.keras").unlink()
    validate(folder)
    assert (folder / "best.keras").is_file()


@pytest.mark.parametrize("record", [b"", b"{", b"[]", b"{}", b'{"sad": "x", "photographs": null}', b"\xff"])
def test_a_damaged_record_is_named_before_the_training(folder, record):
    (folder / "best.keras").touch()
    (folder / "best.json").write_bytes(record)
    with pytest.raises(ValueError, match="best.json does not hold the error of best.keras; move both"):
        ValidateOnPhotographs(folder, folder / "best.keras")
