"""Opens the networks that the options of `options.py` name."""

from pathlib import Path

import click

from keras_indexnet import inference, models
from keras_indexnet.models.load_network import load_network


def keras_network(configuration, weights):
    """Build what `weights_option` names: without a configuration, that of the preset or the .keras file."""
    if configuration is None and weights.endswith(".keras"):
        return load_network(weights)
    preset = models.list_presets().get(weights, {})
    return models.matting_model(
        configuration or preset.get("configuration", "m2o_nonlinear_context"), weights=weights
    )


def open_network(configuration, weights):
    """Open what `model_option` names; an exported file knows its configuration itself."""
    if Path(weights).suffix in (".tflite", ".onnx") or Path(weights).is_dir():
        if configuration is not None:
            raise click.UsageError(f"{weights} brings its network: leave --configuration away.")
        return inference.open_model(weights)
    return keras_network(configuration, weights)
