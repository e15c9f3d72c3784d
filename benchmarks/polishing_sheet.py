"""Draws where polishing is worse than the network: a grey photograph, blocks of JPEG, alike colours, blur.

    python benchmarks/polishing_sheet.py docs/images/polishing_worse.webp

The pictures are drawn, so that their alpha is known. Each row is the picture, the network's alpha, the polished
one and the truth, with both mean absolute errors in the unknown region.
"""

import click
import cv2
import numpy as np

from keras_indexnet import data, inference, visualization
from keras_indexnet.data.trimap import UNKNOWN

SIZE = 320


def as_it_is(image):
    return image


def grey(image):
    return np.dstack([cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)] * 3)


def compressed(image):
    """A JPEG of quality 10."""
    quality = [cv2.IMWRITE_JPEG_QUALITY, 10]
    return cv2.imdecode(cv2.imencode(".jpg", image[..., ::-1], quality)[1], cv2.IMREAD_COLOR_RGB)


ROWS = (
    ("mane", 2, grey),
    ("twigs", 2, compressed),
    ("feather", 1, as_it_is),
    ("defocused", 4, as_it_is),
)


@click.command()
@click.argument("output")
@click.option("--model", default="indexnet_base", show_default=True, help="A preset or a file.")
def main(output, model):
    """Draw the rows into the image file OUTPUT, and print their errors."""
    network = inference.open_model(model)
    sheets = []
    for kind, seed, degraded in ROWS:
        drawn = data.drawn_photograph(seed, SIZE, kind)
        image, truth = degraded(drawn.image), drawn.alpha / np.float32(255)
        alpha = inference.predict_alpha(network, image, drawn.trimap)
        polished = inference.polish_alpha(image, drawn.trimap, alpha)
        unknown = drawn.trimap == UNKNOWN
        errors = [np.abs(matte - truth)[unknown].mean() for matte in (alpha, polished)]
        click.echo(f"{kind}, {degraded.__name__}: network {errors[0]:.4f}, polished {errors[1]:.4f}")
        mattes = [data.eight_bit_matte(matte) for matte in (alpha, polished, truth)]
        titles = [kind, f"network: {errors[0]:.3f}", f"polished: {errors[1]:.3f}", "truth"]
        sheets.append(visualization.side_by_side([image, *mattes], titles, SIZE))
    data.write_image(output, visualization.below_each_other(sheets))
    click.echo(output)


if __name__ == "__main__":
    main()
