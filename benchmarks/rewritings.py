"""Prints what other arithmetic for the costliest convolutions would gain in LiteRT, as ratios of time.

    python benchmarks/rewritings.py

Each pair of files computes the same with the same weights. They run in turns, so that what disturbs one
disturbs the other. The shapes are those of `m2o_nonlinear_context` at 512 x 512.
"""

import tempfile
import time
from pathlib import Path

import click
import keras
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from keras import layers, ops

SIDE, CHANNELS = 512, 32


@click.command()
@click.option("--runs", default=20, show_default=True, help="Of each file; the medians count.")
@click.option("--threads", default=2, show_default=True)
def main(runs, threads):
    """Time each convolution of the network and its rewriting in turns."""
    for name, pair in (("two halves apart", decoder_stage()), ("space to depth first", index_block())):
        with tempfile.TemporaryDirectory() as folder:
            files = [
                interpreter_of(model, Path(folder, f"{number}.tflite"), threads)
                for number, model in enumerate(pair)
            ]
        difference = np.ptp([run(file)[1] for file in files], axis=0).max()
        seconds = np.median([[run(file)[0] for file in files] for _ in range(runs)], axis=0)
        click.echo(
            f"{name}: {seconds[1] / seconds[0]:.2f} of the time ({seconds[0] * 1e3:.0f} ms), "
            f"largest difference {difference:.1e}"
        )


def decoder_stage():
    """The 5 x 5 convolution of what is concatenated, and the sum of one for each half."""
    halves = [keras.Input(batch_shape=(1, SIDE, SIDE, CHANNELS)) for _ in range(2)]
    whole = layers.Conv2D(CHANNELS, 5, padding="same")
    together = keras.Model(halves, whole(ops.concatenate(halves, axis=-1)))
    parts = [layers.Conv2D(CHANNELS, 5, padding="same") for _ in halves]
    apart = keras.Model(halves, parts[0](halves[0]) + parts[1](halves[1]))
    kernel, bias = whole.get_weights()
    parts[0].set_weights([kernel[:, :, :CHANNELS], bias])
    parts[1].set_weights([kernel[:, :, CHANNELS:], np.zeros_like(bias)])
    return together, apart


def index_block():
    """The 4 x 4 convolution of stride 2 that begins an index block, and a 2 x 2 one of regions."""
    features = keras.Input(batch_shape=(1, SIDE, SIDE, CHANNELS))
    strided = layers.Conv2D(4 * CHANNELS, 4, strides=2, padding="same")
    direct = keras.Model(features, strided(features))
    of_regions = layers.Conv2D(4 * CHANNELS, 2)
    padded = ops.pad(features, ((0, 0), (1, 1), (1, 1), (0, 0)))
    rearranged = keras.Model(features, of_regions(ops.space_to_depth(padded, 2)))
    kernel, bias = strided.get_weights()
    kernel = kernel.reshape(2, 2, 2, 2, CHANNELS, -1).transpose(0, 2, 1, 3, 4, 5)
    of_regions.set_weights([kernel.reshape(2, 2, 4 * CHANNELS, -1), bias])
    return direct, rearranged


def interpreter_of(model, path, threads):
    """Export a model, and open it with the same random input for every file."""
    model.export(path, format="litert", verbose=False)
    interpreter = Interpreter(model_content=path.read_bytes(), num_threads=threads)
    interpreter.allocate_tensors()
    random = np.random.default_rng(0)
    for entry in sorted(interpreter.get_input_details(), key=lambda entry: entry["name"]):
        interpreter.set_tensor(entry["index"], random.uniform(0, 1, entry["shape"]).astype("float32"))
    return interpreter


def run(interpreter):
    """Return the seconds that one run takes, and its output."""
    start = time.perf_counter()
    interpreter.invoke()
    seconds = time.perf_counter() - start
    return seconds, interpreter.get_tensor(interpreter.get_output_details()[0]["index"])


if __name__ == "__main__":
    main()
