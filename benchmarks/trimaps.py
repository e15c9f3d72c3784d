"""Mattes photographs from trimaps that were made from masks, boxes and strokes, and prints how well that goes.

    python benchmarks/trimaps.py --photographs alphamatting
    python benchmarks/trimaps.py --photographs alphamatting --backgrounds train/backgrounds

The photographs are reduced to 384 pixels. Masks, boxes and strokes come from their true alpha. SAD is that of
the whole photograph, in thousands, since each way leaves other pixels unknown.

With backgrounds, boxes and strokes are tried on the photographs at 800 pixels, and on composites: foregrounds
(datasets/rendered, or --foregrounds) from a tenth to eight tenths of a frame of 1200 pixels, somewhere in it.
Boxes are up to 10 % too large on each side. The error is SAD as a share of the subject's pixels, since the
subjects are of all sizes.
"""

import time
from pathlib import Path

import click
import cv2
import numpy as np

from keras_indexnet import data, inference
from keras_indexnet.data.trimap import FOREGROUND, UNKNOWN
from keras_indexnet.errors import IndexNetError

LONGER_SIDE = 384
RENDERED = str(Path(__file__).parents[1] / "datasets" / "rendered")
THIN = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))  # what a coarse mask loses, in pixels


@click.command()
@click.option("--photographs", required=True, help="Folder with image, alpha and trimap1.")
@click.option("--model", default="indexnet_base", show_default=True, help="A preset or a file.")
@click.option("--backgrounds", help="Folder of photographs, to lay foregrounds over.")
@click.option("--foregrounds", default=RENDERED, show_default=True, help="Folder of cut-outs.")
@click.option("--composites", default=22, show_default=True, help="How many.")
def main(photographs, model, backgrounds, foregrounds, composites):
    """Matte with true masks, coarse masks and boxes, each with a second look, too; or by boxes and strokes."""
    network = inference.open_model(model)
    photographs = data.read_photographs(photographs)
    if backgrounds is not None:
        try_selecting(network, photographs, foregrounds, backgrounds, composites)
        return
    photographs = [reduced(photograph, LONGER_SIDE) for photograph in photographs]
    click.echo("| trimap from | SAD | after a second look | better on | SAD of each |\n|---|---|---|---|---|")
    for name, make in WAYS.items():
        pairs = [errors_of(network, photograph, make(photograph)) for photograph in photographs]
        first, second = np.mean(pairs, axis=0)
        better = sum(before - after > 0.01 for before, after in pairs)
        each = ", ".join(f"{before:.1f}" for before, _ in pairs)
        click.echo(f"| {name} | {first:.2f} | {second:.2f} | {better} of {len(pairs)} | {each} |")
    click.echo(agreement(photographs))


def reduced(photograph, longer_side):
    """Return image, trimap and alpha with the longer side of all three reduced."""
    scale = longer_side / max(photograph.trimap.shape)
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


def try_selecting(network, photographs, foregrounds, backgrounds, number):
    """Print a table of boxes and strokes, on photographs and on composites."""
    cases = {
        "photographs": [reduced(photograph, 800) for photograph in photographs],
        "composites": list(composites(foregrounds, backgrounds, number)),
    }
    click.echo("| trimap from | on | error, % of the subject | median | 1 - IoU | IoU < 0.5 | s |")
    click.echo("|---|---|---:|---:|---:|---:|---:|")
    for name, make in SELECTIONS.items():
        for kind, pictures in cases.items():
            rng = np.random.default_rng(0)
            results = [selected(network, picture, make, rng) for picture in pictures]
            error, missed, seconds = np.transpose(results)
            click.echo(
                f"| {name} | {kind} | {error.mean():.2f} | {np.median(error):.2f} | {missed.mean():.3f} "
                f"| {(missed > 0.5).sum()} of {len(missed)} | {np.median(seconds):.1f} |"
            )


def selected(network, picture, make, rng):
    """Return the matte's error in per cent of the subject, 1 - IoU of what is above a half, and seconds."""
    began = time.perf_counter()
    try:
        trimap = make(picture, rng)
    except IndexNetError:  # nothing was found
        trimap = np.zeros(picture.alpha.shape, np.uint8)
    seconds = time.perf_counter() - began
    alpha = trimap / 255
    if (trimap == UNKNOWN).any():
        alpha = inference.predict_alpha(network, picture.image, trimap)
    ours, truth = alpha > 0.5, true_mask(picture)
    error = 1000 * sad(alpha, picture) / (picture.alpha > 0).sum()
    return 100 * error, 1 - (ours & truth).sum() / (ours | truth).sum(), seconds


def composites(foregrounds, backgrounds, number):
    """Lay foregrounds over photographs, each with its size and place by chance, but the same for a number."""
    rng = np.random.default_rng(5)
    foregrounds, backgrounds = data.list_images(foregrounds), data.list_images(backgrounds)
    foregrounds = [path for path in foregrounds if not is_transparent(data.read_foreground(path))]
    for path in rng.choice(foregrounds, number, replace=number > len(foregrounds)):
        rgba = data.read_foreground(path)
        x, y, width, height = cv2.boundingRect((rgba[..., 3] > 127).astype(np.uint8))
        behind = data.read_image(rng.choice(backgrounds))
        behind = cv2.resize(behind, None, fx=(scale := 1200 / max(behind.shape)), fy=scale)
        share = np.exp(rng.uniform(np.log(0.1), np.log(0.8)))
        scale = min(
            share * 1200 / max(width, height), 0.9 * behind.shape[0] / height, 0.9 * behind.shape[1] / width
        )
        rgba = rgba[y : y + height, x : x + width].astype(np.float32)
        rgba[..., :3] *= rgba[..., 3:] / 255
        rgba = cv2.resize(rgba, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        height, width = rgba.shape[:2]
        top, left = rng.integers(behind.shape[0] - height), rng.integers(behind.shape[1] - width)
        place = slice(top, top + height), slice(left, left + width)
        alpha = np.zeros(behind.shape[:2], np.uint8)
        alpha[place] = np.rint(rgba[..., 3])
        behind[place] = np.rint(rgba[..., :3] + behind[place] * (1 - rgba[..., 3:] / 255))
        yield data.Photograph(path.stem, behind, alpha, alpha)


def is_transparent(rgba):
    """Whether there is no solid part, such as in glass, smoke and veils: no box is for them."""
    return (rgba[..., 3] > 250).sum() < 0.3 * (rgba[..., 3] > 10).sum()


def from_loose_box(picture, rng):
    return data.trimap_from_box(picture.image, loose_box(picture.alpha, rng))


def loose_box(alpha, rng):
    """The bounding box of a subject, with up to a tenth more on each side."""
    x, y, width, height = cv2.boundingRect((alpha > 127).astype(np.uint8))
    left, top, right, bottom = rng.uniform(0, 0.1, 4)
    return (
        round(x - left * width),
        round(y - top * height),
        round((1 + left + right) * width),
        round((1 + top + bottom) * height),
    )


def from_strokes(picture, rng):
    return data.trimap_from_strokes(picture.image, strokes_of(picture.alpha))


def strokes_of(alpha):
    """Strokes as somebody draws them: through the widest parts of a subject, and around it at a distance."""
    strokes = np.full(alpha.shape, UNKNOWN, np.uint8)
    x, y, width, height = cv2.boundingRect((alpha > 127).astype(np.uint8))
    thickness = max(3, round(max(width, height) / 40))
    depth = cv2.distanceTransform((alpha > 250).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    points = []
    for _ in range(4):
        _, deepest, _, point = cv2.minMaxLoc(depth)
        if deepest > 1:
            points.append(point)
            cv2.circle(strokes, point, thickness, FOREGROUND, -1)
            cv2.circle(depth, point, round(2 * deepest), 0, -1)
    cv2.polylines(strokes, [np.int32(points)], isClosed=False, color=FOREGROUND, thickness=thickness)
    strokes[(alpha < 250) & (strokes == FOREGROUND)] = UNKNOWN
    more = round(0.15 * max(width, height))
    edge = thickness // 2  # people keep within the photograph
    corners = (
        (max(edge, x - more), max(edge, y - more)),
        (min(alpha.shape[1] - edge, x + width + more), min(alpha.shape[0] - edge, y + height + more)),
    )
    around = cv2.rectangle(np.full(alpha.shape, UNKNOWN, np.uint8), *corners, 0, thickness)
    strokes[(around == 0) & (cv2.dilate(alpha, np.ones((15, 15))) == 0)] = 0
    return strokes


SELECTIONS = {
    "a box, up to 10 % too large": from_loose_box,
    "strokes": from_strokes,
}


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
