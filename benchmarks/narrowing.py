"""Begins the network `mini`, or one narrower still, with what a wider, trained one has learned.

    python benchmarks/narrowing.py indexnet_light start.weights.h5 --foregrounds datasets/rendered \\
        --backgrounds photographs

Where there are no ImageNet weights of such a width, or no GPU to learn from them, this is the shorter way. Of
the channels of each map those stay that what reads them weights most. The convolutions are then fitted, one
after the other from the input on: by least squares, to what the wide network has at the same place for the same
samples, and weights stay near the wide network's where that leaves a choice. With `--separable` a convolution
of the decoder, dense in the wide network, becomes the depthwise one and the one of 1x1 that are nearest to it.

Source: He et al., ICCV 2017, "Channel pruning for accelerating very deep neural networks", sec. 3.
"""

from typing import NamedTuple

import click
import keras
import numpy as np
from keras.layers import Add, BatchNormalization, Conv2D, DepthwiseConv2D, InputLayer

from keras_indexnet import data, models

PLACES = 20_000  # of a map that a convolution is fitted at
TURNS = 8  # of fitting filters and weights
RIDGE = 3e-3  # of the mean variance of what is weighted
STAGES = 8
MINI = models.list_configurations()["mini"].options


@click.command()
@click.argument("wide")
@click.argument("output")
@click.option("--foregrounds", required=True, multiple=True)
@click.option("--backgrounds", required=True)
@click.option("--samples", default=24, show_default=True)
@click.option("--size", default=320, show_default=True)
@click.option("--width", default=1.0, show_default=True, help="Of the channels stay so many.")
@click.option("--tail-width", default=MINI["tail_width"], show_default=True, help="Of these, in the tail.")
@click.option("--separable", is_flag=True, help="The decoder's convolutions are depthwise and 1x1 ones.")
def main(wide, output, foregrounds, backgrounds, samples, size, width, tail_width, separable):
    """Write the first weights of the configuration `mini`."""
    composed = data.MattingSequence(
        [data.ImageFolder(folder, data.read_training_foreground) for folder in foregrounds],
        data.ImageFolder(backgrounds),
        recipe="real",
        batch_size=samples,
        steps=1,
        size=size,
    )
    narrow = models.matting_model("mini", width=width, tail_width=tail_width, separable_decoder=separable)
    Narrowing(models.network_of(wide), narrow).fit(composed[0][0])
    narrow.save_weights(output)
    click.echo(f"{narrow.count_params():,} parameters in {output}")


class Map(NamedTuple):
    """What both networks have at one place, and which of the wide one's channels the narrow one keeps."""

    wide: np.ndarray
    narrow: np.ndarray
    kept: np.ndarray
    offset: np.ndarray = 0.0  # what the wide one has more on average, which batch normalisation sees to


class Narrowing:
    """Fits a network to a wider one of the same layers."""

    def __init__(self, wide, narrow):
        self.wide, self.narrow = wide, narrow
        self.random = np.random.default_rng(0)

    def fit(self, inputs):
        """Fit all weights to what the wide network makes of samples of shape `(N, H, W, 4)`."""
        self.unknown = inputs[..., 3] == data.trimap.UNKNOWN
        x = Map(
            *(array(network.get_layer("normalize")(inputs)) for network in (self.wide, self.narrow)),
            np.arange(4),
        )
        skips, decoder_indices = [], {}
        for stage in range(STAGES):
            x = self.encoder_stage(stage, x)
            if stage + 1 == STAGES:
                break
            skip = x
            if self.has(f"index_{stage}"):
                indices = self.index_block(stage, x)
                pools = self.both(f"pool_{stage}")
                pooled = [
                    [array(part) for part in pool(features, encoder_index)]
                    for pool, features, (encoder_index, _) in zip(pools, x[:2], indices, strict=True)
                ]
                x, skip = (Map(*parts, x.kept) for parts in zip(*pooled, strict=True))
                decoder_indices[stage] = [decoder_index for _, decoder_index in indices]
            skips.append(skip)
        x = self.aspp(x, skips[6].kept)
        for stage in reversed(range(STAGES - 1)):
            if stage in decoder_indices:
                layers = self.both(f"upsample_{stage}")
                raised = [
                    array(layer(features, index))
                    for layer, features, index in zip(layers, x[:2], decoder_indices[stage], strict=True)
                ]
                x = Map(*raised, x.kept)
            x = self.decoder_stage(stage, x, skips)
        normalization = self.both("head_bn")
        made = self.convolved(*self.both("head_conv"), x, np.arange(1), normalization[0])
        self.normalized(made, *normalization)
        narrow_head = self.narrow.get_layer("alpha")
        narrow_head.set_weights(self.wide.get_layer("alpha").get_weights())

    def has(self, name):
        return any(layer.name == name for layer in self.wide.layers)

    def both(self, name):
        return self.wide.get_layer(name), self.narrow.get_layer(name)

    def encoder_stage(self, number, x):
        wide, narrow = (network.encoder_stages[number] for network in (self.wide, self.narrow))
        of_stage = self.most_of_stage(number, wide, narrow.output.shape[-1])
        maps = {}  # by the tensors of the wide stage's graph
        for layer in wide.layers:
            if isinstance(layer, InputLayer):
                maps[id(layer.output)] = x
                continue
            inputs = keras.tree.map_structure(lambda tensor: maps[id(tensor)], layer.input, none_is_leaf=False)
            target = narrow.get_layer(layer.name)
            if isinstance(layer, BatchNormalization):
                made = self.normalized(inputs, layer, target)
            elif isinstance(layer, DepthwiseConv2D):
                made = self.filtered(layer, target, inputs, wide.get_layer(f"{layer.name}_BN"))
            elif layer.name.endswith("expand"):
                own = self.most_of_expansion(wide, layer.name, target.filters)
                made = self.convolved(layer, target, inputs, own, wide.get_layer(f"{layer.name}_BN"))
            elif layer.name.endswith("Conv1"):
                made = self.convolved(layer, target, inputs, of_stage, wide.get_layer("encoder_bn_Conv1"))
            elif isinstance(layer, Conv2D):
                made = self.convolved(layer, target, inputs, of_stage)
            elif isinstance(layer, Add):
                first, second = inputs
                made = Map(first.wide + second.wide, first.narrow + second.narrow, first.kept)
            else:
                made = activated(layer, inputs)
            maps[id(layer.output)] = made
        return maps[id(wide.output)]

    def most_of_stage(self, number, wide, count):
        """Return which channels of a stage's output are read with the largest weights."""
        readers = [layer for layer in wide.layers if layer.name.endswith("expand")][1:]
        if number + 1 < STAGES:
            following = self.wide.encoder_stages[number + 1].layers
            readers.append(next(layer for layer in following if isinstance(layer, Conv2D | DepthwiseConv2D)))
            decoder = weights_of_inputs(self.wide.get_layer(f"decoder_{number}_conv"))
            importance = decoder[len(decoder) // 2 :]
        else:
            importance = weights_of_inputs(self.wide.get_layer("aspp").branches[0].layers[0])
        importance = importance + sum(weights_of_inputs(reader) for reader in readers)
        gains = [np.abs(array(layer.gamma)) for layer in wide.layers if isinstance(layer, BatchNormalization)]
        return most(importance * sum(gain for gain in gains if len(gain) == len(importance)), count)

    def most_of_expansion(self, wide, name, count):
        gain = array(wide.get_layer(name.replace("expand", "depthwise_BN")).gamma)
        return most(np.abs(gain) * weights_of_inputs(wide.get_layer(name.replace("expand", "project"))), count)

    def index_block(self, stage, x):
        """Fit the columns of a linear one-to-one block, and return both networks' indices."""
        blocks = self.both(f"index_{stage}")
        for column, target in zip(*(block.columns for block in blocks), strict=True):
            self.filtered(column.layers[0], target.layers[0], x)
        return [
            [array(index) for index in block(features)] for block, features in zip(blocks, x[:2], strict=True)
        ]

    def aspp(self, x, of_output):
        wide, narrow = self.both("aspp")
        width = wide.branch_filters
        reading = weights_of_inputs(wide.project.layers[0])
        parts = []
        for number, (branch, target) in enumerate(
            zip((*wide.branches, wide.mean_branch), (*narrow.branches, narrow.mean_branch), strict=True)
        ):
            made = x
            if branch is wide.mean_branch:
                made = Map(*(features.mean((1, 2), keepdims=True) for features in x[:2]), x.kept)
            own = most(
                reading[number * width :][:width] * np.abs(array(branch.layers[-2].gamma)),
                narrow.branch_filters,
            )
            made = self.unit(branch.layers, target.layers, made, own)
            repeated = [np.broadcast_to(part, (*x.wide.shape[:3], part.shape[-1])) for part in made[:2]]
            parts.append(Map(*repeated, own + number * width))
        wides, narrows, kept, _ = zip(*parts, strict=True)
        joined = Map(*(np.concatenate(part, axis=-1) for part in (wides, narrows, kept)))
        return self.unit(wide.project.layers, narrow.project.layers, joined, of_output)

    def unit(self, layers, targets, x, own):
        for layer, target, following in zip(layers, targets, [*layers[1:], None], strict=True):
            if isinstance(layer, DepthwiseConv2D):
                x = self.filtered(layer, target, x, following)
            elif isinstance(layer, Conv2D):
                x = self.convolved(layer, target, x, own, following)
            elif isinstance(layer, BatchNormalization):
                x = self.normalized(x, layer, target)
            else:
                x = activated(layer, x)
        return x

    def decoder_stage(self, stage, x, skips):
        skip = skips[stage]
        kept = np.concatenate([x.kept, x.wide.shape[-1] + skip.kept])
        x = Map(*(np.concatenate(pair, axis=-1) for pair in zip(x[:2], skip[:2], strict=True)), kept)
        wide, convolution = self.both(f"decoder_{stage}_conv")
        own = skips[max(stage - 1, 0)].kept
        if self.narrow.separable_decoder:
            x = self.split(wide, self.narrow.get_layer(f"decoder_{stage}_depthwise"), x, own)
        normalization = self.both(f"decoder_{stage}_bn")
        x = self.normalized(self.convolved(wide, convolution, x, own, normalization[0]), *normalization)
        return activated(self.wide.get_layer(f"decoder_{stage}_relu"), x)

    def split(self, wide, depthwise, x, own):
        """Fit the depthwise one of the two convolutions that stand for a dense one."""
        target = array(wide(x.wide))[..., own]
        places = self.places(target)
        filters = separable_least_squares(patches(x.narrow, places, depthwise.kernel.shape[0]), target[places])
        depthwise.set_weights([filters.reshape(depthwise.kernel.shape)])
        return Map(x.wide, array(depthwise(x.narrow)), x.kept)

    def places(self, features):
        """Return random places of a map, half of them where alpha is unknown."""
        count, height, width, _ = features.shape
        step = self.unknown.shape[1] // height if height > 1 else 1
        unknown = np.argwhere(self.unknown[:, ::step, ::step]) if height > 1 else np.zeros((0, 3), int)
        anywhere = self.random.integers((count, height, width), size=(PLACES, 3))
        if len(unknown):
            anywhere[: PLACES // 2] = unknown[self.random.integers(len(unknown), size=PLACES // 2)]
        return tuple(anywhere.T)

    def convolved(self, wide, narrow, x, own, normalization=None):
        """Fit a convolution, all of whose outputs see all inputs.

        Args:
            wide: `keras.layers.Conv2D` of the wide network.
            narrow: that of the narrow one.
            x: `Map` of their inputs.
            own: int array, which of the outputs the narrow network keeps.
            normalization: batch normalisation of the wide network, behind which a ReLU6 follows. None: what
                follows sees all values.

        Returns:
            `Map` of their outputs.
        """
        result = array(wide(x.wide))
        target = result[..., own]
        places = self.places(target)
        seen = patches(x.narrow, places, narrow.kernel.shape[0])
        low, high = bounds(normalization, own)
        kernel, offset = least_squares(
            seen.reshape(PLACES, -1), target[places], wide_kernel(wide, narrow, x.kept, own), low, high
        )
        narrow.set_weights([kernel.reshape(narrow.kernel.shape)])
        return Map(result, array(narrow(x.narrow)), own, offset)

    def filtered(self, wide, narrow, x, normalization=None):
        """Fit a depthwise convolution, as `convolved` does another."""
        result = array(wide(x.wide))
        target = result[..., x.kept]
        places = self.places(target)
        size, stride, dilation = narrow.kernel.shape[0], narrow.strides[0], narrow.dilation_rate[0]
        seen = patches(x.narrow, places, size, stride, dilation)
        of_channels = (
            np.moveaxis(seen, -1, 0),
            target[places].T[..., np.newaxis],
            array(wide.kernel)[:, :, x.kept].reshape(size * size, -1, 1).swapaxes(0, 1),
            *bounds(normalization, x.kept),
        )
        channels = zip(*of_channels, strict=True)
        fits = [least_squares(*of_channel) for of_channel in channels]
        kernel, offset = (np.concatenate(part, axis=-1) for part in zip(*fits, strict=True))
        narrow.set_weights([kernel.reshape(narrow.kernel.shape)])
        return Map(result, array(narrow(x.narrow)), x.kept, offset)

    def normalized(self, x, wide, narrow):
        gamma, beta, mean, variance = (weight[x.kept] for weight in wide.get_weights())
        narrow.set_weights([gamma, beta, mean - x.offset, variance])
        return Map(array(wide(x.wide)), array(narrow(x.narrow)), x.kept)


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def activated(layer, x):
    return Map(array(layer(x.wide)), array(layer(x.narrow)), x.kept)


def weights_of_inputs(convolution):
    """Return the mean size of the weights with which a convolution sees each of its inputs."""
    return np.abs(array(convolution.kernel)).mean((0, 1, 3))


def most(importance, count):
    return np.sort(np.argsort(-importance)[:count])


def patches(features, places, size, stride=1, dilation=1):
    """Return what a convolution sees at some places of its output: `(places, size * size, channels)`."""
    border = (size - 1) * dilation + 1 - stride
    before = border // 2
    padded = np.pad(features, ((0, 0), (before, border - before), (before, border - before), (0, 0)))
    number, row, column = places
    taps = [
        padded[number, row * stride + i * dilation, column * stride + j * dilation]
        for i in range(size)
        for j in range(size)
    ]
    return np.stack(taps, axis=1)


def bounds(normalization, kept):
    """Return below and above which value of a convolution the ReLU6 behind its normalisation is constant."""
    if normalization is None:
        return np.full(len(kept), -np.inf), np.full(len(kept), np.inf)
    gamma, beta, mean, variance = (weight[kept].astype(np.float64) for weight in normalization.get_weights())
    gain = gamma / np.sqrt(variance + normalization.epsilon)
    gain = np.where(np.abs(gain) < 1e-6, 1e-6, gain)
    ends = np.sort([mean - beta / gain, mean + (6 - beta) / gain], axis=0)
    return ends[0], ends[1]


def wide_kernel(wide, narrow, kept, own):
    """Return the wide convolution's weights of what the narrow one has of it: its middle, and some channels."""
    size = narrow.kernel.shape[0]
    if wide.kernel.shape[0] > size == 1:  # behind filters, which are what the middle is not
        return np.zeros((len(kept), len(own)))
    border = (wide.kernel.shape[0] - size) // 2
    middle = array(wide.kernel)[border : border + size, border : border + size]
    return middle[:, :, kept][..., own].reshape(-1, len(own))


def least_squares(seen, target, near, low=-np.inf, high=np.inf):
    """Return the weights, `near` given ones, and the constant that make `target` of what is seen.

    Where that is below `low` or above `high`, what is made has to be so, too, and no more. Zhang et al., TPAMI
    2016, "Accelerating very deep convolutional networks", sec. 3.2.
    """
    mean = seen.mean(0)
    centred = (seen - mean).astype(np.float64)
    products = centred.T @ centred
    wanted, made_near = target, centred @ near
    for _ in range(TURNS):
        middle = wanted.mean(0)
        weights = near + solved(products, centred.T @ (wanted - middle - made_near))
        made = centred @ weights + middle
        wanted = np.where(target < low, np.minimum(made, low), target)
        wanted = np.where(target > high, np.maximum(made, high), wanted)
        if not (np.isfinite(low) | np.isfinite(high)).any():
            break
    return weights.astype(np.float32), (middle - mean @ weights).astype(np.float32)


def separable_least_squares(seen, target):
    """Return the filters, one for each input, from which a 1x1 convolution makes `target` best.

    Filters and 1x1 weights are fitted in turns, which starts with those of the dense kernel's nearest product.
    """
    taps, inputs = seen.shape[1:]
    seen = seen.reshape(len(seen), -1)
    centred = (seen - seen.mean(0)).astype(np.float64)
    products, answers = centred.T @ centred, centred.T @ (target - target.mean(0))
    dense = solved(products, answers).reshape(taps, inputs, -1)
    left, _, _ = np.linalg.svd(dense.transpose(1, 0, 2), full_matrices=False)
    filters = left[:, :, 0].T
    of_filters = products.reshape(taps, inputs, taps, inputs)
    answers = answers.reshape(taps, inputs, -1)
    for _ in range(TURNS):
        seen_by_weights = np.einsum("ti,tiuj,uj->ij", filters, of_filters, filters, optimize=True)
        weights = solved(seen_by_weights, np.einsum("ti,tio->io", filters, answers))
        seen_by_filters = (of_filters * (weights @ weights.T)[:, None]).reshape(products.shape)
        filters = solved(seen_by_filters, np.einsum("tio,io->ti", answers, weights).ravel()).reshape(
            taps, inputs
        )
    return (filters / (np.linalg.norm(filters, axis=0) + 1e-6)).astype(np.float32)


def solved(products, answers):
    """Solve the normal equations, for a solution that is small where it may be."""
    ridge = RIDGE * np.trace(products) / len(products) + 1e-6
    return np.linalg.solve(products + ridge * np.eye(len(products)), answers)


if __name__ == "__main__":
    main()
