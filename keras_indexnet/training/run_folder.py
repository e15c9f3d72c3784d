import csv
import json
from dataclasses import asdict
from pathlib import Path

from keras_indexnet.errors import IndexNetError
from keras_indexnet.paths import StrPath
from keras_indexnet.training.settings import TrainingSettings, settings_from_json
from keras_indexnet.whole_file import whole_file

# A run that goes on may have other values of these; other values of the rest would make it another run.
CHANGEABLE = (
    "broken_images",
    "clip_norm",
    "learning_rate",
    "minutes",
    "output",
    "steps",
    "tensorboard",
    "validation",
    "validation_every",
    "workers",
)


class RunFolder:
    """The files of a training run.

    `settings.json`, `checkpoint.npz` while the run is not complete, `log.csv` with a line for each epoch,
    `best.keras` (if there is validation) and `last.keras`.

    Args:
        path: str or path; the folder is made when the run is claimed.
    """

    def __init__(self, path: StrPath) -> None:
        self.path = Path(path)
        self.settings = self.path / "settings.json"
        self.checkpoint = self.path / "checkpoint.npz"
        self.log = self.path / "log.csv"
        self.best = self.path / "best.keras"
        self.last = self.path / "last.keras"
        self.tensorboard = self.path / "tensorboard"

    def stored_settings(self) -> TrainingSettings | None:
        """Return the `TrainingSettings` of the run in the folder, or None if there is no run."""
        if not self.settings.is_file():
            return None
        try:
            return settings_from_json(json.loads(self.settings.read_text()))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise IndexNetError(
                f"{self.settings} does not hold the settings of a run; it is damaged."
            ) from error

    def check(self, settings: TrainingSettings, resume: bool) -> None:
        """Refuse a run that would mix with the one in the folder.

        Raises:
            ValueError: if the folder holds a run and `resume` is False, or a complete or another one.
        """
        stored = self.stored_settings()
        if stored is None:
            return
        if self.last.exists():
            raise IndexNetError(f"{self.path} holds a run that is complete; choose another output folder.")
        if not resume:
            raise IndexNetError(
                f"{self.path} holds a run; --resume goes on with it, or choose another output folder."
            )
        mine, theirs = asdict(settings), asdict(stored)
        other = sorted(name for name in mine if mine[name] != theirs[name] and name not in CHANGEABLE)
        if other:
            raise IndexNetError(
                f"{self.path} holds a run with other settings ({', '.join(other)}); "
                "choose another output folder."
            )

    def claim(self, settings: TrainingSettings) -> None:
        """Make the folder, with the settings of the run in it."""
        self.path.mkdir(parents=True, exist_ok=True)
        with whole_file(self.settings) as partial:
            partial.write_text(json.dumps(asdict(settings), indent=2) + "\n")

    def forget_after(self, epochs_done: int) -> None:
        """Drop the lines of the log that belong to epochs which a resumed run will repeat."""
        if not self.log.is_file():
            return
        with open(self.log, newline="") as file:
            lines = list(csv.reader(file))
        with whole_file(self.log) as partial, open(partial, "w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(lines[: 1 + epochs_done])

    def finish(self) -> None:
        """Remove what only an incomplete run needs."""
        self.checkpoint.unlink(missing_ok=True)
