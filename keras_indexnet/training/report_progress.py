import sys
import time

import click
import keras


class ReportProgress(keras.callbacks.Callback):
    """Prints a line for each epoch, and in a terminal a bar with the time left in between.

    Adds `samples_per_second` to the logs of the epoch.

    Args:
        budget: `training.Budget` of the run.
        samples_per_step: int, the size of a batch.
    """

    def __init__(self, budget, samples_per_step):
        super().__init__()
        self.budget = budget
        self.samples_per_step = samples_per_step

    def on_train_begin(self, logs=None):
        self._bar = click.progressbar(
            length=1000, label="training", file=sys.stderr, item_show_func=lambda text: text
        )
        self._shown = self._bar.pos = int(1000 * self.budget.progress)

    def on_epoch_begin(self, epoch, logs=None):
        self._started = self._last_step_ended = time.monotonic()
        self._first_step = self.budget.steps_done

    def on_train_batch_end(self, batch, logs=None):
        self._last_step_ended = time.monotonic()
        if not sys.stderr.isatty():
            return
        reached = int(1000 * self.budget.progress)
        self._bar.update(
            reached - self._shown, f"loss {logs['loss']:.4f}, {self._samples_per_second():.1f} samples/s"
        )
        self._shown = reached

    def on_epoch_end(self, epoch, logs=None):
        logs["samples_per_second"] = self._samples_per_second()
        if sys.stderr.isatty():
            click.echo("\r\033[K", nl=False, err=True)  # the bar's line is written anew below this one
        figures = ", ".join(f"{name} {value:.4g}" for name, value in logs.items() if value == value)
        click.echo(f"epoch {epoch + 1}, {self.budget.progress:.1%} of the budget: {figures}")

    def _samples_per_second(self):
        steps = self.budget.steps_done - self._first_step
        return steps * self.samples_per_step / max(self._last_step_ended - self._started, 1e-9)
