"""Prints where a network's error lies, by true alpha, and how much haze is inside of solid subjects.

    python benchmarks/errors_by_alpha.py alphamatting --model indexnet_base

The parts of SAD add up to the SAD of `indexnet evaluate`. Haze is the share of unknown pixels of true alpha 1
that are predicted below 0.98, over the unknown regions of all photographs together.
"""

import click
import numpy as np

from keras_indexnet import data, inference
from keras_indexnet.data.trimap import UNKNOWN

HAZY = 0.98 * 255
# From one of 255 to the next, the last of them included; 0 and 1 are on their own.
RANGES = {
    "0": (-1, 0),
    "to 0.1": (0, 25),
    "to 0.3": (25, 76),
    "to 0.7": (76, 178),
    "to 0.9": (178, 229),
    "below 1": (229, 254),
    "1": (254, 255),
}


@click.command()
@click.argument("folder")
@click.option("--model", "models", multiple=True, default=["indexnet_base"], help="Preset or file; repeatable.")
@click.option("--trimaps", default="trimap1", show_default=True)
def main(folder, models, trimaps):
    """Matte the photographs of FOLDER and sum the errors of each range of true alpha."""
    photographs = data.read_photographs(folder, trimaps)
    click.echo("| network | | " + " | ".join(RANGES) + " | SAD | haze |")
    click.echo("|---" * (len(RANGES) + 4) + "|")
    for name in models:
        network = inference.open_model(name)
        high, low = np.zeros((2, len(RANGES)))
        hazy = solid = 0
        for photograph in photographs:
            unknown = photograph.trimap == UNKNOWN
            matte = inference.predict_alpha(network, photograph.image, photograph.trimap)
            alpha = data.eight_bit_matte(matte)[unknown].astype(int)
            truth = photograph.alpha[unknown].astype(int)
            for place, (above, last) in enumerate(RANGES.values()):
                difference = (alpha - truth)[(truth > above) & (truth <= last)] / 255 / 1000 / len(photographs)
                high[place] += difference.clip(min=0).sum()
                low[place] -= difference.clip(max=0).sum()
            hazy += np.sum((truth == 255) & (alpha < HAZY))
            solid += np.sum(truth == 255)
        rows = {
            "too high": (*high, high.sum(), None),
            "too low": (*low, low.sum(), None),
            "both": (*(high + low), (high + low).sum(), hazy / solid),
        }
        for kind, values in rows.items():
            *sads, haze = values
            cells = [f"{sad:.3f}" for sad in sads] + ["" if haze is None else f"{haze:.1%}"]
            click.echo(f"| {name} | {kind} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
