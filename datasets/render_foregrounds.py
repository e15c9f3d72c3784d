"""Renders foregrounds with Blender: hair, fur, plants, feathers, threads and cloth, as RGBA cut-outs.

    pip install bpy==5.0.1 click numpy pillow scipy tqdm
    python datasets/render_foregrounds.py --count 80 --output datasets/rendered --size 448

Every picture is a small scene made from its number alone: shapes are NumPy arrays, Cycles only lights them.
Alpha is what the camera's rays hit, from a rendering of its own, in which everything glows and which takes many
more rays. Files that are there already are kept, so that a stopped run goes on where it was.
"""

import os
import tempfile
from pathlib import Path

import click
from rendering.compositing import save
from rendering.kinds import SHARES, kind_of
from rendering.render import render_foreground
from tqdm import tqdm


@click.command()
@click.option("--count", default=80, show_default=True, help="How many pictures.")
@click.option("--output", default="datasets/rendered", show_default=True, help="Folder.")
@click.option("--size", default=448, show_default=True, help="Side in pixels.")
@click.option(
    "--first", default=0, show_default=True, help="Number of the first picture; other numbers, other pictures."
)
@click.option("--kind", "only", type=click.Choice([kind.__name__ for kind in SHARES]), help="Only this kind.")
def main(count, output, size, first, only):
    """Render COUNT foregrounds into the folder OUTPUT, on one thread and at low priority."""
    os.nice(max(0, 12 - os.nice(0)))
    output = Path(output)
    output.mkdir(parents=True, exist_ok=True)
    by_name = {kind.__name__: kind for kind in SHARES}
    with tempfile.TemporaryDirectory() as folder:
        for number in tqdm(range(first, first + count), unit="picture"):
            kind = by_name[only] if only else kind_of(number)
            path = output / f"{number:04}_{kind.__name__}.webp"
            if not path.exists():
                save(path, render_foreground(number, kind, size, Path(folder)))


if __name__ == "__main__":
    main()
