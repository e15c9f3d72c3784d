"""Prints how many training samples a second are composed, and what memory that takes.

    python benchmarks/data.py
    python benchmarks/data.py --step

The foregrounds and backgrounds are drawn and kept in memory before the clock starts. Then one thread and two
compose samples of each recipe, as the workers of `model.fit` do. The best of several measurements is printed,
as others may use the machine, too. With --step the rate is compared with that of the training step.
"""

import itertools
import resource
import time
from concurrent.futures import ThreadPoolExecutor

import click
import cv2

from keras_indexnet import data


@click.command()
@click.option("--size", default=320, show_default=True, help="Side of a sample in pixels.")
@click.option("--foregrounds", default=12, show_default=True, help="How many are drawn, 1024 pixels wide.")
@click.option("--batches", default=16, show_default=True, help="Of four samples, in a measurement.")
@click.option("--repeats", default=5, show_default=True, help="The best of so many is printed.")
@click.option("--step", is_flag=True, help="Compare with a training step of m2o_nonlinear_context.")
def main(size, foregrounds, batches, repeats, step):
    """Time the composition of training samples."""
    cv2.setNumThreads(1)  # a worker is a thread already
    drawn = data.ProceduralForegrounds(count=foregrounds, size=1024)
    backgrounds = data.ProceduralBackgrounds(count=foregrounds, size=640)
    pictures = [*drawn, *backgrounds]
    click.echo(f"{'recipe':8}{'workers':>8}{'samples/s':>11}{'a core':>8}")
    for recipe, workers in itertools.product(data.COMPOSITION_RECIPES, (1, 2)):
        sequence = data.MattingSequence([drawn], backgrounds, recipe, batch_size=4, size=size)
        seconds, core_seconds = best_times(sequence, batches, workers, repeats)
        samples = 4 * batches
        click.echo(f"{recipe:8}{workers:8}{samples / seconds:11.0f}{samples / core_seconds:8.0f}")
        if recipe == "paper" and workers == 1:
            rate = samples / seconds
    maps = sum(picture.shape[0] * picture.shape[1] for picture in drawn)
    kept = sum(picture.nbytes for picture in pictures) + maps
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # Linux counts kibibytes
    click.echo(f"pictures and maps in memory: {kept / 2**20:.0f} MiB")
    click.echo(f"peak of the process: {peak:.0f} MiB, with Keras's backend and the drawing of the pictures")
    if step:
        step_rate = 4 / step_seconds(sequence, repeats)
        click.echo(
            f"training step: {step_rate:.2f} samples/s; paper on one worker: {rate / step_rate:.0f} times that"
        )


def best_times(sequence, batches, workers, repeats):
    """Return the least wall-clock and the least processor seconds of all threads that the batches took."""
    for batch in range(batches):
        sequence[batch]  # every foreground's map of distances is computed now
    walls, cores = [], []
    for _ in range(repeats):
        wall, core = time.perf_counter(), time.process_time()
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(lambda batch: len(sequence[batch]), range(batches)))  # keeps no batch
        walls.append(time.perf_counter() - wall)
        cores.append(time.process_time() - core)
    return min(walls), min(cores)


def step_seconds(sequence, repeats):
    """Return the least seconds of a training step on a batch of the sequence, once it is compiled."""
    from keras_indexnet import losses, models

    model = models.matting_model("m2o_nonlinear_context", expansion=1)
    model.compile("adam", loss=losses.MattingLoss(), jit_compile=False)
    inputs, target = sequence[0]
    durations = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        model.train_on_batch(inputs, target)
        durations.append(time.perf_counter() - start)
    return min(durations[1:])


if __name__ == "__main__":
    main()
