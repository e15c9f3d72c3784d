"""A network for your own cut-outs, without a GPU: `indexnet train --config configs/cutouts.py`."""

from dataclasses import replace

from keras_indexnet.training import SETTINGS

settings = replace(
    SETTINGS["budget"],
    # RGBA images, one or more folders of them; or a folder with `image` and `alpha` in it.
    foregrounds=("data/cutouts",),
    # Photographs without people, hair or fur make the best backgrounds: their alpha is not known.
    backgrounds="data/photographs",
    # Half of the samples show drawn foregrounds: a few hundred cut-outs alone are learned by heart. Kinds that
    # yours lack are worth drawing more often; docs/understand/procedural.md shows what there is.
    procedural=0.5,
    procedural_shares={"hair": 3.0, "fur": 2.0, "leaves": 1.0, "lace": 1.0, "smoke": 1.0, "feather": 1.0},
    # Going on from the shipped weights saves hours; None begins with the encoder of ImageNet.
    weights="indexnet_base",
    learning_rate=1e-3,  # a quarter of the preset's: the weights are good already
    # The rate falls to 0 over exactly this time, so a shorter run is not a part of a longer one.
    minutes=180.0,
    # Photographs with true alpha, never trained on, that choose the network which is kept as best.keras.
    validation="data/validation",
    output="runs/cutouts",
)
