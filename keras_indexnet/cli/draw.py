import click

from keras_indexnet.cli.choices import DRAWINGS
from keras_indexnet.cli.options import overwrite_option, read_square
from keras_indexnet.cli.outputs import check_outputs, make_folder, output_file
from keras_indexnet.cli.start import start_keras


@click.command()
@click.argument("name", metavar="NAME")
@click.option("-o", "--output", default=".", help="File to write: .svg, .pdf or .png; or folder for NAME.svg.")
@click.option(
    "--size",
    default="320",
    callback=read_square,
    help="Side in pixels of the square input that the stated resolutions belong to.",
)
@click.option("--output-stride", type=int, help="16 or 32, instead of the configuration's own.")
@click.option("--expansion", type=click.IntRange(1), help="Of the depthwise nonlinear index blocks.")
@overwrite_option
def draw(name, output, size, output_stride, expansion, overwrite):
    """Draw the architecture of a network of the paper.

    NAME is a configuration, such as m2o_nonlinear_context; `indexnet complexity` lists them.
    """
    path = output_file(output, DRAWINGS, f"{name}.svg")
    start_keras()

    from keras_indexnet import models
    from keras_indexnet.visualization.architecture_drawing import draw_architecture

    options = {"output_stride": output_stride, "expansion": expansion}
    options = {option: value for option, value in options.items() if value is not None}
    configuration = models.list_configurations().get(name)  # an unknown one is refused below, with a list
    if expansion is not None and configuration is not None and not configuration.expands:
        raise click.UsageError(f"The configuration {name} has no depthwise nonlinear index blocks to expand.")
    check_outputs([path], overwrite=overwrite)
    make_folder(output, path)
    draw_architecture(models.matting_model(name, **options), path, size)
    click.echo(path)
