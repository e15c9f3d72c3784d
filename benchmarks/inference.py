"""Prints time and peak memory of the networks and their exported files, and what they make of the machine.

    python benchmarks/inference.py --files out/benchmark

Each network is exported once for each size, or its file is taken from the folder of an earlier run. Each file
is then timed in a process of its own, between two measurements of the machine's float32 matrix product: the
share of that peak which the network's multiply-adds reach is comparable between machines.
"""

from pathlib import Path

import click
import keras

from keras_indexnet import complexity, export, models
from keras_indexnet.measuring import measure

SIZES = ((320, 320), (512, 512), (1088, 1920))
# Configuration, runtime, how it is exported. Only the first network has trained weights: they do not change the
# time, but an untrained one in 8 bits would not pass the comparison of its export.
ROWS = (
    ("m2o_nonlinear_context", "Keras predict", None),
    ("m2o_nonlinear_context", "SavedModel", {"format": "savedmodel"}),
    ("m2o_nonlinear_context", "ONNX Runtime", {"format": "onnx"}),
    ("m2o_nonlinear_context", "TFLite float32", {"format": "tflite"}),
    ("m2o_nonlinear_context", "TFLite float16", {"format": "tflite", "quantization": "float16"}),
    ("m2o_nonlinear_context", "TFLite dynamic", {"format": "tflite", "quantization": "dynamic"}),
    ("m2o_nonlinear_context", "TFLite int8", {"format": "tflite", "quantization": "int8"}),
    ("o2o_linear_context", "TFLite float32", {"format": "tflite"}),
    ("o2o_linear_context", "TFLite float16", {"format": "tflite", "quantization": "float16"}),
)


@click.command()
@click.option("--files", default="out/benchmark", show_default=True, help="Folder of the exported files.")
@click.option("--runs", default=10, show_default=True, help="The median of so many is printed.")
@click.option("--threads", default=2, show_default=True)
@click.option("--size", "sizes", multiple=True, type=(int, int), help="Height and width; again for more.")
def main(files, runs, threads, sizes):
    """Time the networks and their exported files."""
    Path(files).mkdir(parents=True, exist_ok=True)
    click.echo("| network | runtime | size | seconds | least to most | peak MiB | file MB | GMAC/s | of peak |")
    click.echo("|---|---|---|---:|---:|---:|---:|---:|---:|")
    for size in sizes or SIZES:
        for configuration, runtime, how in ROWS:
            network = network_of(configuration)
            path = exported(network, configuration, files, size, how)
            measured = measure(path, size, runs, threads)
            rate = complexity(network, (*size, 4)).multiply_adds / measured.median
            click.echo(
                f"| {configuration} | {runtime} | {size[0]} x {size[1]} | {measured.median:.3f} "
                f"| {min(measured.seconds):.3f} to {max(measured.seconds):.3f} "
                f"| {measured.peak_bytes / 2**20:.0f} | {bytes_of(path) / 1e6:.1f} | {rate / 1e9:.0f} "
                f"| {rate / measured.matrix_product_peak:.0%} |"
            )
            keras.backend.clear_session()


def network_of(configuration):
    if configuration == "m2o_nonlinear_context":
        return models.matting_model(configuration, weights="indexnet_base")
    keras.utils.set_random_seed(0)
    return models.matting_model(configuration, expansion=1)


def exported(network, configuration, folder, size, how):
    """Return the path of the file, which is written unless it is there."""
    if how is None:
        path = Path(folder, f"{configuration}.keras")
        if not path.exists():
            network.save(path)
        return path
    name = "_".join([configuration, *how.values(), f"{size[0]}x{size[1]}"])
    path = Path(folder, name + export.FORMATS[how["format"]])
    if not path.exists():
        export.export_model(network, path, input_size=size, **how)
    return path


def bytes_of(path):
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files)


if __name__ == "__main__":
    main()
