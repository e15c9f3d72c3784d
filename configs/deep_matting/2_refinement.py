"""Deep Matting's second stage: a refinement behind the network of the first, which stays as it is."""

from dataclasses import replace
from pathlib import Path

from keras_indexnet.training import read_config

settings = replace(
    read_config(Path(__file__).with_name("1_network.py")),
    configuration=None,  # that of the weights
    network_options=None,
    weights="runs/deep_matting_1/last.keras",
    stage="refinement",
    alpha_weight=1.0,  # the alpha-prediction loss alone; the paper also leaves out the random widths of trimaps
    output="runs/deep_matting_2",
)
