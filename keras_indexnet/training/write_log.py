import csv
from pathlib import Path

import keras

from keras_indexnet.errors import IndexNetError
from keras_indexnet.whole_file import whole_file


class WriteLog(keras.callbacks.Callback):
    """Adds a line for each epoch to a CSV file: the epoch, the steps and minutes so far, and all its figures.

    The file is whole at any time. Figures that come in later, as those of a validation, get new columns.

    Args:
        path: str or path; a file that exists is continued.
        budget: `training.Budget` of the run.
    """

    def __init__(self, path, budget):
        super().__init__()
        self.path = Path(path)
        self.budget = budget

    def on_epoch_end(self, epoch, logs=None):
        counted = {
            "epoch": epoch + 1,
            "steps": self.budget.steps_done,
            "minutes": round(self.budget.seconds / 60.0, 2),
            "learning_rate": f"{self.budget.rate:.6g}",
        }
        row = counted | {name: f"{value:.6g}" for name, value in logs.items()}
        write_log(self.path, [*read_log(self.path), row])


def read_log(path):
    """Read the lines of a log.

    Args:
        path: str or path.

    Returns:
        List of dicts, one for each epoch; none if there is no file.

    Raises:
        ValueError: if it is not the log of a training run.
    """
    if not Path(path).is_file():
        return []
    try:
        with open(path, newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        if not all(int(row["epoch"]) > 0 and None not in row for row in rows):
            raise ValueError
    except (KeyError, TypeError, ValueError, csv.Error) as error:
        raise IndexNetError(f"{path} is not the log of a training run, or it is damaged.") from error
    return rows


def write_log(path, rows):
    """Write the lines of a log, with a column for each figure that any of them has."""
    columns = dict.fromkeys(name for row in rows for name in row)  # validation may begin when a run goes on
    with whole_file(path) as partial, open(partial, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
