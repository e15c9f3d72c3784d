"""Draw samples of fur, hair, petals and a seed head: alpha, polished alpha and composite by shipped weights.

`python datasets/samples/draw_sheet.py docs/images/photographs.jpg` writes the picture of docs/use/polishing.md.
"""

from pathlib import Path

import click
import cv2
import numpy as np

from keras_indexnet import data, inference, models

SAMPLES = Path(__file__).parent
PHOTOGRAPHS = ("chelsea.png", "hopper.jpg", "dahlia.jpg", "dandelion.jpg")
HEIGHT = 300  # of each picture on the sheet
STEELBLUE = (70, 130, 180)


@click.command()
@click.argument("output")
@click.option("--preset", default="indexnet_base", show_default=True)
def main(output, preset):
    """Draw photographs, mattes, polished mattes and composites below each other into the image file OUTPUT."""
    model = models.MattingNetwork.from_preset(preset)
    data.write_image(output, np.hstack([column(model, SAMPLES / name) for name in PHOTOGRAPHS]))
    click.echo(output)


def column(model, path):
    image = data.read_image(path)
    trimap, _ = data.standardize_trimap(
        data.read_gray(path.with_name(f"{path.stem}_trimap.png")), image.shape[:2]
    )
    alpha = inference.predict_alpha(model, image, trimap)
    polished = inference.polish_alpha(image, trimap, alpha)
    composite = inference.place_over(inference.estimate_foreground(image, polished), polished, STEELBLUE)
    mattes = [np.dstack([data.eight_bit_matte(matte)] * 3) for matte in (alpha, polished)]
    width = round(HEIGHT * image.shape[1] / image.shape[0])
    pictures = (
        cv2.resize(picture, (width, HEIGHT), interpolation=cv2.INTER_AREA)
        for picture in (image, *mattes, composite)
    )
    return np.vstack(list(pictures))


if __name__ == "__main__":
    main()
