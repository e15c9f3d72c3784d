from typing import Any

import keras
import numpy as np
from keras import ops

from keras_indexnet.data.on_device import SampleComposer
from keras_indexnet.errors import IndexNetError
from keras_indexnet.given_numbers import part_of_batch


class ComposedTraining(keras.Model):
    """A network with what composes its samples, so that `fit` is given the samples' numbers only.

    What is composed never leaves the device: its inputs go into the network, its target into the loss and the
    metrics. The network is trained in place; when all is done, it is the one to save.

    Args:
        network: `MattingNetwork`, or another model from inputs of shape `(B, H, W, 4)` to alpha.
        composer: `data.SampleComposer`.
        **kwargs: arguments of `keras.Model`.

    Call arguments:
        numbers: integer tensor of shape `(B,)`.

    Returns:
        float32 tensor of shape `(B, size, size, 9)`: the predicted alpha, and the target (`matting_target`).

    Example:

    ```python
    bank = data.SampleBank([foregrounds], backgrounds)
    model = training.ComposedTraining(network, data.SampleComposer(bank, "strong"))
    model.compile(training.LayerwiseAdam(1e-3), losses.MattingLoss(), metrics=[metrics.SAD()])
    model.fit(training.SampleNumbers(batch_size=48, steps=250), epochs=20)
    network.save("matting.keras")
    ```
    """

    def __init__(self, network: keras.Model, composer: SampleComposer, **kwargs: Any) -> None:
        super().__init__(dtype="float32", **kwargs)
        self.network = network
        self.composer = composer

    def call(self, numbers, training=None):
        inputs, target = self.composer(numbers)
        alpha = ops.cast(self.network(inputs, training=training), "float32")
        return ops.concatenate([alpha, target], axis=-1)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return super().compute_loss(x, y_pred[..., 1:], y_pred[..., :1], sample_weight, training)

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        return super().compute_metrics(x, y_pred[..., 1:], y_pred[..., :1], sample_weight)


class SampleNumbers(keras.utils.PyDataset):
    """The numbers of the samples of each epoch, for the `fit` of a `ComposedTraining`.

    No number comes twice. The attribute `epoch` counts the epochs; of a run that goes on, `training.Checkpoint`
    sets it.

    Args:
        batch_size: int.
        steps: int, batches in an epoch.
        part: pair of ints, which of how many equal parts of each batch these are: those of one of several
            processes that train together.

    Example:

    >>> from keras_indexnet import training
    >>> numbers = training.SampleNumbers(batch_size=2, steps=3)
    >>> numbers.on_epoch_end()
    >>> numbers[0].tolist()
    [6, 7]
    """

    def __init__(self, batch_size: int, steps: int, part: tuple[int, int] = (0, 1)) -> None:
        super().__init__()
        self.part = part_of_batch(part, batch_size)
        self.batch_size = batch_size
        self.steps = steps
        self.epoch = 0

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, batch: int) -> np.ndarray:
        first = (self.epoch * self.steps + batch) * self.batch_size
        if first + self.batch_size > 2**31:
            raise IndexNetError("The samples of a run are counted up to 2^31.")
        index, count = self.part
        return np.split(np.arange(first, first + self.batch_size, dtype=np.int32), count)[index]

    def on_epoch_end(self):
        self.epoch += 1  # Keras calls this between two epochs


def network_of(model):
    """Return the network that a model trains: its own, or itself."""
    return model.network if isinstance(model, ComposedTraining) else model
