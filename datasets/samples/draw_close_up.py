"""Draw a seed head's bristles: the photograph, its alpha matte, and the cut-out over another colour.

`python datasets/samples/draw_close_up.py docs/images/seed_head.jpg` writes the picture of the README.
"""

from pathlib import Path

import click
import cv2
import numpy as np

import keras_indexnet
from keras_indexnet import data

SAMPLES = Path(__file__).parent
CLOSE_UP = np.s_[60:312, 42:252]  # the rim, where single bristles stand out
SIZE = 280, 336  # of a column: three of them are as wide as a page
GAP = np.full((SIZE[1], 8, 3), 255, "uint8")


@click.command()
@click.argument("output")
@click.option("--background", default="#16324f", show_default=True)
def main(output, background):
    """Draw photograph, alpha matte and composite beside each other into the image file OUTPUT."""
    photo, trimap = SAMPLES / "dandelion.jpg", SAMPLES / "dandelion_trimap.png"
    alpha = keras_indexnet.cutout(photo, trimap)[..., 3]
    composite = keras_indexnet.cutout(photo, trimap, background=background)
    columns = [data.read_image(photo), np.dstack([alpha] * 3), composite]
    photograph, matte, composite = (
        cv2.resize(column[CLOSE_UP], SIZE, interpolation=cv2.INTER_CUBIC) for column in columns
    )
    data.write_image(output, np.hstack([photograph, GAP, matte, GAP, composite]))
    click.echo(output)


if __name__ == "__main__":
    main()
