from pathlib import Path

import click
import numpy as np
from PIL import ImageColor

from keras_indexnet import data, inference, models, visualization
from keras_indexnet.commands.options import configuration_option, flip_option, weights_option


@click.command()
@click.argument("photo")
@click.argument("trimap")
@click.option("-o", "--output", default=".", help="Folder for the results.")
@click.option("--background", help="Colour ('white', '#00ff00') or image to lay the cut-out over.")
@click.option("--sheet", is_flag=True, help="Also write everything side by side.")
@configuration_option
@weights_option
@flip_option
def matte(photo, trimap, output, background, sheet, configuration, weights, flip):
    """Compute the alpha matte of PHOTO and cut its foreground out.

    TRIMAP is a grey image of the same size: black where there is background, white where there is foreground,
    grey where the network shall decide. Writes NAME_alpha.png and NAME_cutout.png.
    """
    if Path(output).suffix.lower() in data.image_files.SUFFIXES:
        raise click.ClickException(f"--output is a folder for several files, not one file {output!r}.")
    image = data.read_photograph(photo)
    trimap, notes = data.standardize_trimap(data.read_gray(trimap), image.shape[:2])
    for note in notes:
        click.echo(note, err=True)
    background = None if background is None else _read_background(background)

    model = models.matting_model(configuration, weights=weights)
    alpha = inference.predict_alpha(model, image, trimap, flip)
    foreground = _foreground_colours(image, alpha)

    results = {
        "alpha": np.rint(alpha * 255.0).astype(np.uint8),
        "cutout": inference.cutout(foreground, alpha),
    }
    if background is not None:
        results["composite"] = inference.place_over(foreground, alpha, background)
    if sheet:
        shown = visualization.over_checkerboard(foreground, alpha)
        panels = {"photograph": image, "trimap": trimap, "alpha": results["alpha"], "cut-out": shown}
        if background is not None:
            panels["composite"] = results["composite"]
        results["sheet"] = visualization.side_by_side(list(panels.values()), list(panels))
    for kind, picture in results.items():
        path = Path(output) / f"{Path(photo).stem}_{kind}.png"
        data.write_image(path, picture)
        click.echo(path)


def _read_background(text):
    if Path(text).exists():
        return data.read_photograph(text)
    try:
        return ImageColor.getrgb(text)[:3]
    except ValueError:
        raise click.ClickException(
            f"--background {text!r} is neither a file nor a colour such as 'white' or '#00ff00'."
        ) from None


def _foreground_colours(image, alpha):
    try:
        return inference.estimate_foreground(image, alpha)
    except ImportError:
        click.echo(
            "The cut-out keeps the photograph's colours, which hold some background; "
            "pip install 'keras_indexnet[foreground]' estimates the foreground's.",
            err=True,
        )
        return image
