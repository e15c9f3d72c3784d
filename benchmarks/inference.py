"""Prints time and peak memory of the networks and their exported files, and what they make of the machine.

    python benchmarks/inference.py --files out/benchmark

Each network is exported once for each size, or its file is taken from the folder of an earlier run. Each file
is then timed in a process of its own, between two measurements of the machine's float32 matrix product: the
share of that peak which the network's multiply-adds reach is comparable between machines.
"""

from pathlib import Path

import click
import keras
from interpreter import Interpreter

from keras_indexnet import complexity, export, models
from keras_indexnet.errors import IndexNetError
from keras_indexnet.profiling import measure

SIZES = ((320, 320), (512, 512), (1088, 1920))
# Runtime, how the file for it is exported, and what opens it in the place of the package's own runtime.
TFLITE = {
    quantization or "float32": {"format": "tflite", "quantization": quantization}
    for quantization in export.QUANTIZATIONS
}
ROWS = (
    ("Keras predict", None, None),
    ("ONNX Runtime", {"format": "onnx"}, None),
    *((f"CompiledModel, {name}", how, None) for name, how in TFLITE.items()),
    *((f"Interpreter, {name}", how, Interpreter) for name, how in TFLITE.items()),
)


@click.command()
@click.option("--files", default="out/benchmark", show_default=True, help="Folder of the exported files.")
@click.option("--runs", default=10, show_default=True, help="The median of so many is printed.")
@click.option("--threads", default=2, show_default=True)
@click.option("--size", "sizes", multiple=True, type=(int, int), help="Height and width; again for more.")
@click.option(
    "--network", "networks", multiple=True, type=click.Choice(models.list_presets()), help="Again for more."
)
@click.option("--row", "chosen", multiple=True, help="The second column of the table; again for more.")
@click.option("--only-export", is_flag=True, help="Make the files, for which no quiet machine is needed.")
def main(files, runs, threads, sizes, networks, chosen, only_export):
    """Time the networks and their exported files."""
    Path(files).mkdir(parents=True, exist_ok=True)
    rows = [row for row in ROWS if not chosen or row[0] in chosen]
    click.echo("| preset | runtime | size | seconds | least to most | peak MiB | file MB | GMAC/s | of peak |")
    click.echo("|---|---|---|---:|---:|---:|---:|---:|---:|")
    for size in sizes or SIZES:
        for preset in networks or models.list_presets():
            network = models.MattingNetwork.from_preset(preset)
            multiply_adds = complexity(network, (*size, 4)).multiply_adds
            paths = [exported(network, preset, files, size, how) for _, how, _ in rows]
            del network
            keras.backend.clear_session()
            for (row, _, runtime), path in () if only_export else zip(rows, paths, strict=True):
                if path is None:  # refused: see below
                    continue
                measured = measure(path, size, runs, threads, trust=True, runtime=runtime)
                rate = multiply_adds / measured.median
                click.echo(
                    f"| {preset} | {row} | {size[0]} x {size[1]} | {measured.median:.3f} "
                    f"| {min(measured.seconds):.3f} to {max(measured.seconds):.3f} "
                    f"| {measured.peak_bytes / 2**20:.0f} | {bytes_of(path) / 1e6:.1f} | {rate / 1e9:.0f} "
                    f"| {rate / measured.matrix_product_peak:.0%} |"
                )


def exported(network, preset, folder, size, how):
    """Return the path of the file, which is written unless it is there; None if it is refused."""
    if how is None:
        path = Path(folder, f"{preset}.keras")
        if not path.exists():
            network.save(path)
        return path
    name = "_".join([preset, *filter(None, how.values()), f"{size[0]}x{size[1]}"])
    path = Path(folder, name + export.FORMATS[how["format"]].suffix)
    if not path.exists():
        try:
            export.export_model(network, path, input_size=size, **how)
        except IndexNetError as error:  # it is not within the bounds of its kind
            click.echo(f"{path.name}: {error}", err=True)
            return None
    return path


def bytes_of(path):
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files)


if __name__ == "__main__":
    main()
