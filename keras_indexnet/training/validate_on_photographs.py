import csv
from pathlib import Path

import keras
import numpy as np

from keras_indexnet.data.image_files import ImageFileError, list_images, read_gray, read_photograph
from keras_indexnet.data.trimap import UNKNOWN
from keras_indexnet.inference import predict_alpha


class ValidateOnPhotographs(keras.callbacks.Callback):
    """Mattes whole photographs at the end of every epoch and keeps the weights with the least error.

    Adds `val_sad` and `val_mse`, means over the photographs, to the logs of the epoch.

    Args:
        folder: str or path with the subfolders `image`, `alpha` and a trimap folder, whose files correspond by
            name.
        weights_path: str or path, where the best weights go (`.weights.h5`).
        trimaps: str, name of the trimap folder.
        every: int, validates each so many epochs, and after the last one.

    Raises:
        ImageFileError: if a folder or a file is missing.
    """

    def __init__(self, folder, weights_path, trimaps="trimap1", every=1):
        super().__init__()
        self.photographs = load_photographs(folder, trimaps)
        self.weights_path = Path(weights_path)
        self.every = every

    def on_epoch_end(self, epoch, logs=None):
        if (epoch + 1) % self.every and epoch + 1 != self.params["epochs"]:
            return
        errors = [alpha_errors(self.model, *photograph) for photograph in self.photographs]
        sad, mse = np.mean(errors, axis=0)
        if logs is not None:
            logs["val_sad"], logs["val_mse"] = float(sad), float(mse)
        if sad < self._best_so_far():
            self.model.save_weights(self.weights_path)
            self._record_path().write_text(f"{epoch + 1},{sad:.6f},{mse:.6f}\n")

    def _record_path(self):
        return self.weights_path.with_suffix(".csv")

    def _best_so_far(self):
        # Kept on disk beside the weights, so that a resumed run does not replace better ones.
        if not self._record_path().is_file():
            return np.inf
        with self._record_path().open() as file:
            return float(next(csv.reader(file))[1])


def load_photographs(folder, trimaps="trimap1"):
    """Read photographs with their true alpha and trimaps.

    Args:
        folder: str or path with the subfolders `image`, `alpha` and `trimaps`.
        trimaps: str, name of the trimap folder.

    Returns:
        List of triples: image `(H, W, 3)`, trimap `(H, W)` and true alpha `(H, W)`, all uint8.

    Raises:
        ImageFileError: if a folder or a file is missing.
    """
    folder = Path(folder)
    photographs = []
    for path in list_images(folder / "image"):
        names = [folder / part / f"{path.stem}.png" for part in (trimaps, "alpha")]
        for name in names:
            if not name.is_file():
                raise ImageFileError(f"The photograph {path} has no {name}.")
        photographs.append((read_photograph(path), read_gray(names[0]), read_gray(names[1])))
    return photographs


def alpha_errors(model, image, trimap, truth):
    """Return SAD (in thousands) and MSE of a model's alpha over the unknown region of one photograph."""
    unknown = trimap == UNKNOWN
    difference = predict_alpha(model, image, trimap)[unknown] - truth[unknown] / np.float32(255)
    return np.abs(difference).sum() / 1000.0, np.square(difference).mean()
