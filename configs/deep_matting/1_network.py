"""Deep Matting's first of three stages, for a GPU: `indexnet train --config configs/deep_matting/1_network.py`.

The encoder-decoder alone, as Xu et al., CVPR 2017, train it on the Adobe data set, which
datasets/adobe_composition_1k.md is about. They do not say for how long; each stage has the steps of the preset.
"""

from dataclasses import replace

from keras_indexnet.training import SETTINGS

settings = replace(
    SETTINGS["paper"],
    configuration="deep_matting",
    # As many as VGG16 and that paper have. With 512, the default, there are 39 million parameters and not 131.
    network_options={"bottom_filters": 4096},
    schedule="constant",
    learning_rate=1e-5,
    encoder_rate=1.0,
    foregrounds=("data/Combined_Dataset",),
    backgrounds="data/train2014",  # MS COCO
    output="runs/deep_matting_1",
)
