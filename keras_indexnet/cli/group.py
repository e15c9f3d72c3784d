"""The `indexnet` command."""

import sys
import warnings

import click

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
from keras_indexnet.cli.train import train
from keras_indexnet.cli.trimap import trimap

COMMANDS = (
    matte,
    trimap,
    serve,
    show,
    evaluate,
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


for command in COMMANDS:
    cli.add_command(command)


def main(arguments=None, command=cli):
    """Run a command; bad input ends with one sentence and exit code 1."""
    warnings.showwarning = _show_warning
    try:
        command.main(arguments, standalone_mode=False)
    except click.ClickException as error:
        _fail(error.format_message())
    except (click.Abort, KeyboardInterrupt):  # Abort is a RuntimeError
        _fail("Stopped.")
    except OSError as error:  # the operating system's own are numbers and names in brackets
        _fail(f"{error.filename}: {error.strerror}." if error.filename else str(error))
    except (ValueError, ImportError, RuntimeError) as error:
        _fail(str(error))


def _show_warning(message, category, *where):
    """Print what this package warns of as a sentence, and other warnings as Python does."""
    if category.__module__.startswith("keras_indexnet."):
        click.echo(message, err=True)
    else:
        _show_other_warning(message, category, *where)


_show_other_warning = warnings.showwarning


def _fail(message):
    click.echo(f"Error: {message}", err=True)
    sys.exit(1)
