"""A file that holds everything that a training run needs to go on, and the one before it."""

import json
import warnings
import zipfile
from pathlib import Path

import keras
import numpy as np
from keras import ops

from keras_indexnet.data.matting_sequence import MattingSequence
from keras_indexnet.errors import IndexNetError
from keras_indexnet.paths import StrPath
from keras_indexnet.training.budget import Budget
from keras_indexnet.training.composed_training import SampleNumbers, network_of
from keras_indexnet.training.devices import from_first_process
from keras_indexnet.whole_file import whole_file


class FormerCheckpointWarning(UserWarning):
    """A run goes on from the checkpoint before the last one, which is damaged or missing."""


class Checkpoint(keras.callbacks.Callback):
    """Writes everything that a run needs to go on into one file, before its first epoch and after each.

    That is the weights, the statistics, the states of random generators, the optimizer with its averages, and
    how far the run is. The file before it is kept, as `checkpoint.previous.npz` beside `checkpoint.npz`; one of
    the two is whole at any moment. An epoch whose loss is not finite is not written: the last good state stays.
    A run that goes on is bit for bit the run that was not stopped.

    Args:
        path: str or path ending in `.npz`.
        budget: `training.Budget` of the run.
        sequence: `data.MattingSequence` or `training.SampleNumbers` of the run, which makes its samples from
            the number of the epoch: it is told how many epochs are done. None: a run on other data.

    Example:

    ```python
    budget = training.Budget(4e-3, training.schedules.cosine, steps=5000)
    checkpoint = training.Checkpoint("checkpoint.npz", budget, sequence)
    epochs_done = checkpoint.restore(model)
    model.fit(sequence, initial_epoch=epochs_done, epochs=20, callbacks=[budget, checkpoint])
    ```
    """

    def __init__(
        self, path: StrPath, budget: Budget, sequence: MattingSequence | SampleNumbers | None = None
    ) -> None:
        super().__init__()
        self.path = Path(path)
        self.previous = previous_checkpoint(path)
        self.budget = budget
        self.sequence = sequence
        self.epochs_done = 0
        self._torch_generator = None

    def on_train_begin(self, logs=None):
        if self.sequence is not None:  # only now: Keras ends an epoch of it before the first one begins
            self.sequence.epoch = self.epochs_done

    def on_epoch_begin(self, epoch, logs=None):
        if self._torch_generator is not None:  # only now: Keras draws from it before the first epoch, too
            import torch

            torch.set_rng_state(torch.from_numpy(self._torch_generator))
            self._torch_generator = None
        if not self._exists():  # from its first step on, a run that is stopped finds one
            self._write(epoch)

    def on_epoch_end(self, epoch, logs=None):
        if np.isfinite((logs or {}).get("loss", 0.0)):
            self._write(epoch + 1)

    def _exists(self):
        return self.path.is_file() or self.previous.is_file()

    def _write(self, epochs_done):
        self.epochs_done = epochs_done
        progress = {
            "epochs_done": self.epochs_done,
            "steps_done": self.budget.steps_done,
            "seconds": self.budget.seconds,
        }
        arrays = {
            f"{number}": ops.convert_to_numpy(variable)
            for number, variable in enumerate(_variables(self.model))
        }
        if keras.backend.backend() == "torch":  # whose dropout draws from its global generator
            import torch

            arrays["torch_generator"] = torch.get_rng_state().numpy()
        with whole_file(self.path) as partial:
            np.savez(partial, **arrays, progress=np.asarray(json.dumps(progress)))
            # Only now that the new one is written: a run that is killed here has the former one.
            if self.path.is_file():
                self.path.replace(self.previous)

    def restore(self, model: keras.Model) -> int:
        """Give the model and the budget the state that the file holds.

        If the file is damaged or missing, it is that of the former file, which takes its place, with a warning.

        Args:
            model: compiled `keras.Model`, built as the one that was saved, with its optimizer.

        Returns:
            Int, the number of epochs that are done; 0 if there is no file.

        Raises:
            ValueError: if neither file can be read, or it belongs to another network.
        """
        paths = [path for path in (self.path, self.previous) if path.is_file()]
        if not paths:
            return 0
        for path in paths:
            states, generator, progress = read_checkpoint(path)
            if progress is not None:
                break
        else:
            which = "it is damaged" if len(paths) == 1 else "both are damaged"
            raise IndexNetError(
                f"{' and '.join(map(str, paths))} cannot be read; {which}: begin again in another folder."
            )
        variables = _variables(model)
        if [state.shape for state in states] != [tuple(variable.shape) for variable in variables]:
            raise IndexNetError(f"The checkpoint {path} belongs to another network or optimizer.")
        for variable, state in zip(variables, states, strict=True):
            variable.assign(state)
        self._torch_generator = generator
        self.budget.steps_done = progress["steps_done"]
        self.budget.seconds_before = progress["seconds"]
        self.epochs_done = progress["epochs_done"]
        if path != self.path:
            what = "is damaged" if self.path.is_file() else "is missing"
            warnings.warn(
                f"{self.path} {what}; the run goes on from {path.name}, after epoch {self.epochs_done}.",
                FormerCheckpointWarning,
                stacklevel=2,
            )
            path.replace(self.path)  # or the next one would put the damaged one in its place
        return self.epochs_done

    def share(self, model: keras.Model) -> int:
        """Give all processes that train together the state of the first one, which has restored it or begins.

        Args:
            model: compiled `keras.Model`, with its optimizer.

        Returns:
            Int, the number of epochs that are done.
        """
        variables = _variables(model)
        progress = np.array([self.epochs_done, self.budget.steps_done], np.int32)
        *states, progress = from_first_process([*map(ops.convert_to_numpy, variables), progress])
        for variable, state in zip(variables, states, strict=True):
            variable.assign(state)
        self.epochs_done, self.budget.steps_done = map(int, progress)
        return self.epochs_done


def previous_checkpoint(path: StrPath) -> Path:
    """Return where the checkpoint before the last one is."""
    return Path(path).with_suffix(f".previous{Path(path).suffix}")


def read_checkpoint(path):
    """Return the states, PyTorch's generator and the progress in a checkpoint; None each if it is damaged."""
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.testzip() is not None:  # NumPy does not read what a damaged header leaves out
                raise zipfile.BadZipFile
        with np.load(path, allow_pickle=False) as arrays:
            progress = json.loads(str(arrays["progress"]))
            states = [arrays[f"{number}"] for number in range(sum(map(str.isdecimal, arrays.files)))]
            return states, arrays.get("torch_generator"), progress
    except (MemoryError, PermissionError):  # of which the file knows nothing
        raise
    except Exception:  # whatever the two stumble over in a damaged file
        return None, None, None


def read_progress(path):
    """Return how far the run of a checkpoint is, without its arrays; None if it is damaged."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return json.loads(str(arrays["progress"]))
    except (MemoryError, PermissionError):
        raise
    except Exception:  # as above
        return None


def _variables(model):
    metrics = {id(variable) for variable in model.metrics_variables}
    # What composes samples is made from the settings again.
    weights = [variable for variable in network_of(model).variables if id(variable) not in metrics]
    return [*weights, *model.optimizer.variables]
