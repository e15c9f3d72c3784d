"""Teaches a network, on photographs, what polishing its mattes gains, so that it does without the solver.

    python benchmarks/teaching.py mattes --photographs train/backgrounds
    python benchmarks/teaching.py train --mattes runs/teaching/mattes --backgrounds train/backgrounds \\
        --foregrounds datasets/rendered 9 --foregrounds train/foregrounds/layerdiffuse 2

The first step finds a subject in each photograph with GrabCut, mattes it with a network and polishes the matte.
What comes out is truth of a kind: better than the network where colours decide, and of no use where they do
not, so such pixels have no part in the loss, and photographs full of them are left out. The second step goes on
from the network's weights with crops of these photographs and composites, whose alpha is exact.

Both steps go on where they were stopped when the same command is given again. The train step's folder is that
of `indexnet train`: `log.csv`, and at the end `last.keras`.
"""

import csv
from dataclasses import dataclass, replace
from pathlib import Path

import click
import cv2
import keras
import numpy as np
from pymatting import estimate_foreground_ml

from keras_indexnet import data, inference, training
from keras_indexnet.data.composition_recipe import ColourRanges, CompositionRecipe
from keras_indexnet.data.cropping import cut, square_around
from keras_indexnet.data.resampling import resized
from keras_indexnet.data.trimap import (
    BACKGROUND,
    FOREGROUND,
    UNKNOWN,
    distance_to_soft_region,
    soft_region,
    unknown_region,
)
from keras_indexnet.training import fitting
from keras_indexnet.training.report_progress import ReportProgress
from keras_indexnet.training.saving import save_network
from keras_indexnet.training.write_log import WriteLog
from keras_indexnet.whole_file import whole_file

BOX = 0.08  # of each side of a photograph lies outside of the box in which its subject is looked for
WIDTH = 0.03  # of the trimap's unknown region, of the longer side: GrabCut cuts off fine structures
MARGIN = 64  # pixels that are kept around the unknown region
PICTURES = ("image", "trimap", "alpha", "foreground", "background")  # a folder each
FIGURES = ("unknown", "sure", "cut", "contradicting", "undecided", "soft")  # what decides about a photograph
# Least and greatest of the figures that a photograph may have; the first three are known before it is matted.
LIMITS = {
    "unknown": (0.03, 0.35),
    "sure": (0.05, np.inf),
    "cut": (0.0, 0.1),
    "contradicting": (0.0, 0.15),
    "undecided": (0.0, 0.03),
    "soft": (0.02, 0.25),
}
SAME_COLOUR = 0.15  # distance in RGB of [0, 1] below which foreground and background do not decide alpha
NEARLY = 5  # of 255: alpha so near to 0 or 1 is taken to be that

# The recipe and the settings of the seventh run (docs/experiments/runs/7_thin_hair_and_leaves.md).
MILD = CompositionRecipe(
    crop_scales=(0.67, 1.0, 1.5, 2.0),
    background_covers_frame=False,
    flip_share=0.5,
    unknown_distances=(1, 29),
    wide_share=0.15,
    wide_distances=(30, 60),
    separate_distances=True,
    combine_share=0.25,
    random_kernel=True,
    affine_share=0.3,
    rotation=20.0,
    zoom=(0.8, 1.5),
    foreground_colours_share=0.5,
    foreground_colours=ColourRanges(hue=15.0, saturation=0.2, value=0.2, gamma=0.2, balance=0.08),
    background_colours_share=0.3,
    background_colours=ColourRanges(hue=15.0, saturation=0.15, value=0.15, gamma=0.15, balance=0.08),
    background_blur_share=0.3,
    background_blur=(0.5, 4.0),
    noise_share=0.2,
    noise=0.01,
)
SETTINGS = replace(
    training.SETTINGS["budget"],
    recipe=MILD,
    procedural=0.3,
    procedural_count=400,
    size=320,
    batch_size=4,
    workers=1,
    precision="mixed_bfloat16",
    weight_average=0.998,
)


@click.group()
def main():
    """Polished mattes of photographs, and a network that learns from them."""


@main.command()
@click.option("--photographs", required=True, help="Folder of photographs.")
@click.option("--count", type=int, help="How many of them are looked at.  [default: all]")
@click.option("--model", default="indexnet_base", show_default=True, help="A preset or a file.")
@click.option("--output", default="runs/teaching/mattes", show_default=True)
def mattes(photographs, count, model, output):
    """Matte photographs, polish the mattes, and measure what they are good for."""
    network = inference.open_model(model)
    measured = Path(output, "figures.csv")
    rows = read_rows(measured)
    done = {row["name"] for row in rows}
    # In a random order, so that those done until a stop are of all kinds.
    for path in np.random.default_rng(0).permutation(data.list_images(photographs))[:count]:
        if path.stem in done:
            continue
        image = data.read_image(path)
        figures, pictures = matted(network, image)
        for folder, picture in pictures.items():
            data.write_image(Path(output, folder, f"{path.stem}.png"), picture)
        rows.append({"name": path.stem} | {name: f"{value:.4f}" for name, value in figures.items()})
        measured.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(measured) as partial, open(partial, "w", newline="") as file:
            writer = csv.DictWriter(file, ("name", *FIGURES), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        click.echo(rows[-1])
    click.echo(f"{sum(map(is_useful, rows))} of {len(rows)} photographs are useful.")


def read_rows(path):
    """The lines of the figures that were written so far."""
    if not path.is_file():
        return []
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def matted(network, image):
    """Return the figures of a photograph, and its pictures by their folders: none if it is of no use."""
    height, width = image.shape[:2]
    left, top = round(BOX * width), round(BOX * height)
    box = left, top, width - 2 * left, height - 2 * top
    try:
        trimap = data.trimap_from_box(image, box, width=WIDTH)
    except ValueError:  # no subject was found
        return {}, {}
    unknown = trimap == UNKNOWN
    figures = {
        "unknown": unknown.mean(),
        "sure": (trimap == FOREGROUND).sum() / unknown.sum(),
        "cut": cut_by(box, trimap),
    }
    if not all(is_within(name, value) for name, value in figures.items()):
        return figures, {}
    image, trimap = (picture[surroundings(trimap)] for picture in (image, trimap))
    alpha = inference.polish_alpha(image, trimap, inference.predict_alpha(network, image, trimap))
    colours = [
        np.clip(layer, 0.0, 1.0) for layer in estimate_foreground_ml(image / 255, alpha, return_background=True)
    ]
    pictures = [image, trimap, data.eight_bit_matte(alpha)]
    pictures += [np.rint(255 * layer).astype(np.uint8) for layer in colours]
    pictures = dict(zip(PICTURES, pictures, strict=True))
    soft, same = is_soft(pictures["alpha"]), has_same_colours(pictures["foreground"], pictures["background"])
    unknown = trimap == UNKNOWN
    figures |= {
        "contradicting": contradicting(alpha, trimap),
        "undecided": (soft & same)[unknown].mean(),
        "soft": (soft & ~same)[unknown].mean(),
    }
    return figures, pictures


def surroundings(trimap):
    """Slices of the unknown region and what lies near it: the rest takes time and teaches nothing."""
    x, y, width, height = cv2.boundingRect((trimap == UNKNOWN).astype(np.uint8))
    return np.s_[max(0, y - MARGIN) : y + height + MARGIN, max(0, x - MARGIN) : x + width + MARGIN]


def cut_by(box, trimap):
    """The share of a box's outline along which it cuts through the subject.

    There the unknown region reaches as far out of the box as it is wide.
    """
    x, y, width, height = box
    out = round(0.8 * WIDTH * max(trimap.shape))
    outline = np.zeros(trimap.shape, np.uint8)
    cv2.rectangle(outline, (x - out, y - out), (x + width + out, y + height + out), 1)
    return (trimap == UNKNOWN)[outline > 0].mean()


def contradicting(alpha, trimap):
    """The share of the unknown region's border where alpha is not what the trimap says beside it."""
    ring = np.ones((3, 3), np.uint8)
    beside_foreground, beside_background = (
        (cv2.dilate((trimap == level).astype(np.uint8), ring) > 0) & (trimap == UNKNOWN)
        for level in (FOREGROUND, BACKGROUND)
    )
    wrong = (beside_foreground & (alpha < 0.8)) | (beside_background & (alpha > 0.2))
    return wrong.sum() / (beside_foreground | beside_background).sum()


def touches_foreground(trimap):
    """Mark the parts of a subject that hold sure foreground: else nothing says what alpha 1 looks like."""
    _, parts = cv2.connectedComponents((trimap != BACKGROUND).astype(np.uint8))
    return np.isin(parts, parts[trimap == FOREGROUND])


def is_soft(alpha):
    return (alpha > 25) & (alpha < 230)


def has_same_colours(foreground, background):
    difference = foreground.astype(np.float32) - background
    return np.linalg.norm(difference, axis=-1) < 255 * SAME_COLOUR


def is_within(name, value):
    least, greatest = LIMITS[name]
    return least <= value <= greatest


def is_useful(row):
    return all(row.get(name) and is_within(name, float(row[name])) for name in FIGURES)


@main.command()
@click.option("--mattes", required=True, help="Output folder of the first step.")
@click.option("--share", default=0.5, show_default=True, help="Of the samples that are photographs.")
@click.option(
    "--foregrounds", type=(str, float), multiple=True, required=True, help="Folder, and how often it is drawn."
)
@click.option("--backgrounds", required=True, help="Folder of photographs.")
@click.option("--minutes", default=60.0, show_default=True)
@click.option("--learning-rate", default=5e-4, show_default=True)
@click.option("--encoder-rate", default=0.1, show_default=True, help="Of the encoder, beside the others'.")
@click.option("--laplacian-weight", default=0.25, show_default=True, help="Of the Laplacian pyramid loss.")
@click.option("--gradient-weight", default=0.0, show_default=True, help="Of the gradients' loss.")
@click.option("--configuration", default="m2o_nonlinear_context", show_default=True)
@click.option("--weights", default="indexnet_base", show_default=True, help="A preset or a file.")
@click.option("--epoch-steps", default=50, show_default=True, help="Steps from one checkpoint to the next.")
@click.option("--seed", default=81, show_default=True)
@click.option("--output", default="runs/teaching/run", show_default=True)
def train(
    mattes,
    share,
    foregrounds,
    backgrounds,
    minutes,
    learning_rate,
    encoder_rate,
    laplacian_weight,
    gradient_weight,
    configuration,
    weights,
    epoch_steps,
    seed,
    output,
):
    """Go on from the network's weights with photographs and composites."""
    folders, shares = zip(*foregrounds, strict=True)
    settings = replace(
        SETTINGS,
        foregrounds=folders,
        foreground_shares=shares,
        backgrounds=backgrounds,
        minutes=minutes,
        learning_rate=learning_rate,
        encoder_rate=encoder_rate,
        laplacian_weight=laplacian_weight,
        gradient_weight=gradient_weight,
        configuration=configuration,
        weights=weights,
        epoch_steps=epoch_steps,
        seed=seed,
        output=output,
    )
    folder = training.RunFolder(output)
    click.get_current_context().with_resource(folder.locked())
    folder.check(settings, resume=True)
    keras.utils.set_random_seed(seed)
    sequence = MixedSequence(read_mattes(mattes), fitting.training_sequence(settings), share)
    click.echo(f"{len(sequence.mattes)} photographs")
    budget = training.Budget(learning_rate, training.schedules.cosine, minutes=minutes)
    checkpoint = training.Checkpoint(folder.checkpoint, budget, sequence.composites)
    network = fitting.compiled_network(settings)
    epochs_done = checkpoint.restore(network)
    folder.claim(settings)
    folder.forget_after(epochs_done)
    callbacks = [
        keras.callbacks.TerminateOnNaN(),
        budget,
        ReportProgress(budget, settings.batch_size),
        WriteLog(folder.log, budget),
        checkpoint,
    ]
    network.fit(
        sequence,
        initial_epoch=epochs_done,
        epochs=fitting.UNLIMITED_EPOCHS,
        callbacks=callbacks,
        shuffle=False,
        verbose=0,
    )
    save_network(network, folder.last)
    folder.finish()


@dataclass(frozen=True)
class Matte:
    """A photograph, its trimap and polished alpha, and what training needs to know of them; all uint8."""

    image: np.ndarray
    trimap: np.ndarray
    alpha: np.ndarray
    foreground: np.ndarray
    background: np.ndarray
    trusted: np.ndarray  # 1 where alpha may be learned from
    distances: np.ndarray  # from `distance_to_soft_region`


def read_mattes(folder):
    """Read the useful ones of the mattes that the first step wrote."""
    names = [row["name"] for row in read_rows(Path(folder, "figures.csv")) if is_useful(row)]
    return [_read_matte(folder, name) for name in names]


def _read_matte(folder, name):
    image, trimap, alpha, foreground, background = (
        (data.read_gray if kind in ("trimap", "alpha") else data.read_image)(Path(folder, kind, f"{name}.png"))
        for kind in PICTURES
    )
    # Neither the solver's nor PNG's last digits make a pixel soft.
    alpha[alpha <= NEARLY], alpha[alpha >= 255 - NEARLY] = 0, 255
    undecided = is_soft(alpha) & has_same_colours(foreground, background)
    trusted = ((trimap == UNKNOWN) & touches_foreground(trimap) & ~undecided).astype(np.uint8)
    return Matte(image, trimap, alpha, foreground, background, trusted, distance_to_soft_region(alpha))


class MixedSequence(keras.utils.PyDataset):
    """Batches of crops of matted photographs and of composites.

    Args:
        mattes: list of `Matte`.
        composites: `data.MattingSequence`, which also decides the number and the size of batches and samples.
        share: float, of the photographs.
    """

    def __init__(self, mattes, composites, share):
        super().__init__(workers=composites.workers, max_queue_size=composites.max_queue_size)
        self.mattes = mattes
        self.composites = composites
        self.share = share

    def __len__(self):
        return len(self.composites)

    def on_epoch_end(self):
        self.composites.on_epoch_end()

    def __getitem__(self, batch):
        first = batch * self.composites.batch_size
        samples = [self.sample(first + offset) for offset in range(self.composites.batch_size)]
        inputs, targets = zip(*samples, strict=True)
        return np.stack(inputs), np.stack(targets)

    def sample(self, number):
        """Return the input and the target of one sample, as `data.MattingSequence` does."""
        rng = np.random.default_rng([self.composites.seed, self.composites.epoch, number, 1])
        if rng.random() >= self.share:
            return self.composites.sample(number)
        return taught_sample(rng, self.mattes[rng.integers(len(self.mattes))], self.composites.size)


def taught_sample(rng, matte, size):
    """Return the input and the target of a crop of a matted photograph."""
    if rng.random() < 0.5:
        unknown = matte.trimap == UNKNOWN
    else:  # wider or narrower, as other people would paint it
        unknown = unknown_region(matte.alpha, matte.distances, rng.integers(1, 40, size=2, endpoint=True))
    pixel = np.unravel_index(rng.choice(np.flatnonzero(unknown & (matte.trusted > 0))), unknown.shape)
    square = square_around(pixel, round(size / rng.uniform(1.0, 1.5)), unknown.shape)
    step = rng.choice((1, -1))  # -1 exchanges left and right

    def cropped(picture, kernel=None):
        return resized(np.ascontiguousarray(cut(picture, square)[:, ::step]), size, kernel)

    image, foreground, background = (
        cropped(picture).astype(np.float32) for picture in (matte.image, matte.foreground, matte.background)
    )
    alpha = cropped(matte.alpha) / np.float32(255)
    unknown = cropped(unknown.astype(np.uint8), cv2.INTER_NEAREST) > 0
    # Resizing makes a soft pixel out of a hard edge; the trimap must not claim to know its alpha.
    unknown |= soft_region(alpha)
    trusted = unknown & (cropped(matte.trusted, cv2.INTER_NEAREST) > 0)
    inputs = cv2.merge([image, np.where(unknown, np.float32(UNKNOWN), alpha * 255)])
    return inputs, data.matting_target(alpha, trusted, foreground / 255, background / 255)


if __name__ == "__main__":
    main()
