import csv

from keras_indexnet.training import Budget, schedules
from keras_indexnet.training.write_log import WriteLog


def epochs(path, *figures):
    """Write the lines of some epochs, as the callback does in `fit`, and return what the file holds."""
    log = WriteLog(path, Budget(0.01, schedules.cosine, steps=10))
    for epoch, logs in enumerate(figures):
        log.on_epoch_end(epoch, logs)
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def test_figures_that_come_in_later_get_columns_of_their_own(tmp_path):
    path = tmp_path / "log.csv"
    epochs(path, {"loss": 0.5, "samples_per_second": 3.0})
    first, second = epochs(path, {"loss": 0.25, "val_sad": 9.0, "samples_per_second": 4.0})
    assert (first["loss"], first["val_sad"], first["samples_per_second"]) == ("0.5", "", "3")
    assert (second["loss"], second["val_sad"], second["samples_per_second"]) == ("0.25", "9", "4")


def test_a_file_that_lost_its_content_is_begun_again(tmp_path):
    path = tmp_path / "log.csv"
    path.touch()
    (row,) = epochs(path, {"loss": 0.5})
    assert row["loss"] == "0.5"
