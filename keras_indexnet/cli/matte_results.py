from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np

from keras_indexnet import data, inference, visualization
from keras_indexnet.cli.pipes import stem_of, written
from keras_indexnet.cutting_out.backgrounds import lay_over
from keras_indexnet.inference.compositing import foreground_or_image


@dataclass(frozen=True)
class MatteResults:
    """What `indexnet matte` writes for a photograph, and where."""

    output: Path  # a folder, or the file of the one picture that is written; `-` is stdout
    one_file: bool = False  # the cut-out, or the composite if there is a background
    suffix: str = ".png"
    bits: int = 8  # of alpha: 8 or 16
    background: object = None  # as for `lay_over`; None: no composite
    linear: bool = False  # composites in linear light
    sheet: bool = False  # everything side by side

    def paths(self, photo):
        """Return the files that belong to a photograph, a dict from what they show."""
        if self.one_file:
            return {"cutout" if self.background is None else "composite": self.output}
        kinds = ["alpha", "cutout"] + ["composite"] * (self.background is not None) + ["sheet"] * self.sheet
        return {kind: self.output / f"{stem_of(photo)}_{kind}{self.suffix}" for kind in kinds}

    def are_there(self, photo):
        """Return whether all files of a photograph were written before; each is whole or not there."""
        return all(path.is_file() for path in self.paths(photo).values())

    def write(self, photo, image, trimap, alpha):
        """Write the files of a photograph and return their paths."""
        foreground, not_estimated = foreground_or_image(image, alpha)
        if not_estimated is not None:
            click.echo(not_estimated, err=True)
        pictures = {
            "alpha": np.rint(alpha * (2**self.bits - 1)).astype(np.uint8 if self.bits == 8 else np.uint16),
            "cutout": inference.cutout(foreground, alpha),
        }
        if self.background is not None:
            pictures["composite"] = lay_over(self.background, image, foreground, alpha, self.linear)
        if self.sheet:
            pictures["sheet"] = _sheet(image, trimap, foreground, alpha, pictures.get("composite"))
        return [path for kind, file in self.paths(photo).items() for path in written(file, pictures[kind])]


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
