"""Draws a sheet of folders of RGBA cut-outs, evenly chosen, laid over photographs, with their alpha below.

python datasets/draw_cutouts.py datasets/rendered docs/images/rendered.webp --backgrounds PHOTOGRAPHS
"""

import click
import cv2
import numpy as np
from PIL import Image

from keras_indexnet import data
from keras_indexnet.inference import place_over


@click.command()
@click.argument("folders", nargs=-1, required=True)
@click.argument("output")
@click.option("--backgrounds", help="Folder of photographs; drawn ones unless given.")
@click.option("--count", default=24, show_default=True, help="Of each folder, at most.")
@click.option("--columns", default=8, show_default=True)
@click.option("--panel", default=150, show_default=True, help="Side of a picture on the sheet, in pixels.")
def main(folders, output, backgrounds, count, columns, panel):
    """Lay cut-outs of the FOLDERS over backgrounds and write the sheet to the image file OUTPUT."""
    cutouts = [
        folder[i]
        for folder in (data.ImageFolder(path, data.read_foreground) for path in folders)
        for i in np.unique(np.linspace(0, len(folder) - 1, count).round().astype(int))
    ]
    backgrounds = data.ImageFolder(backgrounds) if backgrounds else data.ProceduralBackgrounds(len(cutouts))
    panels = [pair(rgba, backgrounds[k % len(backgrounds)], panel) for k, rgba in enumerate(cutouts)]
    while len(panels) % columns:
        panels.append(np.full_like(panels[0], 255))
    rows = [np.hstack(panels[start : start + columns]) for start in range(0, len(panels), columns)]
    Image.fromarray(np.vstack(rows)).save(output, quality=85)
    click.echo(output)


def pair(rgba, background, panel):
    """Return the composite and the alpha of a cut-out, one below the other."""
    composite = place_over(rgba[..., :3], rgba[..., 3] / 255.0, background)
    stack = np.vstack([composite, np.dstack([rgba[..., 3]] * 3)])
    return cv2.resize(stack, (panel, 2 * panel), interpolation=cv2.INTER_AREA)


if __name__ == "__main__":
    main()
