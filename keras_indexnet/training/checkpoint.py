"""One file that holds everything that a training run needs to go on."""

import json
from pathlib import Path

import keras
import numpy as np
from keras import ops

from keras_indexnet.data.matting_sequence import MattingSequence
from keras_indexnet.errors import IndexNetError
from keras_indexnet.paths import StrPath
from keras_indexnet.training.budget import Budget
from keras_indexnet.training.composed_training import SampleNumbers, network_of
from keras_indexnet.whole_file import whole_file


class Checkpoint(keras.callbacks.Callback):
    """Writes, at the end of each epoch, everything that a run needs to go on, into one file.

    That is the weights, the statistics, the states of random generators, the optimizer with its averages, and
    how far the run is. The file is whole at any moment. An epoch whose loss is not finite is not written: the
    last good state stays. A run that goes on is bit for bit the run that was not stopped.

    Args:
        path: str or path ending in `.npz`.
        budget: `training.Budget` of the run.
        sequence: `data.MattingSequence` or `training.SampleNumbers` of the run, which makes its samples from
            the number of the epoch: it is told how many epochs are done. None: a run on other data.

    Example:

    ```python
    budget = training.Budget(4e-3, training.schedules.cosine, steps=5000)
    checkpoint = training.Checkpoint("checkpoint.npz", budget, sequence)
    epochs_done = checkpoint.restore(model) if checkpoint.path.is_file() else 0
    model.fit(sequence, initial_epoch=epochs_done, epochs=20, callbacks=[budget, checkpoint])
    ```
    """

    def __init__(
        self, path: StrPath, budget: Budget, sequence: MattingSequence | SampleNumbers | None = None
    ) -> None:
        super().__init__()
        self.path = Path(path)
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

    def on_epoch_end(self, epoch, logs=None):
        if not np.isfinite((logs or {}).get("loss", 0.0)):
            return
        self.epochs_done = epoch + 1
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

    def restore(self, model: keras.Model) -> int:
        """Give the model and the budget the state that the file holds.

        Args:
            model: compiled `keras.Model`, built as the one that was saved, with its optimizer.

        Returns:
            Int, the number of epochs that are done.

        Raises:
            ValueError: if the file cannot be read or belongs to another network.
        """
        try:
            with np.load(self.path, allow_pickle=False) as arrays:
                progress = json.loads(str(arrays["progress"]))
                states = [arrays[f"{number}"] for number in range(sum(map(str.isdecimal, arrays.files)))]
                self._torch_generator = arrays.get("torch_generator")
        except Exception as error:  # whatever NumPy stumbles over in a damaged file
            raise IndexNetError(f"The checkpoint {self.path} cannot be read; it is damaged.") from error
        variables = _variables(model)
        if [state.shape for state in states] != [tuple(variable.shape) for variable in variables]:
            raise IndexNetError(f"The checkpoint {self.path} belongs to another network or optimizer.")
        for variable, state in zip(variables, states, strict=True):
            variable.assign(state)
        self.budget.steps_done = progress["steps_done"]
        self.budget.seconds_before = progress["seconds"]
        self.epochs_done = progress["epochs_done"]
        return self.epochs_done


def _variables(model):
    metrics = {id(variable) for variable in model.metrics_variables}
    # What composes samples is made from the settings again.
    weights = [variable for variable in network_of(model).variables if id(variable) not in metrics]
    return [*weights, *model.optimizer.variables]
