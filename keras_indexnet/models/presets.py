"""Trained weights that come with the package."""

from importlib import resources

from keras_indexnet.models.matting_network import MattingNetwork

# name -> configuration, arguments of MattingNetwork beyond the configuration's, and what it is
PRESETS = {
    "indexnet_base": {
        "configuration": "m2o_nonlinear_context",
        "options": {"expansion": 1},
        "description": (
            "The paper's best network as released (e = 1), trained on drawn and freely licensed foregrounds."
        ),
    },
}


def list_presets():
    """Return the presets as a dict from name to a dict with `configuration` and `description`."""
    return {
        name: {key: preset[key] for key in ("configuration", "description")}
        for name, preset in PRESETS.items()
    }


def load_preset(name, configuration, options):
    """Build the network of a preset with its weights.

    Args:
        name: str, one of `list_presets()`.
        configuration: str, the configuration that the caller asks for.
        options: dict of arguments of `MattingNetwork`.

    Returns:
        `MattingNetwork`.

    Raises:
        ValueError: if the preset belongs to another configuration.
    """
    preset = PRESETS[name]
    if preset["configuration"] != configuration:
        raise ValueError(
            f"The preset {name!r} belongs to the configuration {preset['configuration']!r}, "
            f"not to {configuration!r}."
        )
    network = MattingNetwork(**{**options, **preset["options"]}, name=configuration)
    with resources.as_file(resources.files("keras_indexnet") / "weights" / f"{name}.weights.h5") as path:
        network.load_weights(path)
    return network
