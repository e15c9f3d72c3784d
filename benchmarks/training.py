"""Prints how many samples a second a training step takes, on each backend that is installed.

    python benchmarks/training.py
    python benchmarks/training.py --backend tensorflow --xla
    python benchmarks/training.py --operators 12 --precision mixed_bfloat16

Each line is measured in a process of its own. The step's multiply-adds are three times those of the network:
once forward, and backward for its inputs and its weights. They are compared with the machine's float32 matrix
product, measured in the same process. With --xla TensorFlow and PyTorch also run with `jit_compile=True`; JAX
always does. With --operators TensorFlow's profiler tells which ones the step's time goes to.
"""

import importlib.util
import itertools
import multiprocessing
import os
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import click

SAMPLES = ((160, 8), (320, 4))  # side and batch
BACKENDS = ("tensorflow", "torch", "jax")
PRECISIONS = ("float32", "mixed_bfloat16")


@click.command()
@click.option("--backend", "backends", multiple=True, type=click.Choice(BACKENDS), help="Again for more.")
@click.option("--precision", "precisions", multiple=True, type=click.Choice(PRECISIONS), help="The same.")
@click.option("--xla", is_flag=True, help="Also compile the step.")
@click.option("--configuration", default="m2o_nonlinear_context", show_default=True)
@click.option("--steps", default=8, show_default=True, help="The median of so many counts.")
@click.option("--operators", type=int, help="Print so many of TensorFlow's operators in place of the table.")
def main(backends, precisions, xla, configuration, steps, operators):
    """Time the training step."""
    if operators is not None:
        precision = precisions[0] if precisions else "float32"
        of_step = in_own_process("tensorflow", seconds_of_operators, precision, configuration, steps)
        total = sum(of_step.values())
        for operator, seconds in of_step.most_common(operators):
            click.echo(f"{seconds / total:6.1%}  {operator}")
        return
    installed = [name for name in BACKENDS if importlib.util.find_spec(name) is not None]
    click.echo("| backend | precision | compiled | batch | samples/s | GMAC/s | of matrix product |")
    click.echo("|---|---|---|---|---:|---:|---:|")
    for backend, precision, (side, batch) in itertools.product(
        backends or installed, precisions or PRECISIONS, SAMPLES
    ):
        for compiled in _compilations(backend, xla):
            rate, multiply_adds, peak = in_own_process(
                backend, step_rate, precision, compiled, configuration, side, batch, steps
            )
            click.echo(
                f"| {backend} | {precision} | {'yes' if compiled else 'no'} | {batch} of {side} px "
                f"| {rate:.2f} | {rate * multiply_adds / 1e9:.0f} | {rate * multiply_adds / peak:.0%} |"
            )


def _compilations(backend, xla):
    if backend == "jax":
        return (True,)
    return (False, True) if xla else (False,)


def in_own_process(backend, function, *arguments):
    """Call a function where Keras, which reads its backend once, has this one."""
    os.environ["KERAS_BACKEND"] = backend
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        return pool.submit(function, *arguments).result()


def step_rate(precision, compiled, configuration, side, batch, steps):
    """Return samples a second, multiply-adds of a sample's step, and those of the matrix product a second."""
    import numpy as np

    from keras_indexnet import complexity, models
    from keras_indexnet.profiling import matrix_product_peak

    multiply_adds = (
        3 * complexity(models.matting_model(configuration, expansion=1), (side, side, 4)).multiply_adds
    )
    step = training_step(precision, compiled, configuration, side, batch)
    seconds = []
    for _ in range(steps + 2):
        start = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - start)
    return batch / float(np.median(seconds[2:])), multiply_adds, matrix_product_peak()


def training_step(precision, compiled, configuration, side, batch):
    """Return a function that trains a network for one step on a batch that stays the same."""
    import keras

    from keras_indexnet import data, losses, models, training

    keras.config.set_dtype_policy(precision)
    network = models.matting_model(configuration, expansion=1)
    optimizer = training.LayerwiseAdam(4e-3, factors={"encoder": 0.1}, global_clipnorm=5.0)
    network.compile(optimizer, loss=losses.MattingLoss(), jit_compile=compiled)
    samples = data.MattingSequence(
        [data.ProceduralForegrounds(count=2)], data.ProceduralBackgrounds(count=2), batch_size=batch, size=side
    )
    inputs, target = samples[0]
    return lambda: network.train_on_batch(inputs, target)


def seconds_of_operators(precision, configuration, steps):
    """Return the time that TensorFlow's operators took in steps of 8 samples of 160 px, all threads' summed."""
    import tensorflow as tf
    from tensorflow.tsl.profiler.protobuf import xplane_pb2

    step = training_step(precision, False, configuration, *SAMPLES[0])
    step(), step()
    with tempfile.TemporaryDirectory() as folder:
        with tf.profiler.experimental.Profile(folder):
            for _ in range(steps):
                step()
        (trace,) = Path(folder).rglob("*.xplane.pb")
        space = xplane_pb2.XSpace.FromString(trace.read_bytes())
    seconds = Counter()
    for plane in space.planes:
        for event in (event for line in plane.lines for event in line.events):
            # An operator is named "its/name:Type"; what contains others, such as the whole step, is left out.
            operator = plane.event_metadata[event.metadata_id].name.partition(":")[2].strip()
            if operator and not operator.startswith((":", "__inference")):
                seconds[operator] += event.duration_ps / 1e12
    return seconds


if __name__ == "__main__":
    main()
