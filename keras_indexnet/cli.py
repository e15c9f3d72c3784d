"""The `indexnet` command."""

import sys

import click


@click.group(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
def cli():
    """Cut hair, fur, smoke or glass out of photographs, and train networks that do."""


@cli.command()
@click.option("--foregrounds", multiple=True, help="Folder of RGBA cut-outs; may be repeated.")
@click.option("--backgrounds", required=True, help="Folder of photographs.")
@click.option("--output", default="runs/matting", help="Folder for checkpoints, log and weights.")
@click.option("--configuration", default="m2o_nonlinear_context", help="A network of the paper.")
@click.option("--encoder-weights", default="imagenet", help="'imagenet', 'none' or a file.")
@click.option("--validation", help="Folder with image, alpha and trimap1.")
@click.option("--procedural", default=0.5, help="Share of drawn foregrounds.")
@click.option("--size", default=160, help="Side of a sample in pixels.")
@click.option("--batch-size", default=8)
@click.option("--epochs", default=20)
@click.option("--steps", default=250, help="Steps in an epoch.")
@click.option("--learning-rate", default=4e-3)
@click.option("--workers", default=2)
@click.option("--seed", default=0)
def train(encoder_weights, **options):
    """Train a matting network. Started again, a run that was stopped goes on."""
    from keras_indexnet.training import TrainingSettings
    from keras_indexnet.training import train as train_network

    encoder_weights = None if encoder_weights == "none" else encoder_weights
    train_network(TrainingSettings(encoder_weights=encoder_weights, **options))


def main(arguments=None, command=cli):
    """Run a command; bad input ends with one sentence and exit code 1."""
    try:
        command.main(arguments, standalone_mode=False)
    except click.ClickException as error:
        _fail(error.format_message())
    except (ValueError, OSError, ImportError) as error:
        _fail(str(error))
    except (click.Abort, KeyboardInterrupt):
        _fail("Stopped.")


def _fail(message):
    click.echo(f"Error: {message}", err=True)
    sys.exit(1)
