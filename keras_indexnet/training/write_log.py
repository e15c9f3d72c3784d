import csv
from pathlib import Path

import keras


class WriteLog(keras.callbacks.Callback):
    """Adds a line for each epoch to a CSV file: the epoch, the steps and minutes so far, and all its figures.

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
        begun = self.path.is_file()
        with open(self.path, "a", newline="") as file:
            writer = csv.DictWriter(file, list(row), lineterminator="\n")
            if not begun:
                writer.writeheader()
            writer.writerow(row)
