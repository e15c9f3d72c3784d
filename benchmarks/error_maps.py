"""Draws where a network errs most: of each photograph the square with the largest error.

    python benchmarks/error_maps.py alphamatting errors.png

A row is a photograph: the square of it, the true alpha, the network's, and the difference, red where alpha is
too high and blue where it is too low. The SAD of the square is printed, in thousands, and its share of the
photograph's.
"""

import click
import cv2
import numpy as np

from keras_indexnet import data, inference
from keras_indexnet.data.trimap import UNKNOWN


@click.command()
@click.argument("folder")
@click.argument("output")
@click.option("--model", default="indexnet_base", show_default=True, help="A preset or a file.")
@click.option("--trimaps", default="trimap1", show_default=True)
@click.option("--side", default=200, show_default=True, help="Of the squares, in pixels.")
def main(folder, output, model, trimaps, side):
    """Matte the photographs of FOLDER and draw their worst squares into OUTPUT."""
    network = inference.open_model(model)
    rows = []
    for photograph in data.read_photographs(folder, trimaps):
        alpha = inference.predict_alpha(network, photograph.image, photograph.trimap)
        truth = photograph.alpha / np.float32(255)
        error = np.where(photograph.trimap == UNKNOWN, alpha - truth, 0.0)
        worst = worst_square(np.abs(error), side)
        rows.append(np.hstack(panels(photograph.image, truth, alpha, error, worst)))
        sad = np.abs(error[worst]).sum() / 1000
        click.echo(f"{photograph.name}: {sad:.2f}, {sad / np.abs(error).sum() * 1000:.0%} of the photograph's")
    data.write_image(output, np.vstack(rows))


def worst_square(error, side):
    """Slices of the square, all of it inside, whose sum of errors is the largest."""
    sums = cv2.integral(error)
    inside = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    row, column = np.unravel_index(np.argmax(inside), inside.shape)
    return np.s_[row : row + side, column : column + side]


def panels(image, truth, alpha, error, square):
    mattes = [np.repeat(matte[square][..., np.newaxis], 3, axis=-1) for matte in (truth, alpha)]
    high, low = np.clip(error[square], 0, 1), np.clip(-error[square], 0, 1)
    difference = 1 - np.dstack([low, high + low, high])  # white where there is none
    return [image[square], *(np.rint(255 * picture).astype(np.uint8) for picture in (*mattes, difference))]


if __name__ == "__main__":
    main()
