import sys
import time

import click
import keras

EVERY = 60  # seconds between two lines where there is no terminal


def announcement(settings, network, epochs_done):
    """Return what is trained, on what and for how long, as a sentence.

    Args:
        settings: `TrainingSettings`.
        network: `keras.Model`.
        epochs_done: int, of a run that goes on.
    """
    trained = f"the refinement of {network.name}" if settings.stage == "refinement" else network.name
    drawn = ["drawn foregrounds"] if settings.procedural or not settings.foregrounds else []
    foregrounds = " and ".join([*drawn, *settings.foregrounds])
    budget = f"{settings.steps:,} steps" if settings.minutes is None else f"{settings.minutes:g} minutes"
    begun = f", on from epoch {epochs_done}" if epochs_done else ""
    return (
        f"Training {trained} for {budget}{begun}: "
        f"{settings.batch_size} samples of {settings.size} x {settings.size} pixels a step, of {foregrounds} "
        f"over {settings.backgrounds or 'drawn backgrounds'}; a line after each {settings.epoch_steps} steps."
    )


class ReportProgress(keras.callbacks.Callback):
    """Prints a line for each epoch, and in between a bar with the time left, or each minute a line.

    The bar is for a terminal.

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
        self._last_line = self._started
        self._first_step = self.budget.steps_done

    def on_train_batch_end(self, batch, logs=None):
        self._last_step_ended = time.monotonic()
        if not sys.stderr.isatty():
            if self._last_step_ended - self._last_line >= EVERY:
                self._last_line = self._last_step_ended
                click.echo(
                    f"step {self.budget.steps_done:,}, {self.budget.progress:.1%} of the budget: "
                    f"loss {logs['loss']:.4f}, {self._samples_per_second():.3g} samples/s"
                )
            return
        reached = int(1000 * self.budget.progress)
        self._bar.update(
            reached - self._shown, f"loss {logs['loss']:.4f}, {self._samples_per_second():.3g} samples/s"
        )
        self._shown = reached

    def on_epoch_end(self, epoch, logs=None):
        logs["samples_per_second"] = self._samples_per_second()
        if sys.stderr.isatty():
            click.echo("\r\033[K", nl=False, err=True)  # the bar's line is written anew below this one
        figures = ", ".join(f"{name} {value:.4g}" for name, value in logs.items() if value == value)
        click.echo(f"epoch {epoch + 1}, {self.budget.progress:.1%} of the budget: {figures}")

    def end(self):
        """Show the cursor again, which the bar hides; called also where an error ends the run."""
        if sys.stderr.isatty():
            click.echo("\033[?25h", nl=False, err=True)

    def _samples_per_second(self):
        steps = self.budget.steps_done - self._first_step
        return steps * self.samples_per_step / max(self._last_step_ended - self._started, 1e-9)
