"""What the scripts of the tasks share: how a network is trained, and the table of what came out."""

import time

import click
import keras
import numpy as np

from keras_indexnet.profiling import complexity


def common_options(command):
    """Add the options that all scripts have."""
    for option in (
        click.option(
            "--index", default="o2o_linear_context", show_default=True, help="A name of tasks.INDEX_BLOCKS."
        ),
        click.option("--seeds", default=1, show_default=True, help="How often each network is trained."),
        click.option(
            "--momentum",
            default=0.99,
            show_default=True,
            help="Of the moving averages of batch normalisation; 0.9 for a few steps.",
        ),
        click.option(
            "--precision",
            default="float32",
            show_default=True,
            help="Or mixed_bfloat16, faster where the CPU has it.",
        ),
    ):
        command = option(command)
    return command


class MirroredBatches(keras.utils.PyDataset):
    """Batches of images and targets in a random order, half of them mirrored; the same for every network.

    Args:
        images: array of shape `(N, H, W, C)`.
        targets: array of shape `(N,)`, or `(N, H, W, ...)`, which is mirrored with its image.
        batch_size: int.
    """

    def __init__(self, images, targets, batch_size):
        super().__init__()
        self.images, self.targets, self.batch_size = images, targets, batch_size
        self.random = np.random.default_rng(0)
        self.on_epoch_end()

    def on_epoch_end(self):
        self.order = self.random.permutation(len(self.images))

    def __len__(self):
        return -(-len(self.images) // self.batch_size)

    def __getitem__(self, number):
        chosen = self.order[number * self.batch_size : (number + 1) * self.batch_size]
        mirrored = self.random.random(len(chosen)) < 0.5
        images, targets = self.images[chosen], self.targets[chosen]
        for values in (images, targets):
            if values.ndim > 1:
                values[mirrored] = values[mirrored, :, ::-1]
        return images, targets


def trained(build, compile_and_fit, seeds, momentum=0.99):
    """Train a network from every seed.

    Args:
        build: function that returns the network.
        compile_and_fit: function that trains it and returns a dict of its figures.
        seeds: int.
        momentum: float, of the moving averages of batch normalisation.

    Returns:
        Dict of parameters, multiply-adds, seconds and the figures, each an array over the seeds.
    """
    of_seeds = []
    for seed in range(seeds):
        keras.utils.set_random_seed(seed)
        network = build()
        for layer in network._flatten_layers():
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.momentum = momentum
        counted = complexity(network)
        began = time.monotonic()
        figures = compile_and_fit(network)
        seconds = time.monotonic() - began
        of_seeds.append(
            {"parameters": counted.parameters, "multiply-adds": counted.multiply_adds, **figures}
            | {"seconds": seconds}
        )
        keras.backend.clear_session()  # else the graphs of every network stay in memory
    return {name: np.array([figures[name] for figures in of_seeds]) for name in of_seeds[0]}


def as_table(rows):
    """Return a Markdown table: a row for each network, means over the seeds with their standard deviation."""
    heads = list(next(iter(rows.values())))
    lines = ["| network | " + " | ".join(heads) + " |", "|---" * (len(heads) + 1) + "|"]
    for name, figures in rows.items():
        lines.append(f"| {name} | " + " | ".join(cell(head, figures[head]) for head in heads) + " |")
    return "\n".join(lines)


def cell(head, values):
    """A figure with as many digits as it deserves."""
    if head == "parameters":
        return f"{values[0]:,.0f}"
    if head == "multiply-adds":
        return f"{values[0] / 1e6:,.1f} M"
    if head == "seconds":
        return f"{values.mean():.0f}"
    spread = f" ± {values.std(ddof=1):.2g}" if len(values) > 1 else ""
    return f"{values.mean():.4g}{spread}"
