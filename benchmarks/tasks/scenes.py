"""Trains SegNet with bilinear upsampling, with the indices of max pooling, and with learned ones.

    python benchmarks/tasks/scenes.py --folder nyu --size 96x128
    python benchmarks/tasks/scenes.py --sun-rgbd SUN_RGBD --weights imagenet --size 224x320

The last tenth of the images of a folder is not learned from, and scored; of SUN RGB-D, the folder `test`. SGD
with momentum 0.9 and a cosine to zero, cross-entropy balanced by median frequency, and mirroring.
"""

import click
import keras
import numpy as np
from pairs import MirroredBatches, as_table, common_options, trained

from keras_indexnet import tasks
from keras_indexnet.tasks.scene_data import IGNORED

CLASSES = len(tasks.SUN_RGBD_CLASSES)


@click.command()
@click.option("--folder", help="Folder with image/NAME.jpg and label/NAME.png, 37 classes, 255 unlabelled.")
@click.option("--border", default=4, show_default=True, help="Pixels to cut off the folder's images.")
@click.option("--sun-rgbd", help="SUN RGB-D, in place of a folder.")
@click.option("--size", default="224x320", show_default=True, help="Height and width, multiples of 32.")
@click.option("--epochs", default=100, show_default=True)
@click.option("--batch-size", default=8, show_default=True)
@click.option("--rate", default=0.05, show_default=True, help="The learning rate at the start.")
@click.option("--weights", help="imagenet, or a file of keras.applications.VGG16.  [default: random]")
@common_options
def main(folder, border, sun_rgbd, size, epochs, batch_size, rate, weights, index, seeds, momentum, precision):
    """Train the networks on the same images."""
    if (folder is None) == (sun_rgbd is None):
        raise click.UsageError("Give either --folder or --sun-rgbd.")
    keras.config.set_dtype_policy(precision)
    size = tuple(map(int, size.split("x")))
    train, test = images_and_labels(folder, border, sun_rgbd, size)
    steps = epochs * -(-len(train[0]) // batch_size)
    loss = tasks.BalancedCrossentropy(tasks.class_weights(train[1], CLASSES))

    def compile_and_fit(network):
        optimizer = keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(rate, steps), momentum=0.9)
        network.compile(optimizer, loss, jit_compile=False)
        network.fit(MirroredBatches(*train, batch_size), epochs=epochs, verbose=0)
        predicted = [
            network.predict_on_batch(test[0][start : start + batch_size]).argmax(axis=-1)
            for start in range(0, len(test[0]), batch_size)
        ]
        return scores(test[1], np.concatenate(predicted))

    rows = {}
    for row, choice in {"bilinear": None, "max": "max", index: index}.items():
        rows[row] = trained(
            lambda choice=choice: tasks.segnet(CLASSES, choice, weights, size), compile_and_fit, seeds, momentum
        )
        click.echo(as_table({row: rows[row]}).splitlines()[-1])
    click.echo("\n" + as_table(rows))
    most = np.bincount(train[1][train[1] != IGNORED]).argmax()
    constant = scores(test[1], np.full_like(test[1], most))
    figures = ", ".join(f"{key} {value:.4g}" for key, value in constant.items())
    click.echo(f"\n{tasks.SUN_RGBD_CLASSES[most].capitalize()} everywhere: {figures}")


def images_and_labels(folder, border, sun_rgbd, size):
    """Return training and test images, each with its labels."""
    if sun_rgbd is not None:
        return tuple(tasks.read_sun_rgbd(sun_rgbd, split, size) for split in ("train", "test"))
    images, labels = tasks.read_label_folder(folder, size, CLASSES, border)
    held_out = len(images) // 10
    return tuple((images[part], labels[part]) for part in (slice(-held_out), slice(-held_out, None)))


def scores(labels, predicted):
    """Return the shares of right pixels, of all and of the mean class, and the mean IoU, in per cent."""
    known = {"num_classes": CLASSES, "ignore_class": IGNORED, "sparse_y_pred": True}
    metrics = [tasks.PixelAccuracy(**known), tasks.MeanClassAccuracy(**known)]
    metrics.append(keras.metrics.MeanIoU(name="mIoU", **known))
    for metric in metrics:
        metric.update_state(labels, predicted)
    return {metric.name: 100 * float(metric.result()) for metric in metrics}


if __name__ == "__main__":
    main()
