"""The `indexnet` command: each function is one command, read from top to bottom."""

import sys
from pathlib import Path

import click
import numpy as np
from PIL import ImageColor

from keras_indexnet import data, inference, models, training, visualization
from keras_indexnet.evaluation import matting_errors
from keras_indexnet.export import export_model
from keras_indexnet.training import TrainingSettings as Settings

DEFAULT_CONFIGURATION = "m2o_nonlinear_context"
DEFAULT_WEIGHTS = "indexnet_base"

configuration_option = click.option(
    "--configuration", default=DEFAULT_CONFIGURATION, help="A network of the paper."
)
weights_option = click.option(
    "--weights", default=DEFAULT_WEIGHTS, help="A preset, or a .keras file from training."
)


@click.group(
    no_args_is_help=False,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True},
)
@click.pass_context
@click.version_option(package_name="keras_indexnet")
def cli(context):
    """Cut hair, fur, smoke or glass out of photographs, and train networks that do."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@cli.command()
@click.argument("photo")
@click.argument("trimap")
@click.option("-o", "--output", default=".", help="Folder for the results.")
@click.option("--background", help="Colour ('white', '#00ff00') or image to lay the cut-out over.")
@click.option("--sheet", is_flag=True, help="Also write everything side by side.")
@configuration_option
@weights_option
def matte(photo, trimap, output, background, sheet, configuration, weights):
    """Compute the alpha matte of PHOTO and cut its foreground out.

    TRIMAP is a grey image of the same size: black where there is background, white where there is foreground,
    grey where the network shall decide. Writes NAME_alpha.png and NAME_cutout.png.
    """
    if Path(output).suffix.lower() in data.image_files.SUFFIXES:
        raise click.ClickException(f"--output is a folder for several files, not one file {output!r}.")
    image = data.read_photograph(photo)
    trimap, notes = data.standardize_trimap(data.read_gray(trimap), image.shape[:2])
    for note in notes:
        click.echo(note, err=True)
    background = None if background is None else _read_background(background)

    model = models.matting_model(configuration, weights=weights)
    alpha = inference.predict_alpha(model, image, trimap)
    foreground = _foreground_colours(image, alpha)

    results = {
        "alpha": np.rint(alpha * 255.0).astype(np.uint8),
        "cutout": inference.cutout(foreground, alpha),
    }
    if background is not None:
        results["composite"] = inference.place_over(foreground, alpha, background)
    if sheet:
        shown = visualization.over_checkerboard(foreground, alpha)
        panels = {"photograph": image, "trimap": trimap, "alpha": results["alpha"], "cut-out": shown}
        if background is not None:
            panels["composite"] = results["composite"]
        results["sheet"] = visualization.side_by_side(list(panels.values()), list(panels))
    for kind, picture in results.items():
        path = Path(output) / f"{Path(photo).stem}_{kind}.png"
        data.write_image(path, picture)
        click.echo(path)


@cli.command()
@click.argument("folder")
@click.option("--trimaps", default="trimap1", help="Subfolder of the trimaps.")
@click.option(
    "--method",
    type=click.Choice(["network", "closed-form", "knn"]),
    default="network",
    help="The network, or a classical method of PyMatting to compare with.",
)
@configuration_option
@weights_option
def evaluate(folder, trimaps, method, configuration, weights):
    """Print the four errors over a FOLDER with image, alpha and a folder of trimaps."""
    photographs = data.read_photographs(folder, trimaps)
    predict = _matting_method(method, configuration, weights)
    rows = []
    click.echo(f"{'':12}{'SAD':>10}{'MSE':>10}{'Grad':>10}{'Conn':>10}")
    for photograph in photographs:
        alpha = predict(photograph.image, photograph.trimap)
        errors = matting_errors(alpha, photograph.alpha, photograph.trimap)
        rows.append(list(errors.values()))
        click.echo(_row(photograph.name, rows[-1]))
    click.echo(_row("mean", np.mean(rows, axis=0)))


@cli.command()
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


@cli.command()
@click.option("--foregrounds", multiple=True, help="Folder of RGBA cut-outs; may be repeated.")
@click.option("--backgrounds", help="Folder of photographs; default drawn ones.")
@click.option("--output", default=Settings.output, help="Folder for checkpoints, log and network.")
@configuration_option
@click.option("--expansion", default=Settings.expansion, help="Of nonlinear depthwise index blocks.")
@click.option("--encoder-weights", default=Settings.encoder_weights, help="'imagenet', 'none' or a file.")
@click.option("--validation", help="Folder with image, alpha and trimap1.")
@click.option("--procedural", default=Settings.procedural, help="Share of drawn foregrounds.")
@click.option("--size", default=Settings.size, help="Side of a sample in pixels.")
@click.option("--batch-size", default=Settings.batch_size)
@click.option("--epochs", default=Settings.epochs)
@click.option("--steps", default=Settings.steps, help="Steps in an epoch.")
@click.option("--learning-rate", default=Settings.learning_rate)
@click.option("--workers", default=Settings.workers)
@click.option("--seed", default=Settings.seed)
def train(encoder_weights, **options):
    """Train a matting network. Started again, a run that was stopped goes on."""
    encoder_weights = None if encoder_weights == "none" else encoder_weights
    training.train(Settings(encoder_weights=encoder_weights, **options))


def main(arguments=None, command=cli):
    """Run a command; bad input ends with one sentence and exit code 1."""
    try:
        command.main(arguments, standalone_mode=False)
    except click.ClickException as error:
        _fail(error.format_message())
    except (ValueError, OSError, ImportError, RuntimeError) as error:
        _fail(str(error))
    except (click.Abort, KeyboardInterrupt):
        _fail("Stopped.")


def _fail(message):
    click.echo(f"Error: {message}", err=True)
    sys.exit(1)


def _read_background(text):
    if Path(text).exists():
        return data.read_photograph(text)
    try:
        return ImageColor.getrgb(text)[:3]
    except ValueError:
        raise click.ClickException(
            f"--background {text!r} is neither a file nor a colour such as 'white' or '#00ff00'."
        ) from None


def _read_size(text):
    parts = text.lower().split("x")
    if len(parts) > 2 or not all(part.isdecimal() for part in parts):
        raise click.ClickException(f"--size is a number or HEIGHTxWIDTH, such as 512x384, not {text!r}.")
    return int(parts[0]), int(parts[-1])


def _foreground_colours(image, alpha):
    try:
        return inference.estimate_foreground(image, alpha)
    except ImportError:
        click.echo(
            "The cut-out keeps the photograph's colours, which hold some background; "
            "pip install 'keras_indexnet[foreground]' estimates the foreground's.",
            err=True,
        )
        return image


def _matting_method(method, configuration, weights):
    if method == "network":
        model = models.matting_model(configuration, weights=weights)
        return lambda image, trimap: inference.predict_alpha(model, image, trimap)
    try:
        import pymatting
    except ImportError:
        raise click.ClickException(
            f"--method {method} is PyMatting's: pip install 'keras_indexnet[foreground]'."
        ) from None
    estimate = {"closed-form": pymatting.estimate_alpha_cf, "knn": pymatting.estimate_alpha_knn}[method]

    def predict(image, trimap):
        levels = np.select([trimap == 0, trimap == 255], [0.0, 1.0], 0.5)
        return data.alpha_with_known_pixels(estimate(image / 255.0, levels), trimap)

    return predict


def _row(name, errors):
    sad, mse, grad, conn = errors
    return f"{name:12}{sad:10.3f}{mse:10.5f}{grad:10.3f}{conn:10.3f}"
