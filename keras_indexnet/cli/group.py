"""The `indexnet` command.

Its help has to come at once: the files of the commands import neither Keras nor NumPy at their top. What a
command needs of the package, it imports when it runs, after `start_keras`.
"""

import os
import sys
import traceback
import warnings
from functools import wraps

import click
from click.core import augment_usage_errors

from keras_indexnet.cli.benchmark import benchmark
from keras_indexnet.cli.check_data import check_data
from keras_indexnet.cli.complexity import complexity
from keras_indexnet.cli.convert import convert
from keras_indexnet.cli.doctor import doctor
from keras_indexnet.cli.draw import draw
from keras_indexnet.cli.evaluate import evaluate
from keras_indexnet.cli.export import export
from keras_indexnet.cli.matte import matte
from keras_indexnet.cli.plot import plot
from keras_indexnet.cli.serve import serve
from keras_indexnet.cli.show import show
from keras_indexnet.cli.submit import submit
from keras_indexnet.cli.train import train
from keras_indexnet.cli.trimap import trimap
from keras_indexnet.errors import IndexNetError

COMMANDS = (
    matte,
    trimap,
    serve,
    show,
    evaluate,
    submit,
    check_data,
    train,
    plot,
    export,
    benchmark,
    convert,
    complexity,
    draw,
    doctor,
)

REPORT = (
    "This is a bug of keras_indexnet, not a mistake of yours. Please report it: the command, the lines above, "
    "and what `indexnet doctor` says."
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


def _with_usage(callback):
    """Let errors of usage be shown with the usage also where the command itself finds them, not Click."""

    @wraps(callback)
    def run(*args, **kwargs):
        with augment_usage_errors(click.get_current_context()):
            return callback(*args, **kwargs)

    return run


for command in COMMANDS:
    command.callback = _with_usage(command.callback)
    cli.add_command(command)


def main(arguments=None):
    """Run the command. What the user can mend ends with one sentence, a bug with a traceback; exit code 1.

    What is wrong with the command line itself is shown with its usage, and the exit code is 2. With
    INDEXNET_DEBUG=1 in the environment the sentence has its traceback, too.
    """
    _open_closed_streams()
    warnings.showwarning = _show_warning
    warnings.filterwarnings("ignore", module=r"PIL\.")  # of damaged EXIF, which is passed over
    try:
        cli.main(arguments, standalone_mode=False)
    except click.UsageError as error:
        if error.ctx is not None:
            click.echo(error.ctx.get_usage(), err=True)
        _fail(error.format_message(), exit_code=2)
    except click.ClickException as error:
        _fail(error.format_message())
    except (click.Abort, KeyboardInterrupt):
        _fail("Stopped.")
    except IndexNetError as error:
        _fail(str(error))
    except OSError as error:  # the operating system's own are numbers and names in brackets
        named = f"{error.filename}: " if error.filename else ""
        _fail(f"{named}{error.strerror}." if error.strerror else str(error))
    except Exception:
        traceback.print_exc()
        click.echo(REPORT, err=True)
        sys.exit(1)


def _open_closed_streams():
    """Where a shell closed stdin, stdout or stderr (`2>&-`), let what is written there vanish.

    The next file that is opened would take the number of the stream, and get what libraries print.
    """
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # its number is the lowest that is free
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, errors="replace"))  # noqa: SIM115, until the process ends


def _show_warning(message, category, *where):
    """Print what this package warns of as a sentence, and other warnings as Python does."""
    if category.__module__.startswith("keras_indexnet."):
        click.echo(message, err=True)
    else:
        _show_other_warning(message, category, *where)


_show_other_warning = warnings.showwarning


def _fail(message, exit_code=1):
    if os.environ.get("INDEXNET_DEBUG") == "1":
        traceback.print_exc()
    click.echo(f"Error: {message}", err=True)
    sys.exit(exit_code)
