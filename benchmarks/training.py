"""Prints how many samples a second a training step takes, on each backend that is installed.

    python benchmarks/training.py
    python benchmarks/training.py --backend tensorflow --xla

Each line is measured in a process of its own. The step's multiply-adds are three times those of the network:
once forward, and backward for its inputs and its weights. They are compared with the machine's float32 matrix
product, measured in the same process. With --xla TensorFlow and PyTorch also run with `jit_compile=True`; JAX
always does.
"""

import importlib.util
import itertools
import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor

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
def main(backends, precisions, xla, configuration, steps):
    """Time the training step."""
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
    import keras
    import numpy as np

    from keras_indexnet import complexity, data, losses, models, training
    from keras_indexnet.measuring import matrix_product_peak

    network = models.matting_model(configuration, expansion=1)
    multiply_adds = 3 * complexity(network, (side, side, 4)).multiply_adds
    keras.config.set_dtype_policy(precision)
    network = models.matting_model(configuration, expansion=1)
    optimizer = training.LayerwiseAdam(4e-3, factors={"encoder": 0.1}, global_clipnorm=5.0)
    network.compile(optimizer, loss=losses.MattingLoss(), jit_compile=compiled)
    samples = data.MattingSequence(
        [data.ProceduralForegrounds(count=2)], data.ProceduralBackgrounds(count=2), batch_size=batch, size=side
    )
    inputs, target = samples[0]
    seconds = []
    for _ in range(steps + 2):
        start = time.perf_counter()
        network.train_on_batch(inputs, target)
        seconds.append(time.perf_counter() - start)
    return batch / float(np.median(seconds[2:])), multiply_adds, matrix_product_peak()


if __name__ == "__main__":
    main()
