"""Options that several commands have."""

import click

from keras_indexnet import inference, models
from keras_indexnet.export.formats import ENDINGS, format_of
from keras_indexnet.inference.prediction import LARGEST_SCALE, check_scales

LARGEST = 2**15  # side in pixels; beyond, there is no machine with the memory for it

configuration_option = click.option(
    "--configuration", help="A network of the paper.  [default: that of the weights]"
)
weights_option = click.option(
    "--weights", default="indexnet_base", help="A preset, or a .keras file from training."
)
model_option = click.option(
    "--weights",
    default="indexnet_base",
    help=f"A preset, a .keras file from training, or an exported file: it ends in {ENDINGS}.",
)
flip_option = click.option(
    "--flip", is_flag=True, help="Average with the mirrored photograph's matte: better, in twice the time."
)


polish_option = click.option(
    "--polish/--no-polish",
    default=None,
    help="Give the photograph's colours the last word: better; needs PyMatting.  "
    "[default: wherever they can tell, and PyMatting is installed]",
)


def read_scales(context, option, text):
    """Read factors by which a photograph is magnified, as `1,1.5`."""
    try:
        scales = tuple(float(part) for part in text.split(","))
        check_scales(scales)
    except ValueError:
        raise click.ClickException(
            f"--scales is one or more numbers from 1 to {LARGEST_SCALE}, such as 1,1.5, not {text!r}."
        ) from None
    return scales


scales_option = click.option(
    "--scales",
    metavar="NUMBER,...",
    default="1",
    callback=read_scales,
    help="Average the mattes of the photograph magnified so much: 1,1.5 is better, in three times the time.",
)


def read_size(text, or_free=False):
    """Read a height and a width: one number for both, HEIGHTxWIDTH, or, where that is allowed, free: None."""
    if or_free and text == "free":
        return None
    parts = text.lower().split("x")
    if len(parts) > 2 or not all(part.isdecimal() and 1 <= int(part) <= LARGEST for part in parts):
        choices = "a number, HEIGHTxWIDTH such as 512x384" + (", or free" if or_free else "")
        raise click.ClickException(f"--size is {choices}, of 1 to {LARGEST} pixels, not {text!r}.")
    return int(parts[0]), int(parts[-1])


def keras_network(configuration, weights):
    """Open what `weights_option` names."""
    return models.network_of(weights, configuration)


def open_network(configuration, weights):
    """Open what `model_option` names; an exported file knows its configuration itself."""
    if configuration is not None and format_of(weights) is not None:
        raise click.ClickException(f"{weights} brings its network: leave --configuration out.")
    return inference.open_model(weights, configuration)
