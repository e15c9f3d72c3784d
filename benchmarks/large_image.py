"""Prints time, peak memory and tiles of the matte of a large photograph, or how far tiles are from one piece.

    python benchmarks/large_image.py
    python benchmarks/large_image.py --width 3000 --height 2000 --max-pixels 500000
    python benchmarks/large_image.py --width 1600 --height 1600 --compare
    python benchmarks/large_image.py --width 4243 --height 2828 --polish

The photograph is an enlarged sample. Peak memory is this process's, from its start; Linux tells it.
"""

import math
import sys
import time
from pathlib import Path

import click
import cv2
import numpy as np

from keras_indexnet import data, inference
from keras_indexnet.data.trimap import UNKNOWN

SAMPLES = Path(__file__).parents[1] / "datasets" / "samples"


@click.command()
@click.option("--photo", default=SAMPLES / "astronaut.jpg", help="Is enlarged.")
@click.option("--trimap", default=SAMPLES / "astronaut_trimap.png")
@click.option("--model", default="indexnet_base", show_default=True, help="A preset or a file.")
@click.option("--width", default=6000, show_default=True)
@click.option("--height", default=4000, show_default=True)
@click.option("--dtype", type=click.Choice(["uint8", "uint16", "float32"]), default="uint8", show_default=True)
@click.option("--max-pixels", default=inference.MAX_PIXELS, show_default=True, help="Of a tile.")
@click.option("--compare", is_flag=True, help="Matte it in one piece, too, whatever memory that takes.")
@click.option("--polish", is_flag=True, help="Polish the matte, too.")
def main(photo, trimap, model, width, height, dtype, max_pixels, compare, polish):
    """Matte an enlarged photograph."""
    image = filling(data.read_image(photo), width, height, cv2.INTER_CUBIC)
    trimap = filling(data.read_gray(trimap), width, height, cv2.INTER_NEAREST)
    if dtype != "uint8":
        image = image.astype(np.uint16) * 257 if dtype == "uint16" else image / np.float32(255)
    unknown = trimap == UNKNOWN
    click.echo(f"{width} x {height} pixels, {dtype}, {unknown.mean():.1%} unknown")
    network = inference.open_model(model)
    click.echo(f"{peak_bytes() / 2**20:.0f} MiB at most before the first tile")
    alpha = timed(network, image, trimap, max_pixels)
    click.echo(f"{peak_bytes() / 2**20:.0f} MiB at most")
    if polish:
        small = np.ix_(range(64), range(64))
        inference.polish_alpha(image[small], np.full((64, 64), UNKNOWN, np.uint8), alpha[small])  # compiles
        start = time.perf_counter()
        inference.polish_alpha(image, trimap, alpha)
        click.echo(f"polished: {time.perf_counter() - start:.1f} s, {peak_bytes() / 2**20:.0f} MiB at most")
    if compare:
        difference = np.abs(timed(network, image, trimap, sys.maxsize) - alpha)[unknown]
        click.echo(
            f"difference where unknown: mean {difference.mean():.5f}, 99th percentile "
            f"{np.percentile(difference, 99):.4f}, largest {difference.max():.3f}"
        )


def filling(pixels, width, height, interpolation):
    """Enlarge an image to fill the frame, and cut off what reaches beyond it."""
    scale = max(width / pixels.shape[1], height / pixels.shape[0])
    size = [
        max(side, math.ceil(length * scale))
        for side, length in zip((width, height), pixels.shape[1::-1], strict=True)
    ]
    pixels = cv2.resize(pixels, size, interpolation=interpolation)
    top, left = (pixels.shape[0] - height) // 2, (pixels.shape[1] - width) // 2
    return np.ascontiguousarray(pixels[top : top + height, left : left + width])


def timed(network, image, trimap, max_pixels):
    """Return alpha; print the tiles and the time."""
    areas = []

    def count(tiles):
        areas.extend(image[tile.area][..., 0].size for tile in tiles)
        return tiles

    start = time.perf_counter()
    alpha = inference.predict_alpha(network, image, trimap, max_pixels=max_pixels, progress=count)
    seconds = time.perf_counter() - start
    share = sum(areas) / trimap.size
    click.echo(f"{len(areas)} tiles, together {share:.0%} of the photograph: {seconds:.1f} s")
    return alpha


def peak_bytes():
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) * 1024


if __name__ == "__main__":
    main()
