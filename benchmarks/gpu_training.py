"""Prints how fast samples are composed on the device, how fast a network is trained on them, and both together.

    python benchmarks/gpu_training.py --backend torch
    python benchmarks/gpu_training.py --smoke

Each line is measured in a process of its own, by the median of steps that are waited for. A step's
multiply-adds are three times those of the network; they are compared with the device's matrix product in the
step's precision, measured in the same process. The first step, which compiles or tunes, has a column of its
own. With --smoke there is one network unless others are named, sizes are small, and compilers do not optimize,
which would take longer than all steps, so that any CPU is done with all backends in a few minutes.
"""

import importlib.util
import itertools
import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor

import click

BACKENDS = ("tensorflow", "torch", "jax")
CONFIGURATIONS = ("m2o_nonlinear_context", "o2o_linear_context", "b11")
SAMPLES = ((320, 64), (512, 24))  # side and batch
SMOKE = ((64, 2),)


@click.command()
@click.option("--backend", "backends", multiple=True, type=click.Choice(BACKENDS), help="Again for more.")
@click.option("--configuration", "configurations", multiple=True, help="The same.")
@click.option("--precision", default="mixed_bfloat16", show_default=True)
@click.option("--steps", default=10, show_default=True, help="The median of so many counts.")
@click.option("--smoke", is_flag=True, help="One network, small sizes and three steps.")
def main(backends, configurations, precision, steps, smoke):
    """Time composition and training on the device."""
    installed = [name for name in BACKENDS if importlib.util.find_spec(name) is not None]
    if smoke:
        os.environ["XLA_FLAGS"] = "--xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false"
    columns = (
        "backend",
        "network",
        "batch",
        "first step, s",
        "compose, ms",
        "step, ms",
        "both, ms",
        "samples/s",
    )
    click.echo("| " + " | ".join([*columns, "of matrix product", "memory, GiB"]) + " |")
    click.echo("|" + "---|" * 3 + "---:|" * 7)
    device = ""
    for backend, configuration, (side, batch) in itertools.product(
        backends or installed,
        configurations or CONFIGURATIONS[: 1 if smoke else None],
        SMOKE if smoke else SAMPLES,
    ):
        line, device = in_own_process(
            backend, measured, configuration, precision, side, batch, 3 if smoke else steps, not smoke
        )
        click.echo(f"| {backend} | {configuration} | {batch} of {side} px | {' | '.join(line)} |")
    click.echo(f"\n{device}, {precision}")


def in_own_process(backend, function, *arguments):
    """Call a function where Keras, which reads its backend once, has this one."""
    os.environ["KERAS_BACKEND"] = backend
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        return pool.submit(function, *arguments).result()


def measured(configuration, precision, side, batch, steps, optimized):
    """Return what a line of the table says, and the device's name."""
    import keras
    import numpy as np

    from keras_indexnet import complexity, data, losses, models, training

    if keras.backend.backend() == "tensorflow" and not optimized:
        import tensorflow as tf

        tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    square = max(128, side)
    bank = data.SampleBank(
        [data.ProceduralForegrounds(count=4, size=square)],
        data.ProceduralBackgrounds(4, size=square),
        side=square,
    )
    composer = data.SampleComposer(bank, "strong", side)
    network = models.matting_model(configuration, dtype=precision)
    multiply_adds = 3 * complexity(models.matting_model(configuration), (side, side, 4)).multiply_adds
    model = training.ComposedTraining(network, composer)
    for trained in (network, model):
        trained.compile(
            training.LayerwiseAdam(1e-3, factors={"encoder": 0.1}, global_clipnorm=5.0),
            losses.MattingLoss(laplacian_weight=1.0),
            jit_compile=keras.backend.backend() == "jax",
        )
    numbers = np.arange(batch)
    start = time.perf_counter()
    model.train_on_batch(numbers)
    first = time.perf_counter() - start
    sample = composer(numbers)
    seconds = [
        median_seconds(function, steps)
        for function in (
            lambda: keras.ops.convert_to_numpy(composer(numbers)[1][0, 0, 0]),
            lambda: network.train_on_batch(*sample),
            lambda: model.train_on_batch(numbers),
        )
    ]
    share = (
        batch * multiply_adds / seconds[2] / matrix_product(network.compute_dtype, 8192 if has_gpu() else 1024)
    )
    line = [
        f"{first:.1f}",
        *(f"{1000 * each:.1f}" for each in seconds),
        f"{batch / seconds[2]:.1f}",
        f"{share:.0%}",
    ]
    return [*line, memory()], device_name()


def median_seconds(function, steps):
    """Return the time of a call, waited for, after two that are not counted."""
    import numpy as np

    seconds = []
    for _ in range(steps + 2):
        start = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - start)
    return float(np.median(seconds[2:]))


def matrix_product(dtype, side):
    """Return the multiply-adds a second of a matrix product on the device."""
    import keras

    left, right = (keras.random.normal((side, side), dtype=dtype, seed=seed) for seed in (0, 1))
    return side**3 / median_seconds(lambda: keras.ops.convert_to_numpy(keras.ops.matmul(left, right)[0, :2]), 5)


def has_gpu():
    from keras_indexnet.training import devices

    return devices.has_gpu()


def memory():
    """Return the most memory of the device that was in use, in GiB, where the backend says."""
    import keras

    if not has_gpu():
        return "-"
    if keras.backend.backend() == "torch":
        import torch

        most = torch.cuda.max_memory_allocated()
    elif keras.backend.backend() == "jax":
        import jax

        most = jax.devices()[0].memory_stats()["peak_bytes_in_use"]
    else:
        import tensorflow as tf

        most = tf.config.experimental.get_memory_info("GPU:0")["peak"]
    return f"{most / 2**30:.1f}"


def device_name():
    from keras_indexnet.cli.diagnosis import devices

    described = devices()
    return described["GPUs"] if has_gpu() else f"CPU, {described['cores']}"


if __name__ == "__main__":
    main()
