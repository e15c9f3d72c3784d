import csv
from pathlib import Path

import keras

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
        rows = [*self._rows(), row]
        columns = dict.fromkeys(name for row in rows for name in row)  # validation may begin when a run goes on
        with whole_file(self.path) as partial, open(partial, "w", newline="") as file:
            writer = csv.DictWriter(file, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)

    def _rows(self):
        if not self.path.is_file():
            return []
        with open(self.path, newline="") as file:
            return list(csv.DictReader(file))
