"""Compares `examples/batch` on Ray with `indexnet matte FOLDER`: photographs in an hour of a core.

    python benchmarks/batch.py --photographs 24 --megapixels 2

Both matte the same photographs with all cores, in turns. What counts is the processor's time, of all processes
together, so that what else the computer does hardly matters. Each is also given a few photographs only: the
difference is free of what it takes to start Keras, the workers and their engine, which has a column of its own.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
import cv2
import psutil

from keras_indexnet import data

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "datasets" / "samples"


@click.command()
@click.option("--photographs", default=24, show_default=True)
@click.option("--megapixels", default=2.0, show_default=True, help="Of each.")
@click.option("--turns", default=2, show_default=True)
@click.option("--weights", default="indexnet_base", show_default=True)
def main(photographs, megapixels, turns, weights):
    """Time both ways to matte a folder."""
    cores = len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as folder:
        few = write_photographs(Path(folder, "few"), 2 * cores, megapixels)
        many = write_photographs(Path(folder, "many"), 2 * cores + photographs, megapixels)
        options = ["{source}/photos", "--trimaps", "{source}/trimaps", "--weights", weights]
        ways = {
            "indexnet matte": ["-m", "keras_indexnet", "matte", *options, "--jobs", cores, "-o", "{output}"],
            "on Ray": [ROOT / "examples/batch/matte_on_ray.py", *options, "{output}"],
        }
        ways["on Ray"] += ["--chunk", 2 * megapixels]
        click.echo(
            "| | core-seconds a photograph | seconds a photograph | core-seconds to start | load before |"
        )
        click.echo("|---|---:|---:|---:|---:|")
        for _ in range(turns):
            for name, command in ways.items():
                load = os.getloadavg()[0]
                measured = [timed(command, source, Path(folder, "mattes")) for source in (few, many)]
                each, clock = ((most - least) / photographs for least, most in zip(*measured, strict=True))
                start = measured[0][0] - 2 * cores * each
                click.echo(f"| {name} | {each:.2f} | {clock:.2f} | {start:.0f} | {load:.1f} |")


def write_photographs(folder, count, megapixels):
    """Write samples of this size with their trimaps."""
    names = ("astronaut.jpg", "chelsea.png", "dandelion.jpg", "hopper.jpg")
    for number in range(count):
        name = names[number % len(names)]
        image = data.read_image(SAMPLES / name)
        trimap = data.read_gray(SAMPLES / f"{Path(name).stem}_trimap.png")
        scale = (megapixels * 1e6 / trimap.size) ** 0.5
        size = [round(scale * side) for side in trimap.shape[::-1]]
        image = cv2.resize(image, size, interpolation=cv2.INTER_CUBIC)
        trimap = cv2.resize(trimap, size, interpolation=cv2.INTER_NEAREST)
        data.write_image(folder / "photos" / f"{number:04}.jpg", image)
        data.write_image(folder / "trimaps" / f"{number:04}.png", trimap)
    return folder


def timed(command, source, output):
    """Return the seconds of the processor and of the clock that a command takes, of all its processes."""
    shutil.rmtree(output, ignore_errors=True)
    command = [sys.executable, *(str(part).format(source=source, output=output) for part in command)]
    begun, used = time.monotonic(), {}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None:
            with contextlib.suppress(psutil.Error):  # it has just ended
                for one in (found := psutil.Process(process.pid), *found.children(recursive=True)):
                    used[one.pid] = sum(one.cpu_times()[:2])
            time.sleep(0.1)
    if process.returncode:
        raise click.ClickException(f"{' '.join(command)} ended with {process.returncode}.")
    return sum(used.values()), time.monotonic() - begun


if __name__ == "__main__":
    main()
