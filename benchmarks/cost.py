"""Prints what a million photographs cost, computed from the samples of this repository at that size.

    python benchmarks/cost.py --megapixels 12

Each sample is enlarged, and cut out twice: the second time the processor's time counts, of all threads. With
`--network` it is the network's time by the clock, for a GPU. Photographs take the longer the more is unknown.
"""

import time
from pathlib import Path

import click
import cv2

import keras_indexnet
from keras_indexnet import data, inference

SAMPLES = Path(__file__).parents[1] / "datasets" / "samples"
NAMES = ("astronaut.jpg", "chelsea.png", "dandelion.jpg", "hopper.jpg")


@click.command()
@click.option("--megapixels", default=12.0, show_default=True)
@click.option("--network", is_flag=True, help="Time the network by the clock, without polishing and colours.")
@click.option("--weights", default="indexnet_base", show_default=True)
@click.option(
    "--max-pixels", default=inference.MAX_PIXELS, show_default=True, help="Of a tile, with --network."
)
def main(megapixels, network, weights, max_pixels):
    """Time photographs, and multiply."""
    model = inference.open_model(weights)
    clock, unit = (time.monotonic, "seconds") if network else (time.process_time, "core-seconds")
    total = 0.0
    for name in NAMES:
        image, trimap = (
            data.read_image(SAMPLES / name),
            data.read_gray(SAMPLES / f"{Path(name).stem}_trimap.png"),
        )
        scale = (megapixels * 1e6 / trimap.size) ** 0.5
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        trimap = cv2.resize(trimap, None, fx=scale, fy=scale, interpolation=cv2.INTER_NEAREST)
        for _ in range(2):
            begun = clock()
            if network:
                inference.predict_alpha(model, image, trimap, max_pixels=max_pixels)
            else:
                keras_indexnet.cutout(image, trimap, preset=weights)
            took = clock() - begun
        total += took
        click.echo(f"{name}: {(trimap == 128).mean():.0%} unknown, {took:.2f} {unit}")
    mean = total / len(NAMES)
    hours = "hours of that device" if network else "core-hours"
    click.echo(f"mean {mean:.2f} {unit}; computed for a million: {1e6 * mean / 3600:,.0f} {hours}")


if __name__ == "__main__":
    main()
