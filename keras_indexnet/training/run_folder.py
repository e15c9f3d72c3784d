import contextlib
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from keras_indexnet.errors import IndexNetError
from keras_indexnet.paths import StrPath
from keras_indexnet.training.checkpoint import previous_checkpoint, read_progress
from keras_indexnet.training.settings import TrainingSettings, settings_from_json
from keras_indexnet.training.write_log import read_log, write_log
from keras_indexnet.whole_file import whole_file

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

# A run that goes on may have other values of these; other values of the rest would make it another run.
CHANGEABLE = (
    "broken_images",
    "clip_norm",
    "devices",
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

    `settings.json`, `checkpoint.npz`, while the run is not complete also the one before it,
    `checkpoint.previous.npz`, `log.csv` with a line for each epoch, `best.keras` (if there is validation) and
    `last.keras`.

    Args:
        path: str or path; the folder is made when the run is claimed.
    """

    def __init__(self, path: StrPath) -> None:
        self.path = Path(path)
        self.settings = self.path / "settings.json"
        self.checkpoint = self.path / "checkpoint.npz"
        self.previous_checkpoint = previous_checkpoint(self.checkpoint)
        self.log = self.path / "log.csv"
        self.best = self.path / "best.keras"
        self.last = self.path / "last.keras"
        self.tensorboard = self.path / "tensorboard"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Make the folder, and keep other trainings out of it for a while.

        The lock is the operating system's, which takes it back when the process ends, however it does.

        Raises:
            ValueError: if another training runs in the folder, or it is none.
        """
        made = [folder for folder in (self.path, *self.path.parents) if not folder.exists()]
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise IndexNetError(f"{self.path} is no folder, or lies in none; name an output folder.") from error
        path = self.path / ".indexnet.lock"
        try:
            with open(path, "a") as file:
                if not _lock(file) or not path.exists():  # the other one has just ended, and removed it
                    raise IndexNetError(
                        f"Another training runs in {self.path}; let it end, or choose another output folder."
                    )
                try:
                    yield
                finally:
                    with contextlib.suppress(OSError):  # Windows removes no open file
                        path.unlink()
        finally:
            for folder in made:
                with contextlib.suppress(OSError):  # which are empty if the run was refused, and only then
                    folder.rmdir()

    def holds_run(self) -> bool:
        """Return whether there is a file of a run in the folder."""
        files = (self.settings, self.checkpoint, self.previous_checkpoint, self.log, self.best, self.last)
        return any(path.exists() for path in files)

    def stored_settings(self) -> TrainingSettings | None:
        """Return the `TrainingSettings` of the run in the folder, or None if there is no run."""
        if not self.settings.is_file():
            return None
        try:
            return settings_from_json(json.loads(self.settings.read_text(encoding="utf-8")))
        except IndexNetError as error:
            raise IndexNetError(f"{self.settings} does not hold the settings of a run: {error}") from error
        except (RecursionError, ValueError) as error:
            raise IndexNetError(
                f"{self.settings} does not hold the settings of a run; it is damaged."
            ) from error

    def check(self, settings: TrainingSettings, resume: bool) -> None:
        """Refuse a run that would mix with the one in the folder.

        Raises:
            ValueError: if the folder holds a run and `resume` is False, or a complete or another one, or one
                that lacks what it needs to go on.
        """
        stored = self.stored_settings()
        checkpoints = [path for path in (self.checkpoint, self.previous_checkpoint) if path.exists()]
        if stored is None:
            for path in (*checkpoints, self.log, self.best, self.last):
                if path.exists():
                    raise IndexNetError(
                        f"{self.path} holds {path.name} of a run, but no {self.settings.name}; put that back, "
                        "or choose another output folder."
                    )
            return
        if self.last.exists() and not checkpoints:
            raise IndexNetError(
                f"{self.path} holds a run that is complete and has no {self.checkpoint.name}; choose another "
                f"output folder, and go on there from its network with --weights {self.last}."
            )
        if self.last.exists() and not (resume and _is_longer(settings, checkpoints[0])):
            raise IndexNetError(
                f"{self.path} holds a run that is complete; --resume with more --steps or --minutes makes it "
                "longer, or choose another output folder."
            )
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
        epochs = len(read_log(self.log))
        if epochs and not checkpoints:
            raise IndexNetError(
                f"{self.path} has a log of {epochs} epochs, but no {self.checkpoint.name} to go on from; "
                "put that back, or choose another output folder."
            )

    def claim(self, settings: TrainingSettings) -> None:
        """Make the folder, with the settings of the run in it."""
        self.path.mkdir(parents=True, exist_ok=True)
        with whole_file(self.settings) as partial:
            partial.write_text(json.dumps(asdict(settings), indent=2) + "\n", encoding="utf-8")

    def forget_after(self, epochs_done: int) -> None:
        """Drop the lines of the log that belong to epochs which a resumed run will repeat."""
        if rows := read_log(self.log):
            write_log(self.log, [row for row in rows if int(row["epoch"]) <= epochs_done])

    def finish(self) -> None:
        """Remove what only an incomplete run needs; a run that is to be longer needs its last checkpoint."""
        self.previous_checkpoint.unlink(missing_ok=True)


def _is_longer(settings, checkpoint):
    """Return whether a run goes beyond its checkpoint; of a damaged one, which `Checkpoint` names, yes."""
    progress = read_progress(checkpoint)
    if progress is None:
        return True
    if settings.minutes is None:
        return progress["steps_done"] < settings.steps
    return progress["seconds"] < 60 * settings.minutes


def _lock(file):
    """Take the lock of an open file, and return whether no other process has it."""
    try:
        if sys.platform == "win32":
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:  # some network disks have no locks
        pass
    return True
