"""Trains the depth network of Hu et al. with pooling and interpolation, and with indices, and compares them.

    python benchmarks/tasks/depth.py --folder nyu --size 96x128
    python benchmarks/tasks/depth.py --nyu nyu_depth_v2_labeled.mat --weights imagenet

The last tenth of the frames is not learned from, and scored. Adam of 1e-4 with weight decay 1e-4, divided by 10
after every quarter of the epochs, and mirroring, as in the paper. Predictions are enlarged to the size of the
truth and scored within the standard crop. Below the table is what a network has to be better than.
"""

import click
import cv2
import keras
import numpy as np
from pairs import MirroredBatches, as_table, common_options, trained

from keras_indexnet import tasks


@click.command()
@click.option("--folder", help="Folder with image/NAME.jpg and depth/NAME.png.")
@click.option("--border", default=4, show_default=True, help="Pixels to cut off the folder's frames.")
@click.option("--nyu", help="nyu_depth_v2_labeled.mat, in place of a folder.")
@click.option("--size", default="224x320", show_default=True, help="Height and width, multiples of 32.")
@click.option("--epochs", default=20, show_default=True)
@click.option("--batch-size", default=8, show_default=True)
@click.option("--rate", default=1e-4, show_default=True, help="Adam's learning rate at the start.")
@click.option("--weights", help="imagenet, or a file of keras.applications.ResNet50.  [default: random]")
@common_options
def main(folder, border, nyu, size, epochs, batch_size, rate, weights, index, seeds, momentum, precision):
    """Train both networks on the same frames."""
    if (folder is None) == (nyu is None):
        raise click.UsageError("Give either --folder or --nyu.")
    keras.config.set_dtype_policy(precision)
    size = tuple(map(int, size.split("x")))
    images, depth = tasks.read_nyu_depth(nyu, size) if nyu else tasks.read_depth_folder(folder, size, border)
    held_out = len(images) // 10
    train, test = ((images[part], depth[part]) for part in (slice(-held_out), slice(-held_out, None)))
    half = train[1][:, ::2, ::2]
    quarter = max(1, epochs // 4) * -(-len(half) // batch_size)

    def compile_and_fit(network):
        schedule = keras.optimizers.schedules.ExponentialDecay(rate, quarter, 0.1, staircase=True)
        optimizer = keras.optimizers.Adam(schedule, weight_decay=1e-4)
        network.compile(optimizer, tasks.DepthLoss(), jit_compile=False)
        network.fit(MirroredBatches(train[0], half, batch_size), epochs=epochs, verbose=0)
        return scores(test[1], network.predict(test[0], batch_size, verbose=0))

    known = train[1][train[1] > 0]
    rows = {}
    for choice in (None, index):
        row = "max pooling, bilinear" if choice is None else choice
        rows[row] = trained(
            lambda choice=choice: tasks.depth_network(choice, weights, size), compile_and_fit, seeds, momentum
        )
        click.echo(as_table({row: rows[row]}).splitlines()[-1])
    click.echo("\n" + as_table(rows))
    constant = scores(test[1], np.full((held_out, 1, 1, 1), np.median(known)))
    click.echo(
        "\nThe median depth everywhere: " + ", ".join(f"{key} {value:.4g}" for key, value in constant.items())
    )


def scores(depth, predicted):
    """Return the errors of predictions of any size."""
    metrics = [tasks.RMSDepthError(), tasks.RelativeDepthError(), tasks.Log10DepthError()]
    metrics += [tasks.DepthAccuracy(power) for power in (1, 2, 3)]
    width_and_height = depth.shape[2], depth.shape[1]
    enlarged = np.stack([cv2.resize(each, width_and_height) for each in predicted])[..., np.newaxis]
    for metric in metrics:
        metric.update_state(depth, enlarged)
    return {metric.name: float(metric.result()) for metric in metrics}


if __name__ == "__main__":
    main()
