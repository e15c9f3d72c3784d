import click
import numpy as np

from keras_indexnet import data, inference, models
from keras_indexnet.commands.options import configuration_option, weights_option
from keras_indexnet.evaluation import matting_errors


@click.command()
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
