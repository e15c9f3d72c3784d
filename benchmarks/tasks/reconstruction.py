"""Trains autoencoders that differ in their way down and up, and prints how well they reconstruct images.

    python benchmarks/tasks/reconstruction.py
    python benchmarks/tasks/reconstruction.py --data cifar10.npz --train 1000 --epochs 20

Without --data it is Fashion-MNIST, padded to 32 x 32. The recipe is the paper's: L1, SGD of 0.01 with momentum
0.9, divided by 10 after 50, 70 and 85 per cent of the epochs. The figures are those of the last epoch.
"""

from functools import partial

import click
import cv2
import keras
import numpy as np
from pairs import as_table, trained

from keras_indexnet import layers, tasks

WAYS = {
    "max pooling, nearest": {"interpolation": "nearest"},
    "max pooling, bilinear": {"interpolation": "bilinear"},
    "max pooling, unpooling": {"index": "max"},
    "HIN": {"index": "hin_linear"},
    "O2O": {"index": "o2o_linear"},
    "M2O, nonlinear, context": {"index": "m2o_nonlinear_context"},
    "CARAFE": {"upsampler": "carafe"},
    "A2U": {"upsampler": "a2u"},
    "FADE": {"upsampler": "fade"},
    "FADE-Lite": {"upsampler": "fade_lite"},
    "SAPA": {"upsampler": "sapa"},
    "FADE-Lite, not gated": {"upsampler": partial(layers.FADELite, gated=False)},
}
DROPS = 0.5, 0.7, 0.85  # of the epochs


@click.command()
@click.option("--data", "given", help="An .npz with x_train and x_test, RGB.  [default: Fashion-MNIST]")
@click.option("--train", "train_images", type=int, help="How many images are learned from.  [default: all]")
@click.option("--epochs", default=100, show_default=True)
@click.option("--batch-size", default=100, show_default=True)
@click.option("--seeds", default=1, show_default=True, help="How often each network is trained.")
@click.option("--way", "ways", type=click.Choice(list(WAYS)), multiple=True, help="Train these alone.")
def main(given, train_images, epochs, batch_size, seeds, ways):
    """Train the ways down and up on grey images and compare them."""
    train, test = grey_images(given)
    train = train[:train_images]
    steps = epochs * -(-len(train) // batch_size)

    def compile_and_fit(network):
        rate = keras.optimizers.schedules.PiecewiseConstantDecay(
            [round(share * steps) for share in DROPS], [0.01, 1e-3, 1e-4, 1e-5]
        )
        metrics = [tasks.PSNR(), tasks.SSIM(), keras.metrics.RootMeanSquaredError("rmse"), "mae"]
        optimizer = keras.optimizers.SGD(rate, momentum=0.9)
        network.compile(optimizer, "mae", metrics=metrics, jit_compile=False)
        network.fit(train, train, batch_size, epochs, verbose=0)
        figures = network.evaluate(test, test, 100, verbose=0, return_dict=True)
        return {name: figures[name] for name in ("psnr", "ssim", "rmse", "mae")}

    rows = {}
    for way in ways or WAYS:
        rows[way] = trained(lambda way=way: tasks.autoencoder(**WAYS[way]), compile_and_fit, seeds)
        click.echo(as_table({way: rows[way]}).splitlines()[-1])
    click.echo("\n" + as_table(rows))


def grey_images(path):
    """Return the images to train on and to test on, of 32 x 32 pixels in [0, 1]."""
    if path is None:
        (train, _), (test, _) = keras.datasets.fashion_mnist.load_data()
        train, test = (np.pad(images, ((0, 0), (2, 2), (2, 2))) for images in (train, test))
    else:
        with np.load(path) as file:
            train, test = (
                np.stack([cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in file[name]])
                for name in ("x_train", "x_test")
            )
    return tuple((images[..., np.newaxis] / 255).astype("float32") for images in (train, test))


if __name__ == "__main__":
    main()
