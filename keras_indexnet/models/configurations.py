"""The configurations of the paper as data, and the function that builds them."""

from pathlib import Path

import keras

from keras_indexnet.models.matting_network import MattingNetwork
from keras_indexnet.models.mobilenet_v2_encoder import load_imagenet_weights
from keras_indexnet.models.presets import PRESETS, load_preset

# name -> arguments of MattingNetwork (Lu et al., ICCV 2019, tables 1 and 2)
CONFIGURATIONS = {
    "b10": {"index": "max", "aspp": False},
    "b11": {"index": "max"},
    "hin_linear": {"index": "hin", "nonlinear": False, "context": False},
    "hin_linear_context": {"index": "hin", "nonlinear": False, "context": True},
    "hin_nonlinear": {"index": "hin", "nonlinear": True, "context": False},
    "hin_nonlinear_context": {"index": "hin", "nonlinear": True, "context": True},
    "o2o_linear": {"index": "o2o", "nonlinear": False, "context": False},
    "o2o_linear_context": {"index": "o2o", "nonlinear": False, "context": True},
    "o2o_nonlinear": {"index": "o2o", "nonlinear": True, "context": False},
    "o2o_nonlinear_context": {"index": "o2o", "nonlinear": True, "context": True},
    "m2o_linear": {"index": "m2o", "nonlinear": False, "context": False},
    "m2o_linear_context": {"index": "m2o", "nonlinear": False, "context": True},
    "m2o_nonlinear": {"index": "m2o", "nonlinear": True, "context": False},
    "m2o_nonlinear_context": {"index": "m2o", "nonlinear": True, "context": True},
}


def list_configurations():
    """Return the names of the configurations that `matting_model` builds.

    Returns:
        List of str.
    """
    return list(CONFIGURATIONS)


def matting_model(name, weights=None, **options):
    """Build a matting network of the paper, with or without trained weights.

    Args:
        name: str, one of `list_configurations()`.
        weights: None (random), `"imagenet"` (the encoder's, from keras.applications), the name of a preset
            (see `list_presets()`), or a path: a `.keras` file, which training writes, or a `.weights.h5`
            file of such a network.
        **options: further arguments of `MattingNetwork`, such as `expansion=1` or `width=1.4`.

    Returns:
        `MattingNetwork`.

    Raises:
        ValueError: if the name or the weights are unknown or belong to another configuration.

    Example:

    >>> from keras_indexnet import models
    >>> model = models.matting_model("hin_linear")
    >>> model.count_params() > 3_000_000
    True

    Source: Lu et al., ICCV 2019, tables 1 and 2.
    """
    if name not in CONFIGURATIONS:
        raise ValueError(f"There is no configuration {name!r}; choose from {', '.join(CONFIGURATIONS)}.")
    if weights in PRESETS:
        return load_preset(weights, name, {**CONFIGURATIONS[name], **options})
    if weights not in (None, "imagenet") and not Path(weights).is_file():
        raise ValueError(
            f"There are no weights {str(weights)!r}: neither a file nor 'imagenet' nor one of the presets "
            f"{', '.join(PRESETS)}."
        )
    if str(weights).endswith(".keras"):
        return _load_network(weights, {**CONFIGURATIONS[name], **options})
    network = MattingNetwork(**{**CONFIGURATIONS[name], **options}, name=name)
    if weights == "imagenet":
        load_imagenet_weights(network)
    elif weights is not None:
        network.load_weights(weights)
    return network


def _load_network(path, expected):
    network = keras.saving.load_model(path, compile=False)
    if not isinstance(network, MattingNetwork):
        raise ValueError(f"{path} holds a {type(network).__name__}, not a MattingNetwork.")
    config = network.get_config()
    other = [f"{name}={config[name]!r}" for name, value in expected.items() if config[name] != value]
    if other:
        raise ValueError(f"{path} holds another network than asked for: it has {', '.join(other)}.")
    return network
