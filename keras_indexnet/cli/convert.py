from pathlib import Path

import click

from keras_indexnet import conversion
from keras_indexnet.models.opening import open_network
from keras_indexnet.training.saving import save_network

CHECKPOINTS = (".pth.tar", ".pth", ".pt")


@click.command()
@click.argument("source", metavar="IN")
@click.argument("target", metavar="OUT")
@click.option("--output-stride", type=int, help="16 or 32, for a checkpoint that does not tell.")
def convert(source, target, output_stride):
    """Convert a network between the paper's PyTorch code (.pth.tar) and Keras (.keras).

    IN is a checkpoint and OUT a .keras file, or the other way round.
    """
    if not Path(target).parent.is_dir():
        raise click.ClickException(f"There is no folder {Path(target).parent} to write into.")
    if source.endswith(CHECKPOINTS) and target.endswith(".keras"):
        network = conversion.load_reference_checkpoint(source, output_stride)
        save_network(network, Path(target))
    elif source.endswith(".keras") and target.endswith(CHECKPOINTS):
        network = open_network(source)
        conversion.save_reference_checkpoint(network, target)
    else:
        raise click.ClickException(
            f"One of IN and OUT is a .keras file, the other a .pth.tar checkpoint; not {source} and {target}."
        )
    click.echo(f"{target}: {type(network).__name__}, {_described(network.get_config())}")


def _described(config):
    shown = ("index", "expansion", "output_stride")
    return ", ".join(f"{name} {config[name]}" for name in shown if name in config)
