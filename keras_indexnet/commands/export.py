import click

from keras_indexnet import models
from keras_indexnet.commands.options import configuration_option, weights_option
from keras_indexnet.export import export_model


@click.command()
@click.option("-o", "--output", default="indexnet.tflite", help="File to write.")
@click.option("--format", default="tflite", help="File format: tflite.")
@click.option("--size", default="512", help="Side in pixels, or HEIGHTxWIDTH; multiples of 32.")
@configuration_option
@weights_option
def export(output, format, size, configuration, weights):
    """Export a network, run the file in LiteRT and compare it with Keras before keeping it."""
    input_size = _read_size(size)
    model = models.matting_model(configuration, weights=weights)
    report = export_model(model, output, format, input_size=input_size)
    click.echo(f"{report.path}: {report.size_bytes / 1e6:.1f} MB, input {input_size[0]} x {input_size[1]}")
    click.echo(
        f"difference of alpha to Keras: largest {report.largest_difference:.1e}, "
        f"mean {report.mean_difference:.1e}"
    )


def _read_size(text):
    parts = text.lower().split("x")
    if len(parts) > 2 or not all(part.isdecimal() for part in parts):
        raise click.ClickException(f"--size is a number or HEIGHTxWIDTH, such as 512x384, not {text!r}.")
    return int(parts[0]), int(parts[-1])
