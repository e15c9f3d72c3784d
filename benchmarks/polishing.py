"""Prints what polishing by a matting Laplacian gains and costs, in variants, as tables of Markdown.

    python benchmarks/polishing.py --photographs alphamatting --foregrounds renders --backgrounds photographs

Every variant solves (L + diag(w)) x = diag(w) a for the unknown pixels, with another Laplacian L, other weights
w or another alpha a of the network, for the picture as it is or a smaller one. Besides photographs there are
composites of foregrounds, which should be ones that the network was not trained on: what is chosen on thirteen
photographs alone would fit only them. Seconds are those of the network and of polishing together, the median.
"Worst" is the largest change of a picture's SAD against the network alone, "worse" how many pictures have a
larger SAD than without polishing.
"""

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import click
import cv2
import numpy as np
import pymatting
import scipy.sparse

from keras_indexnet import data, inference
from keras_indexnet.data.composition import composite
from keras_indexnet.evaluation import matting_errors
from keras_indexnet.inference.guided_filter import guided_upsampling
from keras_indexnet.inference.polishing import noise_level

ERRORS = {"sad": ".3f", "mse": ".5f", "grad": ".3f", "conn": ".3f"}
# How the network sees a photograph: flipped or not, and magnified by how much.
VIEWS = ((False, 1.0), (True, 1.0), (False, 1.5), (True, 1.5))
PLAIN, FLIPPED_AND_MAGNIFIED = 1, 4  # of how many views, beginning with the first, a is the mean


# Weights: functions of alpha and of the spread of the network's views of it.
def trust(floor=3e-4, end=1e-2, power=32, spread=np.inf):
    """Trust the network where it is nearly 0 or 1, less where its views differ by as much as `spread`."""
    return lambda a, spreads: (floor + end * np.abs(2 * a - 1) ** power) / (1 + (spreads / spread) ** 2)


# Laplacians: functions of the image, float64 in [0, 1], and of the mask of known pixels.
def closed_form(epsilon=1e-7, colours=lambda image: image):
    return lambda image, known: pymatting.cf_laplacian(colours(image), epsilon, is_known=known)


def random_walk(image, known):
    return symmetric(pymatting.rw_laplacian(image))


def learned(image, known):
    return pymatting.lbdm_laplacian(image)


def knn(image, known):
    return symmetric(pymatting.knn_laplacian(image))


def far_neighbours(image, known):
    """The second half of `knn` alone, for which position hardly counts beside colour, and still less here."""
    return symmetric(pymatting.knn_laplacian(image, n_neighbors=[10], distance_weights=[0.03]))


def symmetric(laplacian):
    """Undo that rows were divided by sums of weights; all pixels have the same weight for themselves."""
    sums = 1 / (1 - laplacian.diagonal())
    laplacian = scipy.sparse.diags(sums / sums.mean()) @ laplacian
    laplacian = (laplacian + laplacian.T) / 2
    return laplacian - scipy.sparse.diags(np.asarray(laplacian.sum(axis=1)).ravel())


def linear_light(image):
    return image**2.2


def denoised(image):
    return cv2.bilateralFilter(np.float32(image), 5, 0.05, 2.0).astype(float)


USUAL = closed_form()


@dataclass(frozen=True)
class Variant:
    """A way to polish; without Laplacians there is none."""

    laplacians: tuple[tuple[Callable, float], ...] = ((USUAL, 1.0),)  # with their factors in the sum
    weights: Callable = trust()
    noise: float = np.inf  # all weights are 1 + (noise of the picture / this)^2 times as large
    views: int = PLAIN
    shrinking: float = 1.0  # of the picture, before it is solved for
    rounds: int = 1  # the next one takes the polished alpha for the network's
    margin: float = 0.0  # alphas so near to 0 and 1 become 0 and 1
    shipped: bool = False  # `inference.polish_alpha`


def with_laplacian(laplacian, factor=1.0):
    return Variant(laplacians=((laplacian, factor),))


def beside_the_usual(laplacian, factor):
    return Variant(laplacians=((USUAL, 1.0), (laplacian, factor)))


VARIANTS = {
    "network alone": Variant(laplacians=()),
    "network, flips and scales 1, 1.5": Variant(laplacians=(), views=FLIPPED_AND_MAGNIFIED),
    "as it ships": Variant(shipped=True),
    "as it ships, a with flips and scales": Variant(shipped=True, views=FLIPPED_AND_MAGNIFIED),
    "w = 0.0003 + 0.01 abs(2a-1)^32": Variant(),
    "power 2": Variant(weights=trust(power=2)),
    "power 8": Variant(weights=trust(power=8)),
    "power 16, 0.004 instead of 0.01": Variant(weights=trust(power=16, end=4e-3)),
    "0.001 instead of 0.0003": Variant(weights=trust(floor=1e-3)),
    "w = 0.001 everywhere": Variant(weights=trust(floor=1e-3, end=0.0)),
    "w that grows with noise": Variant(noise=1.5),
    "alphas within 0.005 of 0 and 1 set to 0 and 1": Variant(margin=0.005),
    "picture 1.25 times smaller": Variant(shrinking=1.25),
    "picture 2 times smaller": Variant(shrinking=2.0),
    "1.25 times smaller, w that grows with noise, margin 0.005": Variant(
        shrinking=1.25, noise=1.5, margin=0.005
    ),
    "a with flips and scales": Variant(views=FLIPPED_AND_MAGNIFIED),
    "the same, trusted less where they differ by 0.1": Variant(
        weights=trust(spread=0.1), views=FLIPPED_AND_MAGNIFIED
    ),
    "two rounds": Variant(rounds=2),
    "epsilon 1e-6": with_laplacian(closed_form(1e-6)),
    "colours in linear light": with_laplacian(closed_form(colours=linear_light)),
    "denoised colours (bilateral)": with_laplacian(closed_form(colours=denoised)),
    "random walks": with_laplacian(random_walk, 0.1),
    "learning-based": with_laplacian(learned),
    "KNN": with_laplacian(knn, 0.01),
    "closed form and 0.01 KNN": beside_the_usual(knn, 0.01),
    "closed form and 0.003 far neighbours": beside_the_usual(far_neighbours, 0.003),
    "closed form and 0.01 far neighbours": beside_the_usual(far_neighbours, 0.01),
    "0.003 far neighbours, 1.25 times smaller, noise, margin": Variant(
        laplacians=((USUAL, 1.0), (far_neighbours, 0.003)), shrinking=1.25, noise=1.5, margin=0.005
    ),
}
DEGRADED = {
    "noise of 10 of 255": {"noise": 10.0},
    "JPEG of quality 20": {"quality": 20},
}


@click.command()
@click.option("--photographs", required=True, help="Folder with image, alpha, trimap1 and trimap2.")
@click.option("--foregrounds", required=True, help="Folder of RGBA images, for composites.")
@click.option("--backgrounds", required=True, help="Folder of photographs to lay them over.")
@click.option("--composites", default=40, show_default=True, help="How many.")
@click.option("--model", default="indexnet_base", show_default=True, help="A preset or a file.")
@click.option(
    "--variant", "names", multiple=True, help="Part of a variant's name; again for more. All if none."
)
def main(photographs, foregrounds, backgrounds, composites, model, names):
    """Polish photographs and composites in all variants."""
    network = inference.open_model(model)
    variants = {name: variant for name, variant in VARIANTS.items() if chosen(name, names)}
    for trimap in ("trimap1", "trimap2"):
        show(f"photographs, {trimap}", network, data.read_photographs(photographs, trimap), variants)
    folders = (data.ImageFolder(foregrounds, read=data.read_foreground), data.ImageFolder(backgrounds))
    show("composites", network, [composed(*folders, number) for number in range(composites)], variants)
    for name, how in DEGRADED.items():
        pictures = [composed(*folders, number, **how) for number in range(composites)]
        show(f"composites, {name}", network, pictures, variants)


def chosen(name, parts):
    return not parts or name == next(iter(VARIANTS)) or any(part in name for part in parts)


def composed(foregrounds, backgrounds, number, noise=None, quality=None):
    """Lay a random foreground over a random photograph: a clean trimap, a little noise, every other a JPEG."""
    rng = np.random.default_rng(number)
    foreground = foregrounds[rng.integers(len(foregrounds))].astype(np.float32) / 255
    alpha = foreground[..., 3]
    background = cropped(rng, backgrounds[rng.integers(len(backgrounds))], alpha.shape)
    trimap = data.trimap_from_alpha(alpha, rng.uniform(5, 25))
    usual_noise, usual_quality = rng.uniform(0, 3), rng.integers(70, 96) if number % 2 else None
    if noise is None and quality is None:
        noise, quality = usual_noise, usual_quality
    image = composite(alpha, foreground[..., :3], background.astype(np.float32) / 255) * 255
    if noise is not None:
        image += rng.normal(0, noise, image.shape)
    image = np.clip(np.rint(image), 0, 255).astype(np.uint8)
    if quality is not None:
        _, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(quality)])
        image = cv2.imdecode(encoded, cv2.IMREAD_COLOR)
    return data.Photograph(str(number), image, trimap, data.eight_bit_matte(alpha))


def cropped(rng, picture, shape):
    """Cut a random part out of a photograph, which is enlarged first if it is smaller."""
    scale = max(1, *np.divide(shape, picture.shape[:2]))
    height, width = (
        max(int(np.ceil(scale * length)), least) for length, least in zip(picture.shape, shape, strict=False)
    )
    picture = cv2.resize(picture, (width, height), interpolation=cv2.INTER_CUBIC)
    top, left = rng.integers(height - shape[0] + 1), rng.integers(width - shape[1] + 1)
    return picture[top : top + shape[0], left : left + shape[1]]


def show(title, network, pictures, variants):
    """Print the table of one set of pictures."""
    rows = defaultdict(list)
    for picture in pictures:
        polishing = Polishing(network, picture)
        for name, variant in variants.items():
            alpha, seconds = polishing.result(variant)
            errors = matting_errors(data.eight_bit_matte(alpha), picture.alpha, picture.trimap)
            rows[name].append([*(errors[error] for error in ERRORS), seconds])
    rows = {name: np.array(row) for name, row in rows.items()}
    click.echo(f"\n{len(pictures)} {title}:\n")
    click.echo("| variant | SAD | MSE | Grad | Conn | worst | worse | seconds |")
    click.echo("|---|---|---|---|---|---|---|---|")
    alone = next(iter(rows.values()))[:, 0]
    for name, row in rows.items():
        errors, seconds = row[:, :-1].mean(axis=0), np.median(row[:, -1])
        change = row[:, 0] / np.maximum(alone, 1e-9) - 1
        shown = [format(value, form) for value, form in zip(errors, ERRORS.values(), strict=True)]
        shown += [f"{change.max():+.0%}", str((change > 0).sum()), f"{seconds:.1f}"]
        click.echo("| " + " | ".join([name, *shown]) + " |")


class Polishing:
    """One picture, with the mattes and Laplacians that variants share, and the seconds of each."""

    def __init__(self, network, picture):
        self.network = network
        self.picture = picture
        self._views, self._laplacians = [], {}

    def result(self, variant):
        """Return alpha and the seconds that it takes."""
        views, seconds = self._first_views(variant.views)
        alpha = views.mean(axis=0)
        began = time.perf_counter()
        if variant.shipped:
            alpha = inference.polish_alpha(self.picture.image, self.picture.trimap, alpha)
        elif variant.laplacians:
            alpha, preparing = self._polished(variant, alpha, views.std(axis=0))
            seconds += preparing
        alpha = np.clip((alpha - variant.margin) / (1 - 2 * variant.margin), 0, 1)
        return alpha, seconds + time.perf_counter() - began

    def _first_views(self, count):
        for flip, scale in VIEWS[len(self._views) : count]:
            image, trimap = self.picture.image, self.picture.trimap
            if flip:
                image, trimap = image[:, ::-1].copy(), trimap[:, ::-1].copy()
            began = time.perf_counter()
            alpha = inference.predict_alpha(self.network, image, trimap, scales=(scale,), polish=False)
            self._views.append((alpha[:, ::-1] if flip else alpha, time.perf_counter() - began))
        alphas, seconds = zip(*self._views[:count], strict=True)
        return np.stack(alphas), sum(seconds)

    def _polished(self, variant, alpha, spread):
        """Return the polished alpha, and the seconds that its Laplacians took if they had been there."""
        image, known = self._shrunk(variant.shrinking)
        size = image.shape[1::-1]
        alpha, spread = (resized(values, size).ravel().astype(float) for values in (alpha, spread))
        unknown, known = np.flatnonzero(~known), np.flatnonzero(known)
        parts = [
            (factor, *self._rows(laplacian, variant.shrinking)) for laplacian, factor in variant.laplacians
        ]
        rows = sum(factor * part for factor, part, *_ in parts)
        seconds = sum(taken for _, _, taken, new in parts if not new)
        system = rows[:, unknown]
        right = rows[:, known] @ alpha[known]
        for _ in range(variant.rounds):
            w = variant.weights(alpha, spread)[unknown]
            w *= 1 + (noise_level(self.picture.image) / variant.noise) ** 2
            alpha[unknown] = solution(
                system + scipy.sparse.diags(w), w * alpha[unknown] - right, alpha[unknown]
            )
        alpha = alpha.reshape(image.shape[:2]).astype(np.float32)
        if variant.shrinking != 1:
            alpha = guided_upsampling(alpha, image, self._shrunk(1)[0])
        return data.alpha_with_known_pixels(alpha, self.picture.trimap), seconds

    def _shrunk(self, shrinking):
        """Return the image, float32 in [0, 1], and the mask of known pixels."""
        size = [round(length / shrinking) for length in self.picture.trimap.shape[::-1]]
        image = self.picture.image / np.float32(255)
        known = (self.picture.trimap != data.trimap.UNKNOWN).astype(np.float32)
        return resized(image, size), resized(known, size) == 1

    def _rows(self, laplacian, shrinking):
        """Return a Laplacian's rows of unknown pixels, the seconds that they took, and whether just now."""
        key = (laplacian, shrinking)
        new = key not in self._laplacians
        if new:
            began = time.perf_counter()
            image, known = self._shrunk(shrinking)
            rows = laplacian(image.astype(float), known).tocsr()[np.flatnonzero(~known)]
            self._laplacians[key] = (rows, time.perf_counter() - began)
        return *self._laplacians[key], new


def resized(values, size):
    return cv2.resize(values, size, interpolation=cv2.INTER_AREA)


def solution(system, right, start):
    """Solve a symmetric system by conjugate gradients."""
    preconditioner = pymatting.jacobi(system)
    return pymatting.cg(system.tocsr(), right, x0=start, rtol=1e-5, M=preconditioner).clip(0, 1)


if __name__ == "__main__":
    main()
