"""The trained weights that come with the package, as data."""

from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parents[1] / "weights"


class Preset(NamedTuple):
    """Trained weights and the network that they belong to."""

    configuration: str
    options: dict  # arguments of `MattingNetwork`
    description: str
    errors: dict  # means on GT01 to GT13 of alphamatting.com, trimap 1, as `indexnet evaluate` prints them
    relative_time: float  # on two cores, to indexnet_base: TFLite float16, 512 x 512, benchmarks/inference.py


PRESETS = {
    "indexnet_base": Preset(
        "m2o_nonlinear_context",
        {"index": "m2o", "nonlinear": True, "context": True, "expansion": 1},
        "The paper's best network as released (e = 1), trained on drawn, rendered and other foregrounds.",
        {"sad": 4.559, "mse": 0.01037, "grad": 4.370, "conn": 4.245},
        relative_time=1.0,
    ),
    "indexnet_light": Preset(
        "o2o_linear_context",
        {"index": "o2o", "nonlinear": False, "context": True},
        "The paper's small network with context; begun from indexnet_base.",
        {"sad": 5.124, "mse": 0.01291, "grad": 5.692, "conn": 4.807},
        relative_time=0.86,
    ),
    "indexnet_mini": Preset(
        "mini",
        {"index": "o2o", "nonlinear": False, "context": True, "tail_width": 0.2, "decoder_kernel_size": 3},
        "A network made for phones, 2 MB in 8 bits; begun from indexnet_light.",
        {"sad": 5.431, "mse": 0.01432, "grad": 6.425, "conn": 5.147},
        relative_time=0.57,
    ),
}


def preset_file(name):
    """Return the path of a preset's weights, which are float16."""
    return FOLDER / f"{name}.weights.h5"


def list_presets() -> dict[str, dict]:
    """List the trained weights that come with the package.

    Returns:
        Dict from name to a dict with `configuration`, `description`, `errors` (the mean SAD, MSE, gradient and
        connectivity error on 13 photographs of alphamatting.com), `megabytes` (of the file, in float16) and
        `relative_time` (1.0 for `indexnet_base`).

    Example:

    >>> from keras_indexnet import models
    >>> models.list_presets()["indexnet_base"]["configuration"]
    'm2o_nonlinear_context'
    """
    return {
        name: {
            "configuration": preset.configuration,
            "description": preset.description,
            "errors": preset.errors,
            "relative_time": preset.relative_time,
            "megabytes": round(preset_file(name).stat().st_size / 1e6, 1),
        }
        for name, preset in PRESETS.items()
    }
