from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np

from keras_indexnet import data, inference, visualization
from keras_indexnet.inference.compositing import NOT_ESTIMATED


@dataclass(frozen=True)
class MatteResults:
    """What `indexnet matte` writes for a photograph, and where."""

    folder: Path
    suffix: str = ".png"
    bits: int = 8  # of alpha: 8 or 16
    background: object = None  # a colour, an image, "blur" or "checkerboard"; None: no composite
    linear: bool = False  # composites in linear light
    sheet: bool = False  # everything side by side

    def paths(self, photo):
        """Return the files that belong to a photograph, a dict from what they show."""
        kinds = ["alpha", "cutout"] + ["composite"] * (self.background is not None) + ["sheet"] * self.sheet
        return {kind: self.folder / f"{Path(photo).stem}_{kind}{self.suffix}" for kind in kinds}

    def are_there(self, photo):
        """Return whether all files of a photograph were written before; each is whole or not there."""
        return all(path.is_file() for path in self.paths(photo).values())

    def write(self, photo, image, trimap, alpha):
        """Write the files of a photograph and return their paths."""
        foreground = _foreground_colours(image, alpha)
        pictures = {
            "alpha": np.rint(alpha * (2**self.bits - 1)).astype(np.uint8 if self.bits == 8 else np.uint16),
            "cutout": inference.cutout(foreground, alpha),
        }
        if self.background is not None:
            pictures["composite"] = self._composite(image, foreground, alpha)
        if self.sheet:
            pictures["sheet"] = _sheet(image, trimap, foreground, alpha, pictures.get("composite"))
        paths = self.paths(photo)
        for kind, path in paths.items():
            data.write_image(path, pictures[kind])
        return list(paths.values())

    def _composite(self, image, foreground, alpha):
        background = self.background
        if isinstance(background, str):
            if background == "checkerboard":
                return visualization.over_checkerboard(foreground, alpha)
            background = inference.blurred_background(image, alpha)
        return inference.place_over(foreground, alpha, background, self.linear)


def _sheet(image, trimap, foreground, alpha, composite):
    panels = {
        "photograph": image,
        "trimap": trimap,
        "alpha": data.eight_bit_matte(alpha),
        "cut-out": visualization.over_checkerboard(foreground, alpha),
    }
    if composite is not None:
        panels["composite"] = composite
    return visualization.side_by_side(list(panels.values()), list(panels))


def _foreground_colours(image, alpha):
    try:
        return inference.estimate_foreground(image, alpha)
    except ImportError as error:
        click.echo(f"{NOT_ESTIMATED} {error}", err=True)
        return image
