"""Prints what fewer bits cost: the errors of TFLite files of each kind on photographs, and their sizes.

    python benchmarks/precisions.py --photographs alphamatting

Weights lie in a file in 32, 16 or 8 bits, and arithmetic is in 32, 16 or 8. What LiteRT computes in 16 bits on
a phone, it computes here with AVX2, with the same roundings. The photographs are computed in tiles.
"""

import tempfile
from pathlib import Path

import click
import numpy as np

from keras_indexnet import data, evaluation, models, predict_alpha
from keras_indexnet.errors import IndexNetError
from keras_indexnet.export import export_model
from keras_indexnet.export.runtimes import LiteRT

ERRORS = ("sad", "mse", "grad", "conn")
# Weights in a file, and whether arithmetic is in half precision.
KINDS = [
    (None, False),
    ("float16", False),
    ("float16", True),
    ("dynamic", False),
    ("dynamic", True),
    ("int8", False),
]


@click.command()
@click.option("--photographs", required=True, help="Folder with image, alpha and trimap1.")
@click.option("--weights", "presets", default=list(models.list_presets()), multiple=True, show_default=True)
@click.option("--size", default=512, show_default=True, help="Of the files, and so of a tile.")
@click.option("--threads", default=2, show_default=True)
def main(photographs, presets, size, threads):
    """Export every kind of file, and evaluate it."""
    photographs = data.read_photographs(photographs)
    click.echo("| preset | weights | arithmetic | MB | SAD | MSE | Grad | Conn |")
    click.echo("|---|---|---|---:|---:|---:|---:|---:|")
    for preset in presets:
        network = models.network_of(preset, None)
        with tempfile.TemporaryDirectory() as folder:
            for quantization, half in KINDS:
                path = Path(folder, f"{quantization}.tflite")
                if not path.exists():
                    try:
                        export_model(network, path, quantization=quantization, input_size=(size, size))
                    except IndexNetError as error:  # it is not within the bounds of its kind
                        click.echo(f"{preset}, {quantization}: {error}", err=True)
                        continue
                mean = mean_errors(LiteRT(path, threads, half), photographs)
                bits = "float16" if half else "int8" if quantization == "int8" else "float32"
                cells = [preset, quantization or "float32", bits, f"{path.stat().st_size / 1e6:.1f}"]
                cells += [f"{mean[0]:.3f}", f"{mean[1]:.5f}", f"{mean[2]:.3f}", f"{mean[3]:.3f}"]
                click.echo(f"| {' | '.join(cells)} |")


def mean_errors(runtime, photographs):
    """Return the four errors of a file, the means over photographs."""

    def method(image, trimap):
        return predict_alpha(runtime, image, trimap)

    errors = [of_one for _, of_one in evaluation.evaluate_photographs(method, photographs)]
    return np.mean([[of_one[error] for error in ERRORS] for of_one in errors], axis=0)


if __name__ == "__main__":
    main()
