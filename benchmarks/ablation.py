"""Trains the paper's index functions on one budget and prints their errors beside the paper's.

    python benchmarks/ablation.py --data train --photographs alphamatting

Every network sees the same samples in the same order: the same seeds, foregrounds and backgrounds. What is
finished is kept in the output folder, so that the same command goes on after a stop. The figures come from each
network's last step, not from its best one, so that the photographs choose nothing.
"""

import json
from dataclasses import replace
from pathlib import Path

import click
import keras
import numpy as np
from scipy.stats import spearmanr

from keras_indexnet import data, evaluation, models, predict_alpha, training
from keras_indexnet.data.byte_cache import GIBIBYTE
from keras_indexnet.whole_file import whole_file

ERRORS = ("sad", "mse", "grad", "conn")
# What the tables compare: the index function alone. The twin of B11 has no row in the paper, nor have its
# successors.
SYSTEMS = {
    "bilinear": ("b11", {"index": "bilinear"}),
    "b11": ("b11", {}),
    "hmi": ("hmi", {}),
    "hin_linear": ("hin_linear", {}),
    "hin_nonlinear_context": ("hin_nonlinear_context", {}),
    "o2o_linear_context": ("o2o_linear_context", {}),
    "o2o_nonlinear_context": ("o2o_nonlinear_context", {}),
    "m2o_linear_context": ("m2o_linear_context", {}),
    "m2o_nonlinear_context": ("m2o_nonlinear_context", {}),
    "carafe": ("carafe", {}),
    "a2u": ("a2u", {}),
    "fade": ("fade", {}),
    "fade_lite": ("fade_lite", {}),
    "sapa": ("sapa", {}),
}


@click.command()
@click.option("--data", "given", required=True, help="Folder with foregrounds/* and backgrounds.")
@click.option("--photographs", required=True, help="Folder with image, alpha and trimap1.")
@click.option("--encoder-weights", default="imagenet", show_default=True)
@click.option("--crops", default=15_000, show_default=True, help="Samples that each network learns from.")
@click.option("--drawn", default=300, show_default=True, help="Foregrounds that are drawn for them.")
@click.option("--size", default=160, show_default=True, help="Side of a sample.")
@click.option(
    "--precision",
    default="float32",
    show_default=True,
    help="Or mixed_bfloat16, a third faster where the CPU has it.",
)
@click.option("--seed", "seeds", default=(0,), multiple=True, type=int, show_default=True)
@click.option(
    "--system",
    "systems",
    type=click.Choice(list(SYSTEMS)),
    multiple=True,
    help="Train these alone: two processes with a core each are faster than one with two.",
)
@click.option("--output", default="runs/ablation", show_default=True)
def main(given, photographs, encoder_weights, crops, drawn, size, precision, seeds, systems, output):
    """Train, measure and compare the index functions."""
    photographs = data.read_photographs(photographs)
    budget = training.SETTINGS["budget"]
    settings = replace(
        budget,
        foregrounds=tuple(
            str(folder) for folder in sorted(Path(given, "foregrounds").iterdir()) if folder.is_dir()
        ),
        backgrounds=str(Path(given, "backgrounds")),
        encoder_weights=encoder_weights,
        procedural_count=drawn,
        compose_on="device",  # from pictures that are read once: a CPU, too, has more time to learn then
        bank_bytes=4 * GIBIBYTE,
        size=size,
        precision=precision,
        steps=crops // budget.batch_size,
        minutes=None,
    )
    rows = {}
    for name in systems or SYSTEMS:
        configuration, options = SYSTEMS[name]
        of_seeds = []
        for seed in seeds:
            run = replace(
                settings,
                configuration=configuration,
                network_options=options,
                seed=seed,
                output=str(Path(output, f"{name}_{seed}")),
            )
            of_seeds.append(errors_of(run, photographs))
        rows[name] = {error: np.array([errors[error] for errors in of_seeds]) for error in ERRORS}
        click.echo(row(name, rows[name]))
    click.echo(as_table(rows))
    plot(rows, Path(output, "ablation.png"))


def errors_of(settings, photographs):
    """Train a network unless that was done before, and return its mean errors."""
    measured = Path(settings.output, "errors.json")
    if not measured.is_file():
        last = Path(settings.output, "last.keras")
        if not last.is_file():
            training.train(settings, resume=True)
        network = models.matting_model(settings.configuration, last, **settings.network_options)
        errors = [
            errors
            for _, errors in evaluation.evaluate_photographs(
                lambda image, trimap: predict_alpha(network, image, trimap), photographs
            )
        ]
        mean = {error: float(np.mean([of_one[error] for of_one in errors])) for error in ERRORS}
        with whole_file(measured) as partial:
            partial.write_text(json.dumps(mean), encoding="utf-8")
        keras.backend.clear_session()  # else the graphs of every network stay in memory, two gigabytes each
    return json.loads(measured.read_text(encoding="utf-8"))


def row(name, errors):
    """A line of the table: our means over the seeds, and the paper's figures."""
    ours = [f"{errors['sad'].mean():.2f}", f"{errors['mse'].mean():.4f}"]
    ours += [f"{errors[error].mean():.2f}" for error in ("grad", "conn")]
    spread = f"{np.ptp(errors['sad']):.2f}" if len(errors["sad"]) > 1 else ""
    paper = paper_of(name)
    theirs = ["", "", "", ""] if paper is None else [paper.sad, paper.mse, paper.grad, paper.conn]
    return "| " + " | ".join([name, *ours, spread, *map(str, theirs)]) + " |"


def as_table(rows):
    """Markdown, and the rank correlation of each error with the paper's."""
    heads = ["index", "SAD", "MSE", "Grad", "Conn", "spread of SAD"]
    heads += [f"paper's {error}" for error in heads[1:5]]
    lines = ["", "| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    lines += [row(name, errors) for name, errors in rows.items()]
    lines.append("")
    both = [name for name in rows if paper_of(name) is not None]
    for error in ERRORS if len(both) > 2 else ():
        ours = [rows[name][error].mean() for name in both]
        theirs = [getattr(paper_of(name), error) for name in both]
        correlation = spearmanr(ours, theirs).statistic
        lines.append(f"Rank correlation of {error} with the paper's, {len(both)} systems: {correlation:.2f}")
    return "\n".join(lines)


def paper_of(name):
    """The paper's figures, None where it has none."""
    configuration = models.list_configurations().get(name)
    return None if configuration is None else configuration.paper


def plot(rows, path):
    """Our SAD over the paper's."""
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6, 4.5))
    for name, errors in rows.items():
        if paper_of(name) is not None:
            point = paper_of(name).sad, errors["sad"].mean()
            axes.plot(*point, "o", color="tab:blue")
            axes.annotate(name, point, fontsize=8, xytext=(4, 4), textcoords="offset points")
    axes.margins(x=0.25)  # for the names
    axes.set_xlabel("SAD of the paper (Composition-1k)")
    axes.set_ylabel("SAD here (alphamatting.com)")
    figure.tight_layout()
    figure.savefig(path, dpi=150)


if __name__ == "__main__":
    main()
