"""Trains one network on one budget with each source of foregrounds left out, and prints what that costs.

    python benchmarks/sources.py --data train --rendered datasets/rendered --photographs alphamatting

All runs have the same network, number of crops and seed. What is finished is kept in the output folder, so
that the same command goes on after a stop. The figures come from each run's last step.
"""

from dataclasses import replace
from pathlib import Path

import click
from ablation import ERRORS, errors_of

from keras_indexnet import data, training

DRAWN = "drawn"
SOURCES = {  # the folders of each; drawn foregrounds have none
    DRAWN: (),
    "rendered": ("rendered",),
    "photographs": ("P3M_pred", "AlphaVAE_AIM500_samples"),
    "generated pictures": ("layerdiffuse",),
    "particles": ("kenney_particles",),
}
SHARES = {DRAWN: 0.4, "rendered": 0.3, "photographs": 0.15, "generated pictures": 0.1, "particles": 0.05}


@click.command()
@click.option("--data", "given", required=True, help="Folder with foregrounds/* and backgrounds.")
@click.option(
    "--rendered", default="datasets/rendered", show_default=True, help="Folder of rendered foregrounds."
)
@click.option("--photographs", required=True, help="Folder with image, alpha and trimap1.")
@click.option("--configuration", default="o2o_linear_context", show_default=True)
@click.option("--encoder-weights", default="imagenet", show_default=True)
@click.option("--crops", default=8_000, show_default=True, help="Samples that each network learns from.")
@click.option("--size", default=160, show_default=True, help="Side of a sample.")
@click.option(
    "--precision",
    default="float32",
    show_default=True,
    help="Or mixed_bfloat16, a third faster where the CPU has it.",
)
@click.option("--seed", default=0, show_default=True)
@click.option("--output", default="runs/sources", show_default=True)
def main(given, rendered, photographs, configuration, encoder_weights, crops, size, precision, seed, output):
    """Train with every source, then with all but one at a time."""
    photographs = data.read_photographs(photographs)
    budget = training.SETTINGS["budget"]
    settings = replace(
        budget,
        configuration=configuration,
        network_options={},
        backgrounds=str(Path(given, "backgrounds")),
        encoder_weights=encoder_weights,
        size=size,
        precision=precision,
        steps=crops // budget.batch_size,
        minutes=None,
        seed=seed,
    )
    folders = {"rendered": rendered}
    click.echo("| left out | SAD | MSE | Grad | Conn |\n|---|---|---|---|---|")
    for left_out in (None, *SOURCES):
        kept = {source: share for source, share in SHARES.items() if source != left_out}
        chosen = {
            folders.get(name, str(Path(given, "foregrounds", name))): share / len(SOURCES[source])
            for source, share in kept.items()
            for name in SOURCES[source]
        }
        run = replace(
            settings,
            procedural=kept.get(DRAWN, 0.0) / sum(kept.values()),
            foregrounds=tuple(chosen),
            foreground_shares=tuple(chosen.values()),
            output=str(Path(output, f"without {left_out or 'none'}".replace(" ", "_"))),
        )
        errors = errors_of(run, photographs)
        shown = (f"{errors[error]:.4f}" if error == "mse" else f"{errors[error]:.2f}" for error in ERRORS)
        click.echo("| " + " | ".join([left_out or "nothing", *shown]) + " |")


if __name__ == "__main__":
    main()
