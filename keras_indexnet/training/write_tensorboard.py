from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from keras_indexnet import visualization
from keras_indexnet.data import Photograph
from keras_indexnet.data.image_files import eight_bit_matte
from keras_indexnet.inference import predict_alpha
from keras_indexnet.optional import required
from keras_indexnet.paths import StrPath
from keras_indexnet.training.composed_training import network_of
from keras_indexnet.training.saving import averaged_weights

SHOWN = 4  # photographs in the mosaic


class WriteTensorBoard(keras.callbacks.Callback):
    """Writes what TensorBoard shows: the figures of each epoch, and a mosaic of photographs now and then.

    A row of the mosaic is a photograph, its trimap, the predicted alpha, the true alpha, and the decoder index
    of the first stage, where the network has indices. Works on every backend, without TensorFlow.

    Args:
        folder: str or path, for the event files.
        photographs: list of `data.Photograph`; the first four are shown.
        every: int, shows them each so many epochs, and after the last one.

    Raises:
        ImportError: if tensorboardX is not installed (extra `tensorboard`).

    Example:

    ```python
    model.fit(sequence, epochs=20, callbacks=[training.WriteTensorBoard("runs/hair/tensorboard")])
    ```
    """

    def __init__(self, folder: StrPath, photographs: Sequence[Photograph] = (), every: int = 1) -> None:
        super().__init__()
        tensorboard = required("tensorboardX", "Writing for TensorBoard", "keras_indexnet[tensorboard]")
        self.photographs = photographs[:SHOWN]
        self.every = every
        self._open = lambda: tensorboard.SummaryWriter(str(Path(folder)))

    def on_train_begin(self, logs=None):
        self._writer = self._open()

    def on_epoch_end(self, epoch, logs=None):
        for name, value in (logs or {}).items():
            if np.isfinite(value):
                self._writer.add_scalar(name, value, epoch + 1)
        last = self.model.stop_training or epoch + 1 == self.params["epochs"]
        if len(self.photographs) and (last or (epoch + 1) % self.every == 0):
            with averaged_weights(self.model):
                mosaic = visualization.below_each_other([self._row(each) for each in self.photographs])
            self._writer.add_image("photographs", mosaic, epoch + 1, dataformats="HWC")
        self._writer.flush()

    def on_train_end(self, logs=None):
        self._writer.close()

    def _row(self, photograph):
        alpha = predict_alpha(network_of(self.model), photograph.image, photograph.trimap)
        panels = {
            "photograph": photograph.image,
            "trimap": photograph.trimap,
            "alpha": eight_bit_matte(alpha),
            "true alpha": photograph.alpha,
        }
        index = visualization.shown_decoder_index(network_of(self.model), photograph.image, photograph.trimap)
        if index is not None:
            panels["decoder index"] = index
        return visualization.side_by_side(list(panels.values()), list(panels), height=240)
