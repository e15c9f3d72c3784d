"""The one way to open a network: by the name of a preset, by a file or folder, or with new weights."""

import inspect
from pathlib import Path

import keras

from keras_indexnet.errors import IndexNetError
from keras_indexnet.models.encoder_decoder import EncoderDecoder
from keras_indexnet.models.imagenet_weights import load_imagenet_weights
from keras_indexnet.models.preset_folder import read_preset_folder
from keras_indexnet.models.presets import PRESETS, preset_file


def open_network(weights, network_class=EncoderDecoder, configuration=None, options=None):
    """Build a matting network with the weights of a preset or a file, the encoder's of ImageNet, or new ones.

    Args:
        weights: str or path: the name of a preset, a `.keras` file or the folder of a preset, which bring their
            network, or a `.weights.h5` file; `"imagenet"`, or None: random.
        network_class: class that the network is or has to be of.
        configuration: str, name of the configuration that is asked for, which becomes the network's. None: the
            preset's.
        options: dict of arguments of the network that are asked for. A `dtype` among them decides in which
            precision the network computes, whatever it was saved in.

    Returns:
        `EncoderDecoder`, not compiled.

    Raises:
        ValueError: if there is nothing of that name, it is damaged, or it belongs to another network.
        OSError: if ImageNet weights cannot be downloaded.
    """
    options = options or {}
    _check_arguments(network_class, options)
    if weights in PRESETS:
        return _preset(weights, network_class, configuration, options)
    if weights not in (None, "imagenet"):
        check_exists(weights)
        if str(weights).endswith(".keras"):
            return _fitting(load_keras_file(weights), weights, network_class, options)
        if Path(weights).is_dir():
            return _fitting(load_preset_folder(weights), weights, network_class, options)
        if not str(weights).endswith(".weights.h5"):
            raise IndexNetError(
                f"{weights} cannot be read as weights: such a file ends in .keras or .weights.h5."
            )
    network = network_class(**options, name=configuration)
    if weights == "imagenet":
        load_imagenet_weights(network)
    elif weights is not None:
        _load_weights(network, weights)
    return network


def _check_arguments(network_class, options):
    known = inspect.signature(network_class).parameters
    unknown = [name for name in options if name not in known]
    if unknown:
        raise IndexNetError(
            f"{network_class.__name__} has no argument {', '.join(unknown)}; it has {', '.join(known)}."
        )


def check_exists(name):
    """Raise ValueError unless there is a file or a folder of a name that is not a preset's."""
    if not Path(name).exists():
        raise IndexNetError(
            f"There are no weights {str(name)!r}: neither a file nor a folder, nor 'imagenet', nor one of the "
            f"presets {', '.join(PRESETS)}."
        )


def load_keras_file(path):
    """Load a matting network, of this library or another, from a `.keras` file.

    Args:
        path: str or path.

    Returns:
        `keras.Model`, not compiled.

    Raises:
        ValueError: if the file is damaged, holds code, or holds no matting network.
    """
    try:
        model = keras.saving.load_model(path, compile=False)
    except Exception as error:  # Keras has many for a damaged file
        if "safe_mode=False" in str(error):  # what it advises if there is code in the file
            raise IndexNetError(
                f"{path} cannot be opened: it holds Python code, such as a Lambda layer's, which is not run; a "
                "registered layer in its place would open."
            ) from error
        raise IndexNetError(
            f"{path} cannot be opened: it is damaged, not whole, or has layers that Keras does not know."
        ) from error
    check_shapes(path, [tensor.shape for tensor in model.inputs], [tensor.shape for tensor in model.outputs])
    return model


def load_preset_folder(path):
    """Load a network of this library from a folder that `save_to_preset` wrote.

    Args:
        path: str or path.

    Returns:
        `EncoderDecoder`, not compiled.

    Raises:
        ValueError: if the folder is damaged, or somebody else's.
    """
    network, weights = read_preset_folder(path, EncoderDecoder)
    _load_weights(network, weights)
    return network


def check_shapes(path, inputs, outputs):
    """Raise ValueError unless a model maps image and trimap, four channels, to alpha."""
    one_each = len(inputs) == len(outputs) == 1
    if not one_each or not _fits(inputs[0], channels=4) or not _fits(outputs[0], channels=1):
        raise IndexNetError(
            f"{path} is no matting network: one takes (1, height, width, 4) and gives (1, height, width, 1), "
            f"this one takes {_listed(inputs)} and gives {_listed(outputs)}."
        )


def _fits(shape, channels):
    return len(shape) == 4 and shape[0] in (None, 1) and shape[3] == channels


def _listed(shapes):
    return " and ".join(str(tuple(shape)) for shape in shapes)


def _preset(name, network_class, configuration, options):
    preset = PRESETS[name]
    if configuration not in (None, preset.configuration):
        raise IndexNetError(
            f"The preset {name!r} belongs to the configuration {preset.configuration!r}, "
            f"not to {configuration!r}."
        )
    for option, value in preset.options.items():
        if options.get(option, value) != value:
            raise IndexNetError(f"The preset {name!r} has {option}={value!r}, not {options[option]!r}.")
    arguments = {**options, **preset.options, "refinement": False}
    network = network_class(**arguments, name=preset.configuration)
    _load_weights(network, preset_file(name))
    return _refined(network, options)


def _fitting(network, path, network_class, options):
    """Return a loaded network in the precision that is asked for, if it is the network that is asked for."""
    if not isinstance(network, network_class):
        raise IndexNetError(f"{path} holds a {type(network).__name__}, not a {network_class.__name__}.")
    network = _refined(network, options)
    config = network.get_config()
    dtype = keras.dtype_policies.get(options.get("dtype") or config["dtype"]).name
    other = [
        f"{name}={config[name]!r}"
        for name, value in options.items()
        if name != "dtype" and config[name] != value
    ]
    if other:
        raise IndexNetError(f"{path} holds another network than asked for: it has {', '.join(other)}.")
    return network if dtype == config["dtype"] else network.with_dtype(dtype)


def _refined(network, options):
    """Return the network with a new refinement, if one is asked for that its weights do not have."""
    return network.with_refinement() if options.get("refinement") and not network.refinement else network


def _load_weights(network, path):
    try:
        network.load_weights(path)
    except Exception as error:  # Keras and h5py have many
        raise IndexNetError(
            f"{path} cannot be read: it is damaged, not whole, or has the weights of another network "
            f"than {network.name}."
        ) from error
