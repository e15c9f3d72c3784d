"""Draws training samples of a recipe: the composite, its trimap and the true alpha, one below the other.

    python datasets/draw_samples.py paper out/samples.jpg
    python datasets/draw_samples.py strong out/samples.jpg --foregrounds CUTOUTS --backgrounds PHOTOGRAPHS
    python datasets/draw_samples.py strong out/samples.jpg --on-device --rows 4 --columns 8

Without folders, foregrounds are drawn, and lie over drawn backgrounds and the photographs in datasets/samples.
With --on-device samples are composed by `SampleComposer`, else by `MattingSequence`.
"""

from pathlib import Path

import click
import keras
import numpy as np

from keras_indexnet import data

SAMPLES = Path(__file__).parent / "samples"
PHOTOGRAPHS = [SAMPLES / name for name in ("astronaut.jpg", "chelsea.png", "hopper.jpg")]


@click.command()
@click.argument("recipe", type=click.Choice(list(data.COMPOSITION_RECIPES)))
@click.argument("output")
@click.option("--foregrounds", help="Folder of RGBA cut-outs.")
@click.option("--backgrounds", help="Folder of photographs.")
@click.option("--on-device", is_flag=True, help="Compose them as they are composed on a GPU.")
@click.option("--columns", default=7, show_default=True)
@click.option("--rows", default=2, show_default=True)
@click.option("--size", default=128, show_default=True, help="Side of a sample in pixels.")
@click.option("--seed", default=0, show_default=True)
def main(recipe, output, foregrounds, backgrounds, on_device, columns, rows, size, seed):
    """Draw samples of RECIPE into the image file OUTPUT."""
    if backgrounds:
        backgrounds = data.ImageFolder(backgrounds)
    else:
        drawn = data.ProceduralBackgrounds(count=6, seed=seed)
        backgrounds = [*(data.read_image(path) for path in PHOTOGRAPHS), *drawn]
    if foregrounds:
        foregrounds = data.ImageFolder(foregrounds, data.read_foreground)
    else:
        foregrounds = data.ProceduralForegrounds(count=60, seed=seed, textures=backgrounds)
    if on_device:
        composer = data.SampleComposer(data.SampleBank([foregrounds], backgrounds), recipe, size, seed)
        batch = composer(np.arange(rows * columns))
        samples = zip(*map(keras.ops.convert_to_numpy, batch), strict=True)
    else:
        sequence = data.MattingSequence([foregrounds], backgrounds, recipe, size=size, seed=seed)
        samples = (sequence.sample(number) for number in range(rows * columns))
    panels = [panel(*sample) for sample in samples]
    strips = [np.hstack(panels[start : start + columns]) for start in range(0, len(panels), columns)]
    data.write_image(output, np.vstack(strips))
    click.echo(output)


def panel(inputs, target):
    """Return the composite, the trimap and the alpha of a sample, one below the other."""
    trimap, alpha = inputs[..., 3], 255 * target[..., 0]
    stack = np.vstack([inputs[..., :3], np.dstack([trimap] * 3), np.dstack([alpha] * 3)])
    return np.rint(stack).astype(np.uint8)


if __name__ == "__main__":
    main()
