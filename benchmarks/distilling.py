"""Teaches `mini` what the network that it was fitted to makes of each crop, in every stage of the decoder.

    python benchmarks/distilling.py indexnet_light start.weights.h5 runs/distilling \\
        --mattes runs/teaching/mattes --backgrounds train/backgrounds --foregrounds datasets/rendered 9

`narrowing.py` gives the first weights, `teaching.py mattes` the photographs. Both networks have the same
encoder up to the tail, and as many channels in every stage of the decoder. So that encoder is computed once and
stays as it is, and the rest learns what the wide network has there, and its alpha in the place of the true one.
Of a composite's truth, or a photograph's polished matte, colours and the pixels that count are used.

The same command goes on where it was stopped. What it learns is in `last.weights.h5`.

Source: Romero et al., ICLR 2015, "FitNets: Hints for Thin Deep Nets", of many stages.
"""

from dataclasses import replace
from functools import partial
from pathlib import Path

import click
import keras
from keras import ops
from teaching import SETTINGS, MixedSequence, read_mattes

from keras_indexnet import data, models, training
from keras_indexnet.losses import MattingLoss
from keras_indexnet.training import fitting
from keras_indexnet.training.report_progress import ReportProgress
from keras_indexnet.training.write_log import WriteLog

TAIL = 6  # the first stage of the encoder that the networks do not share
HINTS = ("aspp", *(f"decoder_{stage}_relu" for stage in reversed(range(7))), "head_relu")
HINT = 0.1  # what each of them weighs beside the loss of alpha
BEYOND = 0.1  # what a known pixel weighs beside an unknown one


@click.command()
@click.argument("wide")
@click.argument("start")
@click.argument("output")
@click.option("--mattes", required=True, help="Output folder of `teaching.py mattes`.")
@click.option("--share", default=0.5, show_default=True, help="Of the samples that are photographs.")
@click.option("--foregrounds", type=(str, float), multiple=True, required=True, help="Folder, and how often.")
@click.option("--backgrounds", required=True)
@click.option("--steps", default=1000, show_default=True)
@click.option("--size", default=320, show_default=True)
@click.option("--batch-size", default=4, show_default=True)
@click.option("--rate", default=1e-3, show_default=True, help="Adam's, which falls to nothing as a cosine.")
def main(wide, start, output, mattes, share, foregrounds, backgrounds, steps, size, batch_size, rate):
    """Go on from the weights START with the network WIDE as teacher, in the folder OUTPUT."""
    keras.utils.set_random_seed(0)
    folders, shares = zip(*foregrounds, strict=True)
    settings = replace(
        SETTINGS,
        foregrounds=folders,
        foreground_shares=shares,
        backgrounds=backgrounds,
        size=size,
        batch_size=batch_size,
        epoch_steps=100,
    )
    sequence = MixedSequence(read_mattes(mattes), fitting.training_sequence(settings), share)
    click.echo(f"{len(sequence.mattes)} photographs")
    network = models.matting_model("mini")
    network.load_weights(start)
    student = Student(models.network_of(wide).with_dtype("float32"), network)
    optimizer = keras.optimizers.Adam(rate, global_clipnorm=2.0, use_ema=True, ema_momentum=0.99)
    student.compile(optimizer, loss=taught_loss, jit_compile=False)
    optimizer.build(student.trainable_variables)
    folder = Path(output)
    folder.mkdir(parents=True, exist_ok=True)
    budget = training.Budget(rate, partial(training.schedules.cosine, warm_up=0.0), steps=steps)
    checkpoint = training.Checkpoint(folder / "checkpoint.npz", budget, sequence.composites)
    student.fit(
        sequence,
        initial_epoch=checkpoint.restore(student),
        epochs=fitting.UNLIMITED_EPOCHS,
        callbacks=[
            budget,
            ReportProgress(budget, batch_size),
            WriteLog(folder / "log.csv", budget),
            checkpoint,
        ],
        shuffle=False,
        verbose=0,
    )
    optimizer.finalize_variable_values(student.trainable_variables)
    network.save_weights(folder / "last.weights.h5")


def taught_loss(target, alphas):
    """The loss of training, with what the wide network says in the place of the truth."""
    alpha, wanted = ops.split(alphas, 2, axis=-1)
    return MattingLoss(0.5, 0.5, 1.0)(ops.concatenate([wanted, target[..., 1:]], axis=-1), alpha)


class Student(keras.Model):
    """The narrow network behind the wide one's encoder, and what it is to be like.

    Args:
        wide: `keras_indexnet.models.MattingNetwork`, which is not changed.
        narrow: the same with another tail and decoder, which is trained; its other weights are made equal.
    """

    def __init__(self, wide, narrow):
        super().__init__()
        copy_shared(wide, narrow)
        shared = shared_features(wide)
        self.encoder = keras.Model(wide.input, shared)
        self.wide = keras.Model(shared, [*hints(wide), wide.output])
        self.narrow = keras.Model(shared_features(narrow), [*hints(narrow), narrow.output])
        self.encoder.trainable = self.wide.trainable = False

    def call(self, inputs):
        features = self.encoder(inputs, training=False)
        *hinted, wanted = self.wide(features, training=False)
        # Batch normalisation keeps its statistics, too: those of a few crops are too rough.
        *found, alpha = self.narrow(features, training=False)
        weights = BEYOND + ops.cast(inputs[..., 3:] == data.trimap.UNKNOWN, "float32")
        for hint, feature in zip(hinted, found, strict=True):
            scale = weights.shape[1] // hint.shape[1]
            of_places = ops.average_pool(weights, scale, data_format="channels_last")
            spread = hint - ops.mean(hint, (0, 1, 2), keepdims=True)
            unexplained = ops.mean(of_places * ops.square(feature - hint))
            self.add_loss(HINT * unexplained / (ops.mean(of_places * ops.square(spread)) + 1e-6))
        return ops.concatenate([alpha, wanted], axis=-1)


def shared_features(network):
    """Return what the tail and the decoder get from the encoder's stages before the tail."""
    features = []
    for stage in range(TAIL):
        features.append(network.get_layer(f"fusion_{stage}").input[1])
        if has(network, f"index_{stage}"):
            features.append(network.get_layer(f"upsample_{stage}").input[1])
    return features


def hints(network):
    return [network.get_layer(name).output for name in HINTS]


def copy_shared(wide, narrow):
    for stage in range(TAIL):
        for name in (f"encoder_stage_{stage}", f"index_{stage}"):
            if has(wide, name):
                narrow.get_layer(name).set_weights(wide.get_layer(name).get_weights())


def has(network, name):
    return any(layer.name == name for layer in network.layers)


if __name__ == "__main__":
    main()
