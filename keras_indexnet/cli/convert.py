from pathlib import Path

import click

from keras_indexnet.cli.options import overwrite_option
from keras_indexnet.cli.outputs import check_outputs
from keras_indexnet.cli.start import start_keras

CHECKPOINTS = (".pth.tar", ".pth", ".pt")


@click.command()
@click.argument("source", metavar="IN")
@click.argument("target", metavar="OUT")
@click.option("--output-stride", type=int, help="16 or 32, for a checkpoint that does not tell.")
@overwrite_option
def convert(source, target, output_stride, overwrite):
    """Convert networks between the paper's PyTorch code and Keras.

    IN is a checkpoint (.pth.tar) and OUT a .keras file, or the other way round.
    """
    if not Path(target).parent.is_dir():
        raise click.UsageError(f"There is no folder {Path(target).parent} to write into.")
    to_keras = source.endswith(CHECKPOINTS) and target.endswith(".keras")
    if not to_keras and not (source.endswith(".keras") and target.endswith(CHECKPOINTS)):
        raise click.UsageError(
            f"One of IN and OUT is a .keras file, the other a .pth.tar checkpoint; not {source} and {target}."
        )
    if not Path(source).is_file():
        raise click.UsageError(f"There is no {'checkpoint' if to_keras else 'file'} {source}.")
    check_outputs([target], source, overwrite=overwrite)
    start_keras()

    from keras_indexnet import conversion
    from keras_indexnet.models.opening import open_network
    from keras_indexnet.training.saving import save_network

    if to_keras:
        network = conversion.load_reference_checkpoint(source, output_stride)
        save_network(network, Path(target))
    else:
        network = open_network(source)
        conversion.save_reference_checkpoint(network, target)
    click.echo(f"{target}: {type(network).__name__}, {_described(network.get_config())}")


def _described(config):
    shown = ("index", "expansion", "output_stride")
    return ", ".join(f"{name} {config[name]}" for name in shown if name in config)
