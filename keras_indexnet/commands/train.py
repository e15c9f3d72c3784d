import click

from keras_indexnet import training
from keras_indexnet.commands.options import configuration_option
from keras_indexnet.training import TrainingSettings as Settings


@click.command()
@click.option("--foregrounds", multiple=True, help="Folder of RGBA cut-outs; may be repeated.")
@click.option("--backgrounds", help="Folder of photographs; default drawn ones.")
@click.option("--output", default=Settings.output, help="Folder for checkpoints, log and network.")
@configuration_option
@click.option("--expansion", default=Settings.expansion, help="Of nonlinear depthwise index blocks.")
@click.option("--encoder-weights", default=Settings.encoder_weights, help="'imagenet', 'none' or a file.")
@click.option("--weights", help="Preset or file to go on from, in place of --encoder-weights.")
@click.option("--validation", help="Folder with image, alpha and trimap1.")
@click.option("--validation-every", default=Settings.validation_every, help="Epochs.")
@click.option("--procedural", default=Settings.procedural, help="Share of drawn foregrounds.")
@click.option("--size", default=Settings.size, help="Side of a sample in pixels.")
@click.option("--batch-size", default=Settings.batch_size)
@click.option("--epochs", default=Settings.epochs)
@click.option("--steps", default=Settings.steps, help="Steps in an epoch.")
@click.option("--learning-rate", default=Settings.learning_rate)
@click.option("--workers", default=Settings.workers)
@click.option("--seed", default=Settings.seed)
def train(encoder_weights, **options):
    """Train a matting network. Started again, a run that was stopped goes on."""
    encoder_weights = None if encoder_weights == "none" else encoder_weights
    training.train(Settings(encoder_weights=encoder_weights, **options))
