import time
from collections.abc import Callable

import keras

from keras_indexnet.errors import IndexNetError


class Budget(keras.callbacks.Callback):
    """Sets the learning rate by the share of the budget that is used, and ends the run when all of it is.

    A budget is a number of steps, which makes a run reproducible, or wall time, which makes it end in time on a
    machine that is shared.

    Args:
        learning_rate: float, the highest.
        schedule: function from the share of the budget in [0, 1] to a factor on `learning_rate` (see
            `training.schedules`).
        steps: int.
        minutes: float, wall time in place of `steps`.

    Raises:
        ValueError: if neither or both of `steps` and `minutes` are given.

    Example:

    ```python
    model.fit(sequence, epochs=1000, callbacks=[training.Budget(4e-3, schedules.cosine, minutes=30)])
    ```
    """

    def __init__(
        self,
        learning_rate: float,
        schedule: Callable[[float], float],
        steps: int | None = None,
        minutes: float | None = None,
    ) -> None:
        super().__init__()
        if (steps is None) == (minutes is None):
            raise IndexNetError("A budget is a number of steps or of minutes: give one of the two.")
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.steps = steps
        self.minutes = minutes
        self.steps_done = 0
        self.seconds_before = 0.0  # those of the processes that a resumed run went through
        self.rate = 0.0
        self._started = None

    @property
    def seconds(self) -> float:
        """Wall time of the run so far, without the times when it stood still."""
        running = 0.0 if self._started is None else time.monotonic() - self._started
        return self.seconds_before + running

    @property
    def progress(self) -> float:
        """The share of the budget that is used, in [0, 1]."""
        if self.minutes is not None:
            return min(self.seconds / (60.0 * self.minutes), 1.0)
        return min(self.steps_done / self.steps, 1.0)  # type: ignore[operator]  # one of the two is given

    def on_train_begin(self, logs=None):
        self._started = time.monotonic()

    def on_train_batch_begin(self, batch, logs=None):
        self._first = batch
        self.rate = self.learning_rate * self.schedule(self.progress)
        self.model.optimizer.learning_rate = self.rate

    def on_train_batch_end(self, batch, logs=None):
        # Keras counts from the first to the last step of an execution.
        self.steps_done += batch - self._first + 1
        if self.progress >= 1.0:
            self.model.stop_training = True
