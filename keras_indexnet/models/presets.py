"""Trained weights that come with the package."""

import tempfile
from pathlib import Path

import h5py
import numpy as np

from keras_indexnet.models.matting_network import MattingNetwork

# name -> configuration, arguments of MattingNetwork, what it is, its mean errors on GT01 to GT13 of
# alphamatting.com, trimap 1, as `indexnet evaluate` prints them, and its time on two cores relative to
# indexnet_base, as benchmarks/inference.py prints it (TFLite float16, 512 x 512)
PRESETS = {
    "indexnet_base": {
        "configuration": "m2o_nonlinear_context",
        "options": {"index": "m2o", "nonlinear": True, "context": True, "expansion": 1},
        "description": (
            "The paper's best network as released (e = 1), trained on drawn, rendered and 39 other foregrounds."
        ),
        "errors": {"sad": 5.340, "mse": 0.01465, "grad": 5.855, "conn": 5.082},
        "relative_time": 1.0,
    },
    "indexnet_light": {
        "configuration": "o2o_linear_context",
        "options": {"index": "o2o", "nonlinear": False, "context": True},
        "description": "The paper's small network with context, for phones; begun from indexnet_base.",
        "errors": {"sad": 5.558, "mse": 0.01757, "grad": 6.874, "conn": 5.436},
        "relative_time": 0.85,
    },
}


def list_presets():
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
    shown = ("configuration", "description", "errors", "relative_time")
    return {
        name: {key: preset[key] for key in shown} | {"megabytes": round(_file(name).stat().st_size / 1e6, 1)}
        for name, preset in PRESETS.items()
    }


def load_preset(name, configuration=None, options=None):
    """Build the network of a preset with its weights.

    Args:
        name: str, one of `list_presets()`.
        configuration: str, the configuration that the caller asks for. None: the preset's.
        options: dict of arguments of `MattingNetwork` that the caller asks for. None: the preset's.

    Returns:
        `MattingNetwork`.

    Raises:
        ValueError: if there is no such preset, or it belongs to another configuration or other options.
    """
    if name not in PRESETS:
        raise ValueError(f"There is no preset {name!r}; choose from {', '.join(PRESETS)}.")
    preset = PRESETS[name]
    configuration, options = configuration or preset["configuration"], options or {}
    if preset["configuration"] != configuration:
        raise ValueError(
            f"The preset {name!r} belongs to the configuration {preset['configuration']!r}, "
            f"not to {configuration!r}."
        )
    for option, value in preset["options"].items():
        if options.get(option, value) != value:
            raise ValueError(f"The preset {name!r} has {option}={value!r}, not {options[option]!r}.")
    network = MattingNetwork(**{**options, **preset["options"]}, name=configuration)
    network.load_weights(_file(name))
    return network


def _file(name):
    return Path(__file__).parents[1] / "weights" / f"{name}.weights.h5"


def save_half_precision(network, path):
    """Save a network's weights in float16, half the size, as they are shipped.

    Any network of the same configuration loads the file with `load_weights`, in its own precision. A tensor
    with values beyond float16, which a variance can have, stays float32.

    Args:
        network: `keras.Model` that was not compiled, so that no optimizer's state is saved with it.
        path: str or path ending in `.weights.h5`.

    Raises:
        ValueError: if a weight is not finite.
    """
    with tempfile.TemporaryDirectory(dir=Path(path).parent) as folder:
        full, half = Path(folder) / "full.weights.h5", Path(folder) / "half.weights.h5"
        network.save_weights(full)
        with h5py.File(full, "r") as source, h5py.File(half, "w", libver="latest") as target:
            source.visititems(lambda name, item: _copy_half(name, item, target))
        half.replace(path)


def _copy_half(name, item, target):
    if isinstance(item, h5py.Group):
        target.require_group(name).attrs.update(item.attrs)
        return
    weight = item[()]
    if weight.dtype == np.float32:  # not the counters of random generators
        if not np.isfinite(weight).all():
            raise ValueError(f"The weight {name} is not finite.")
        if np.abs(weight).max(initial=0.0) <= np.finfo(np.float16).max:
            weight = weight.astype(np.float16)
    target.create_dataset(name, data=weight)
