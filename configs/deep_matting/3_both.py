"""Deep Matting's third stage: network and refinement learn together."""

from dataclasses import replace
from pathlib import Path

from keras_indexnet.training import read_config

settings = replace(
    read_config(Path(__file__).with_name("2_refinement.py")),
    weights="runs/deep_matting_2/last.keras",
    stage="both",
    alpha_weight=0.5,
    output="runs/deep_matting_3",
)
