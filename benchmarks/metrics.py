"""Prints how long each matting error takes on a drawn matte.

    python benchmarks/metrics.py --width 800 --height 600

The matte is the drawn truth, blurred, so that all ten levels of the connectivity error have work to do.
"""

import statistics
import time

import click
import cv2
import numpy as np

from keras_indexnet import evaluation
from keras_indexnet.data import alpha_with_known_pixels, drawn_photograph, eight_bit_matte

ERRORS = (
    evaluation.sad_error,
    evaluation.mse_error,
    evaluation.gradient_error,
    evaluation.connectivity_error,
    evaluation.matting_errors,
)


@click.command()
@click.option("--width", default=800, show_default=True)
@click.option("--height", default=600, show_default=True)
@click.option("--repeats", default=9, show_default=True, help="The median of so many is printed.")
def main(width, height, repeats):
    """Time the four matting errors."""
    mattes = drawn_mattes(width, height)
    for error in ERRORS:
        durations = []
        for _ in range(repeats):
            start = time.perf_counter()
            error(*mattes)
            durations.append(time.perf_counter() - start)
        click.echo(f"{error.__name__:20}{statistics.median(durations) * 1000:8.1f} ms")


def drawn_mattes(width, height):
    """Draw a matte of hair, its truth and its trimap, each 8 bits."""
    drawn = drawn_photograph(seed=3, size=max(width, height))
    truth, trimap = drawn.alpha[:height, :width], drawn.trimap[:height, :width]
    alpha = alpha_with_known_pixels(cv2.GaussianBlur(truth, (0, 0), 2.0) / np.float32(255), trimap)
    return eight_bit_matte(alpha), truth, trimap


if __name__ == "__main__":
    main()
