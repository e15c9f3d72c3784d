"""Draws procedural foregrounds as RGBA files, and a sheet of them laid over backgrounds, with their alpha.

    python datasets/draw_foregrounds.py out/drawn --textures FOLDER_OF_PHOTOGRAPHS
    python datasets/draw_foregrounds.py out/hair --kind hair --kind mane --count 8

Training draws its foregrounds itself; this is for looking at them, or for using them elsewhere.
"""

from pathlib import Path

import click
import cv2
import numpy as np

from keras_indexnet.data import ImageFolder, write_image
from keras_indexnet.data.procedural import KINDS, draw_foreground
from keras_indexnet.inference import place_over


@click.command()
@click.argument("output")
@click.option("--kind", "kinds", multiple=True, type=click.Choice(KINDS), help="Repeat for several; else all.")
@click.option("--count", help="How many foregrounds.", show_default="one of each kind", type=int)
@click.option("--size", default=512, show_default=True, help="Side in pixels.")
@click.option("--seed", default=0, show_default=True)
@click.option("--textures", help="Folder of photographs: they lend colours, and backgrounds to the sheet.")
@click.option("--columns", help="Of the sheet.", show_default="one for each kind, up to 11", type=int)
@click.option("--panel", default=136, show_default=True, help="Side of a picture on the sheet, in pixels.")
def main(output, kinds, count, size, seed, textures, columns, panel):
    """Draw COUNT foregrounds, every kind in turn, into the folder OUTPUT."""
    kinds = kinds or KINDS
    columns = columns or min(len(kinds), 11)
    rng = np.random.default_rng(seed)
    photographs = ImageFolder(textures) if textures else [plain_texture(rng)]
    panels = []
    for number in range(count or len(kinds)):
        kind = kinds[number % len(kinds)]
        texture, background = (photographs[rng.integers(len(photographs))] for _ in range(2))
        rgba = draw_foreground(rng, size, kind, texture if textures else None)
        write_image(Path(output) / f"{number:03}_{kind}.png", rgba)
        alpha = rgba[..., 3] / 255.0
        pair = np.vstack([place_over(rgba[..., :3], alpha, background), np.dstack([rgba[..., 3]] * 3)])
        panels.append(cv2.resize(pair, (panel, 2 * panel), interpolation=cv2.INTER_AREA))
    while len(panels) % columns:
        panels.append(np.full_like(panels[0], 255))
    rows = [np.hstack(panels[start : start + columns]) for start in range(0, len(panels), columns)]
    sheet = Path(output) / "sheet.jpg"
    write_image(sheet, np.vstack(rows))
    click.echo(sheet)


def plain_texture(rng):
    """Draw a soft gradient of muted colours, for want of a photograph."""
    coarse = (rng.uniform(80, 190, (4, 4, 1)) + rng.uniform(-30, 30, (4, 4, 3))).astype(np.float32)
    return cv2.resize(coarse, (512, 512), interpolation=cv2.INTER_LINEAR).astype(np.uint8)


if __name__ == "__main__":
    main()
