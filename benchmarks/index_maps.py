"""Prints whether index maps follow edges: rank correlations of their local variance with gradients.

    python benchmarks/index_maps.py --photographs alphamatting

Three maps of every stage are compared: the decoder index, the decoder index of the same network after the
weights of each kernel of its index blocks changed places at random (several times), and the max pooling index
of the same features. What the second one reaches needs no learned index, only features that have edges.
"""

from collections import defaultdict

import click
import cv2
import keras
import numpy as np
from scipy.ndimage import uniform_filter
from scipy.stats import spearmanr

from keras_indexnet import data, models, visualization
from keras_indexnet.data.trimap import UNKNOWN
from keras_indexnet.inference import network_input

WINDOW = 6  # pixels of a stage's features: three regions each way
COLUMNS = ("image", "image, unknown", "alpha, unknown")


@click.command()
@click.option("--photographs", required=True, help="Folder with image, alpha and trimap1.")
@click.option("--configuration", default="m2o_nonlinear_context", show_default=True)
@click.option("--weights", default="indexnet_base", show_default=True)
@click.option("--side", default=480, show_default=True, help="Photographs are reduced to this longer side.")
@click.option("--shuffles", default=3, show_default=True, help="How often weights change places.")
def main(photographs, configuration, weights, side, shuffles):
    """Correlate the index maps of a network with the gradients of photographs and of their alpha."""
    network = models.matting_model(configuration, weights=weights)
    networks = [network, *(with_shuffled_indices(network, seed) for seed in range(shuffles))]
    found = defaultdict(list)
    for photograph in data.read_photographs(photographs):
        image, trimap, alpha = reduced(photograph, side)
        inputs = network_input(image, trimap, network.output_stride)
        unknown, gradients = inputs[..., 3] == UNKNOWN, gradients_of(inputs, alpha)
        for each in networks:
            kind = "learned" if each is network else "shuffled"
            for maps in visualization.index_maps(each, image, trimap):
                found[maps.stage, kind].append(correlations(maps.decoder, unknown, *gradients))
                if each is network:
                    found[maps.stage, "max pooling"].append(correlations(maps.maximum, unknown, *gradients))
    click.echo("| stage | index | " + " | ".join(COLUMNS) + " |\n" + "|---" * 5 + "|")
    for (stage, kind), of_photographs in sorted(found.items()):
        mean, spread = np.mean(of_photographs, axis=0), np.std(of_photographs, axis=0)
        cells = [f"{m:+.2f} ± {s:.2f}" for m, s in zip(mean, spread, strict=True)]
        click.echo(f"| {stage} | {kind} | " + " | ".join(cells) + " |")


def with_shuffled_indices(network, seed):
    """Copy a network, and let the weights of each kernel of its index blocks change places: nothing learned."""
    rng = np.random.default_rng(seed)
    shuffled = type(network).from_config(network.get_config())
    shuffled.set_weights(network.get_weights())
    for layer in shuffled.layers:
        if layer.name.startswith("index_"):
            for weight in layer.trainable_weights:
                if weight.name.endswith("kernel"):
                    values = keras.ops.convert_to_numpy(weight)
                    weight.assign(rng.permutation(values.ravel()).reshape(values.shape))
    return shuffled


def reduced(photograph, side):
    """Image, trimap and alpha, not longer than `side`."""
    height, width = photograph.trimap.shape
    scale = min(side / max(height, width), 1.0)
    size = (round(width * scale), round(height * scale))
    return (
        cv2.resize(photograph.image, size, interpolation=cv2.INTER_AREA),
        cv2.resize(photograph.trimap, size, interpolation=cv2.INTER_NEAREST),
        cv2.resize(photograph.alpha, size, interpolation=cv2.INTER_AREA),
    )


def gradients_of(inputs, alpha):
    """Gradient magnitude of the image, in grey, and of alpha, at the size of the network's input."""
    gray = cv2.cvtColor(inputs[..., :3], cv2.COLOR_RGB2GRAY)
    alpha = cv2.resize(alpha, gray.shape[::-1], interpolation=cv2.INTER_AREA).astype(np.float32)
    return [np.hypot(cv2.Sobel(p, cv2.CV_32F, 1, 0), cv2.Sobel(p, cv2.CV_32F, 0, 1)) for p in (gray, alpha)]


def correlations(index, unknown, of_image, of_alpha):
    """Spearman's correlation of an index map's local variance with the gradients, for each of COLUMNS."""
    variance = local_variance(index)
    size = variance.shape[::-1]
    image, alpha = (
        uniform_filter(cv2.resize(gradient, size, interpolation=cv2.INTER_AREA), WINDOW)
        for gradient in (of_image, of_alpha)
    )
    unknown = cv2.resize(unknown.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.5
    pairs = [(variance, image), (variance[unknown], image[unknown]), (variance[unknown], alpha[unknown])]
    return [spearmanr(one, other, axis=None).statistic for one, other in pairs]


def local_variance(index):
    """Variance in a window around each pixel, in each channel by itself, then their mean: `H x W`."""
    mean, mean_square = (uniform_filter(each, (WINDOW, WINDOW, 1)) for each in (index, index**2))
    return (mean_square - mean**2).mean(axis=-1)


if __name__ == "__main__":
    main()
