"""Trains classifiers with their pooling or strides as they are and with Indexed Pooling, and compares them.

    python benchmarks/tasks/classification.py --seeds 3
    python benchmarks/tasks/classification.py --data cifar10.npz --network lenet --epochs 10 --seeds 3

Without --data it is CIFAR-10, or with --classes 100 CIFAR-100. Adam with a cosine to zero; images are mirrored
at random. The figure is the accuracy of the last epoch on the test images.
"""

import click
import keras
import numpy as np
from pairs import MirroredBatches, as_table, common_options, trained

from keras_indexnet import tasks

NETWORKS = {
    "lenet": tasks.lenet_classifier,
    "mobilenet": tasks.mobilenet_classifier,
    "vgg16": tasks.vgg16_classifier,
}


@click.command()
@click.option("--data", "given", help="An .npz with x_train, y_train, x_test and y_test.  [default: CIFAR]")
@click.option("--classes", default=10, show_default=True)
@click.option("--train", "train_images", type=int, help="How many images are learned from.  [default: all]")
@click.option("--epochs", default=100, show_default=True)
@click.option("--batch-size", default=128, show_default=True)
@click.option("--rate", default=1e-3, show_default=True, help="Adam's learning rate at the start.")
@click.option("--network", "networks", type=click.Choice(list(NETWORKS)), multiple=True, help="These alone.")
@common_options
def main(given, classes, train_images, epochs, batch_size, rate, networks, index, seeds, momentum, precision):
    """Train each network as it is and with Indexed Pooling."""
    keras.config.set_dtype_policy(precision)
    (images, labels), test = images_and_labels(given, classes)
    images, labels = images[:train_images], labels[:train_images]
    steps = epochs * -(-len(images) // batch_size)

    def compile_and_fit(network):
        network.compile(
            keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(rate, steps)),
            keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            metrics=["accuracy"],
            jit_compile=False,
        )
        network.fit(MirroredBatches(images, labels, batch_size), epochs=epochs, verbose=0)
        return {"accuracy": 100 * network.evaluate(*test, 100, verbose=0)[1]}

    rows = {}
    for name in networks or NETWORKS:
        for choice in (None, index):
            row = name if choice is None else f"{name}, {choice}"
            rows[row] = trained(
                lambda name=name, choice=choice: NETWORKS[name](classes, choice),
                compile_and_fit,
                seeds,
                momentum,
            )
            click.echo(as_table({row: rows[row]}).splitlines()[-1])
    click.echo("\n" + as_table(rows))


def images_and_labels(path, classes):
    """Return training and test images in [0, 1], each with its labels."""
    if path is None:
        cifar = keras.datasets.cifar10 if classes == 10 else keras.datasets.cifar100
        train, test = cifar.load_data()
    else:
        with np.load(path) as file:
            train, test = ((file[f"x_{part}"], file[f"y_{part}"]) for part in ("train", "test"))
    return tuple(((images / 255).astype("float32"), labels.ravel()) for images, labels in (train, test))


if __name__ == "__main__":
    main()
