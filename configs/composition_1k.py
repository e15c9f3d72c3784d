"""The paper's experiment on the Adobe data set, for a GPU: `indexnet train --config configs/composition_1k.py`.

datasets/adobe_composition_1k.md says where the data set comes from and how it is evaluated.
"""

from dataclasses import replace

from keras_indexnet.training import SETTINGS

settings = replace(
    SETTINGS["paper"],
    foregrounds=("data/Combined_Dataset",),
    backgrounds="data/train2014",  # MS COCO
    output="runs/composition_1k",
)
