"""Options that several commands have."""

import os
import stat

import click

from keras_indexnet.cli.choices import LARGEST_SCALE, PRESETS, SELECTING_MODEL
from keras_indexnet.cli.pipes import STDIN_OR_STDOUT

LARGEST = 2**15  # side in pixels; beyond, there is no machine with the memory for it


def existing_file(context, parameter, path):
    """Refuse a file that is not there, before Keras is started, which takes seconds.

    What else can be wrong with it is said by whoever reads it.
    """
    if path is not None and _mode(path) == 0:
        raise click.UsageError(f"There is no file {path}.")
    return path


def existing_photo(context, parameter, path):
    """The same, of what may come from stdin."""
    return path if path == STDIN_OR_STDOUT else existing_file(context, parameter, path)


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


mask_option = click.option(
    "--mask",
    metavar="FILE",
    callback=existing_file,
    help="A mask, rough matte or cut-out of the subject.",
)
box_option = click.option(
    "--box", metavar="X,Y,W,H", help="Around the subject, which should fill it: in pixels, or per cents (10%)."
)
strokes_option = click.option(
    "--strokes",
    metavar="FILE",
    callback=existing_file,
    help="White on foreground, black on background: alone, or to correct what else is given.",
)


def read_width(context, option, text):
    """Read a width, or one for inside and one for outside: pixels such as `20` as they are, `2%` as 0.02."""
    try:
        widths = tuple(_width(part) for part in text.split(","))
    except ValueError:
        widths = ()
    if len(widths) not in (1, 2):
        raise click.UsageError(
            f"--width is in pixels from 1 on such as 20, a percentage below 100 such as 2%, "
            f"or two of them such as 10,30, not {text!r}."
        )
    return widths[0] if len(widths) == 1 else widths


def _width(text):
    width = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    if not (0 < width < 1 if text.endswith("%") else 1 <= width < float("inf")):
        raise ValueError
    return width


width_option = click.option(
    "--width",
    default="2%",
    callback=read_width,
    help="Of the unknown region to each side of an edge: pixels, or % of the subject's longer side; or both, "
    "INSIDE,OUTSIDE.",
)


def _read_auto(context, option, model):
    if model is not None and os.path.exists(model):  # `--auto photo.jpg`
        raise click.UsageError(f"--auto takes the name of a model, not the file {model}: let it follow PHOTO.")
    return model


auto_option = click.option(
    "--auto",
    metavar="[MODEL]",
    is_flag=False,
    flag_value=SELECTING_MODEL,
    callback=_read_auto,
    help=f"Select the subject with a model of rembg's.  [default: {SELECTING_MODEL}]",
)
auto_model_option = click.option(
    "--auto-model",
    metavar="FILE",
    callback=existing_file,
    help="An ONNX file of that model, so that nothing is fetched.",
)


def one_source(**given):
    """Refuse several sources of a trimap, by the names of their options; None is not given.

    Returns:
        Whether there is one.
    """
    given = [name.replace("_", "-") for name, value in given.items() if value is not None]
    sources = [name for name in given if name != "strokes"]  # which correct any of the others
    if len(sources) > 1 and set(sources) != {"auto", "auto-model"}:
        raise click.UsageError(
            f"There are {_named(sources[0])} and {_named(sources[-1])}; only one can be followed."
        )
    return bool(given)


def _named(source):
    return "a TRIMAP" if source == "trimap" else f"--{source}"


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


def read_square(context, option, text):
    """Read the size of what is square: one number, or twice the same as HEIGHTxWIDTH."""
    if text is None:
        return None
    height, width = read_size(text)
    if height != width:
        raise click.UsageError(f"--size is a square here, such as {width} or {width}x{width}, not {text!r}.")
    return height


def check_weights(weights):
    """Refuse what `weights_option` or `model_option` names and is not there, before Keras is started."""
    if weights in (*PRESETS, "imagenet") or _mode(weights) != 0:
        return
    raise click.UsageError(
        f"There are no weights {weights!r}: neither a file nor a folder, nor 'imagenet', nor one of the "
        f"presets {', '.join(PRESETS)}."
    )
