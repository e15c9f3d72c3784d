"""Cleans the alpha of cut-outs for training: what was estimated is seldom quite 0 or 1 where it should be.

    python datasets/clean_foregrounds.py train/foregrounds/layerdiffuse cleaned/layerdiffuse --estimated

A network repeats what it is shown: of subjects whose inside is 250 it makes mattes with a haze of 250. Values
within 4 of 0 or 255 become that. With --estimated, for mattes that a network or a solver made, so does every
value of the inside and the outside, where nothing softer is near.
"""

from pathlib import Path

import click
import cv2
import numpy as np

from keras_indexnet import data

NEARLY = 4  # of 255
SOLID = 235  # least value of an estimated matte's inside
EMPTY = 12  # greatest value of its outside
NEAR = 2  # pixels around anything softer that stay as they are


@click.command()
@click.argument("folder")
@click.argument("output")
@click.option("--estimated", is_flag=True, help="The mattes were estimated: clean their insides, too.")
def main(folder, output, estimated):
    """Write the RGBA cut-outs of FOLDER with cleaned alpha into the folder OUTPUT, as PNG."""
    for path in data.list_images(folder):
        rgba = data.read_foreground(path)
        before = rgba[..., 3].copy()
        rgba[..., 3] = cleaned(before, estimated)
        cleaned_path = Path(output, path.relative_to(folder)).with_suffix(".png")
        if cleaned_path.exists():  # of this folder, or made from a file of the same name
            raise click.UsageError(f"{cleaned_path} is there already; name an empty folder.")
        data.write_image(cleaned_path, rgba)
        click.echo(f"{path.name}: {np.mean(before != rgba[..., 3]):.1%} of the pixels changed")


def cleaned(alpha, estimated):
    """Return alpha, uint8, with its ends cleaned."""
    clean = alpha.copy()
    clean[alpha >= 255 - NEARLY], clean[alpha <= NEARLY] = 255, 0
    if estimated:
        clean[core(alpha >= SOLID)], clean[core(alpha <= EMPTY)] = 255, 0
    return clean


def core(region):
    """Mark what is far enough from a region's border, and not too thin to be an inside."""
    inside = cv2.erode(region.astype(np.uint8), np.ones((4 * NEAR + 1,) * 2, np.uint8))
    return cv2.dilate(inside, np.ones((2 * NEAR + 1,) * 2, np.uint8)) > 0


if __name__ == "__main__":
    main()
