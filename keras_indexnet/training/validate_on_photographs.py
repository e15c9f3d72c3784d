import json
from pathlib import Path

import keras
import numpy as np

from keras_indexnet.data.photographs import read_photographs
from keras_indexnet.errors import IndexNetError
from keras_indexnet.evaluation import mse_error, sad_error
from keras_indexnet.inference import predict_alpha
from keras_indexnet.paths import StrPath
from keras_indexnet.training.composed_training import network_of
from keras_indexnet.training.saving import averaged_weights, save_network
from keras_indexnet.whole_file import whole_file


class ValidateOnPhotographs(keras.callbacks.Callback):
    """Mattes whole photographs at the end of an epoch and keeps the network with the least error.

    Adds `val_sad` and `val_mse`, means over the photographs, to the logs of the epoch.

    Args:
        folder: str or path with the subfolders `image`, `alpha` and `trimap1` (see `data.read_photographs`).
        best_path: str or path, where the best network goes (`.keras`).
        every: int, validates each so many epochs, and after the last one.

    Raises:
        ImageFileError: if a folder or a file is missing.
        ValueError: if there is a best network already, and the record of its error is damaged.
    """

    def __init__(self, folder: StrPath, best_path: StrPath, every: int = 1) -> None:
        super().__init__()
        self.folder = str(folder)
        self.photographs = read_photographs(folder)
        self.best_path = Path(best_path)
        self.every = every
        self._least_sad()  # which is to be refused now, not after hours

    def on_epoch_end(self, epoch, logs=None):
        logs = {} if logs is None else logs
        sad = mse = np.nan  # on skipped epochs too, so that a log has the same columns throughout
        last = self.model.stop_training or epoch + 1 == self.params["epochs"]
        due = last or (epoch + 1) % self.every == 0
        if due and np.isfinite(logs.get("loss", 0.0)):  # a network that diverged has no alpha to measure
            with averaged_weights(self.model):
                sad, mse = np.mean([self._errors(photograph) for photograph in self.photographs], axis=0)
                if sad < self._least_sad():
                    save_network(network_of(self.model), self.best_path)
                    errors = {"epoch": epoch + 1, "sad": float(sad), "mse": float(mse)}
                    self._record(errors | {"photographs": self.folder})
        logs["val_sad"], logs["val_mse"] = float(sad), float(mse)

    def _errors(self, photograph):
        alpha = predict_alpha(network_of(self.model), photograph.image, photograph.trimap)
        truth = photograph.alpha, photograph.trimap
        return sad_error(alpha, *truth), mse_error(alpha, *truth)

    def _record(self, errors):
        with whole_file(self._record_path()) as partial:
            partial.write_text(json.dumps(errors) + "\n")

    def _record_path(self):
        return self.best_path.with_suffix(".json")

    def _least_sad(self):
        # Kept on disk beside the network, so that a resumed run does not replace a better one. Of other
        # photographs an error says nothing.
        record = self._record_path()
        if not (record.is_file() and self.best_path.is_file()):
            return np.inf
        try:
            best = json.loads(record.read_text())
            sad = float(best["sad"])
            return sad if best.get("photographs") == self.folder else np.inf
        except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
            raise IndexNetError(
                f"{record} does not hold the error of {self.best_path.name}; move both to another folder."
            ) from error
