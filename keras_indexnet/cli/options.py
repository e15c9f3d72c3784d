"""Options that several commands have."""

import os
import stat

import click

from keras_indexnet.cli.choices import LARGEST_SCALE, PRESETS

LARGEST = 2**15  # side in pixels; beyond, there is no machine with the memory for it


def existing_file(context, parameter, path):
    """Refuse a file that is not there, before Keras is started, which takes seconds.

    What else can be wrong with it is said by whoever reads it.
    """
    if path is not None and _mode(path) == 0:
        raise click.UsageError(f"There is no file {path}.")
    return path


def existing_folder(context, parameter, path):
    """Refuse a folder that is not there, likewise."""
    if path is not None and (mode := _mode(path)) is not None and not stat.S_ISDIR(mode):
        raise click.UsageError(f"There is no folder {path}.")
    return path


def _mode(path):
    """The mode of a file or folder; 0 if there is none, None if the operating system refuses to tell."""
    try:
        return os.stat(path).st_mode
    except FileNotFoundError:
        return 0
    except OSError:
        return None


configuration_option = click.option(
    "--configuration", help="A network of the paper.  [default: that of the weights]"
)
weights_option = click.option(
    "--weights", default="indexnet_base", help="A preset, or a .keras file from training."
)
model_option = click.option(
    "--weights",
    default="indexnet_base",
    help="A preset, a .keras file from training, or an exported file: .tflite, .onnx, a SavedModel.",
)
trust_option = click.option(
    "--trust",
    is_flag=True,
    help="Open a SavedModel, which is a program: it can read and write your files. The other files are data.",
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


overwrite_option = click.option(
    "--overwrite", is_flag=True, help="Also replace files that indexnet did not write."
)


def read_scales(context, option, text):
    """Read factors by which a photograph is magnified, as `1,1.5`."""
    try:
        scales = tuple(float(part) for part in text.split(","))
    except ValueError:
        scales = ()
    if not scales or not all(1 <= scale <= LARGEST_SCALE for scale in scales):
        raise click.UsageError(
            f"--scales is one or more numbers from 1 to {LARGEST_SCALE}, such as 1,1.5, not {text!r}."
        )
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
        raise click.UsageError(f"--size is {choices}, of 1 to {LARGEST} pixels, not {text!r}.")
    return int(parts[0]), int(parts[-1])


def check_weights(weights):
    """Refuse what `weights_option` or `model_option` names and is not there, before Keras is started."""
    if weights in (*PRESETS, "imagenet") or _mode(weights) != 0:
        return
    raise click.UsageError(
        f"There are no weights {weights!r}: neither a file nor a folder, nor 'imagenet', nor one of the "
        f"presets {', '.join(PRESETS)}."
    )
