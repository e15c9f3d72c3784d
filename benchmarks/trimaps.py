"""Mattes photographs from trimaps that were made from masks and boxes, and prints how well that goes.

    python benchmarks/trimaps.py --photographs alphamatting

The photographs are reduced to 384 pixels. Masks and boxes come from their true alpha. SAD is that of the whole
photograph, in thousands, since each way leaves other pixels unknown.
"""

import time

import click
import cv2
import numpy as np

from keras_indexnet import data, inference
from keras_indexnet.data.trimap import UNKNOWN

LONGER_SIDE = 384
THIN = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))  # what a coarse mask loses, in pixels


@click.command()
@click.option("--photographs", required=True, help="Folder with image, alpha and trimap1.")
@click.option("--model", default="indexnet_base", show_default=True, help="A preset or a file.")
def main(photographs, model):
    """Matte with true masks, coarse masks and boxes, each with a second look, too."""
    photographs = [reduced(photograph) for photograph in data.read_photographs(photographs)]
    network = inference.open_model(model)
    click.echo("| trimap from | SAD | after a second look | better on | SAD of each |\n|---|---|---|---|---|")
    for name, make in WAYS.items():
        pairs = [errors_of(network, photograph, make(photograph)) for photograph in photographs]
        first, second = np.mean(pairs, axis=0)
        better = sum(before - after > 0.01 for before, after in pairs)
        each = ", ".join(f"{before:.1f}" for before, _ in pairs)
        click.echo(f"| {name} | {first:.2f} | {second:.2f} | {better} of {len(pairs)} | {each} |")
    click.echo(agreement(photographs))


def reduced(photograph):
    """Return image, trimap and alpha with the longer side of all three reduced."""
    scale = LONGER_SIDE / max(photograph.trimap.shape)
    size = [round(scale * length) for length in photograph.trimap.shape[::-1]]
    image, alpha = (
        cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        for picture in (photograph.image, photograph.alpha)
    )
    return data.Photograph(
        photograph.name, image, cv2.resize(photograph.trimap, size, interpolation=cv2.INTER_NEAREST), alpha
    )


def true_mask(photograph):
    return photograph.alpha > 127


def coarse_mask(photograph):
    return cv2.morphologyEx(true_mask(photograph).astype(np.uint8), cv2.MORPH_OPEN, THIN) > 0


def from_box(photograph):
    return data.trimap_from_box(photograph.image, cv2.boundingRect(true_mask(photograph).astype(np.uint8)))


WAYS = {
    "a true mask, width 0.5 %": lambda photograph: data.trimap_from_mask(true_mask(photograph), 0.005),
    "a true mask, width 2 %": lambda photograph: data.trimap_from_mask(true_mask(photograph), 0.02),
    "a true mask, width 4 %": lambda photograph: data.trimap_from_mask(true_mask(photograph), 0.04),
    "a mask without thin parts, width 1 %": lambda photograph: data.trimap_from_mask(
        coarse_mask(photograph), 0.01
    ),
    "a box": from_box,
    "hand, trimap 1": lambda photograph: photograph.trimap,
}


def errors_of(network, photograph, trimap):
    """SAD with a trimap, and with the trimap that grew where the first matte was uncertain at its border."""
    alpha = inference.predict_alpha(network, photograph.image, trimap)
    grown = data.grow_unknown_region(trimap, alpha)
    return sad(alpha, photograph), sad(inference.predict_alpha(network, photograph.image, grown), photograph)


def sad(alpha, photograph):
    return np.abs(alpha - photograph.alpha / 255).sum() / 1000


def agreement(photographs):
    """How trimaps from boxes compare with those drawn by hand, in one sentence."""
    agreeing, hidden, seconds = [], [], []
    for photograph in photographs:
        began = time.perf_counter()
        trimap = from_box(photograph)
        seconds.append(time.perf_counter() - began)
        both = (trimap != UNKNOWN) & (photograph.trimap != UNKNOWN)
        agreeing.append((trimap == photograph.trimap)[both].mean())
        soft = (photograph.alpha > 10) & (photograph.alpha < 245)
        hidden.append((trimap != UNKNOWN)[soft].mean())
    return (
        f"Boxes: of the pixels known in both, {np.mean(agreeing):.1%} are as in the trimap drawn by hand "
        f"({min(agreeing):.1%} in the worst); {np.mean(hidden):.0%} of the pixels with alpha between 0.04 and "
        f"0.96 are taken for known; {min(seconds):.1f} to {max(seconds):.1f} s."
    )


if __name__ == "__main__":
    main()
