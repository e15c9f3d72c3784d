"""What several commands make mattes with: a network, or a classical method."""

from importlib.metadata import version

import click
from click.core import ParameterSource

from keras_indexnet.cli.choices import CLASSICAL_METHODS
from keras_indexnet.cli.options import (
    check_weights,
    configuration_option,
    flip_option,
    scales_option,
    weights_option,
)

OPTIONS_OF_THE_NETWORK = ("configuration", "weights", "flip", "scales", "polish")


def method_options(command):
    """Give a command `--method` and the options of the network, as `matting_method` takes them."""
    options = (
        click.option(
            "--method",
            type=click.Choice(["network", *CLASSICAL_METHODS]),
            default="network",
            help="The network, or a classical method of PyMatting to compare with.",
        ),
        configuration_option,
        weights_option,
        flip_option,
        scales_option,
        click.option(
            "--polish", is_flag=True, help="Give the photograph's colours the last word; needs PyMatting."
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def check_method(method, weights):
    """Refuse weights that are not there, and options of the network beside another method."""
    if method == "network":
        check_weights(weights)
        return
    refuse_options(OPTIONS_OF_THE_NETWORK, f"--method {method} has no network")


def refuse_options(names, reason):
    """Refuse options that mean nothing beside another one.

    Args:
        names: tuple of str, of parameters of the command.
        reason: str, the beginning of the sentence.
    """
    source = click.get_current_context().get_parameter_source
    given = [f"--{name}" for name in names if source(name) is not ParameterSource.DEFAULT]
    if given:
        raise click.UsageError(f"{reason}: leave {' and '.join(given)} out.")


def matting_method(method, configuration, weights, flip, scales, polish):
    """Open what `method_options` describe.

    Returns:
        Function from an image and a trimap to alpha, and a dict of what it was made with.
    """
    from keras_indexnet import evaluation, inference, models
    from keras_indexnet.inference.polishing import check_pymatting

    settings = {"method": method, "keras_indexnet": version("keras_indexnet")}
    if method != "network":
        return evaluation.classical_method(method), settings | {"pymatting": version("pymatting")}
    if polish:
        check_pymatting()
    model = models.network_of(weights, configuration)
    settings |= {"configuration": model.name, "weights": weights}
    settings |= {"flip": flip, "scales": scales, "polish": polish}
    if polish:
        settings |= {"pymatting": version("pymatting")}

    def matte(image, trimap):
        return inference.predict_alpha(model, image, trimap, flip=flip, scales=scales, polish=polish)

    return matte, settings
