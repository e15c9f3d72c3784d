from pathlib import Path

import keras

from keras_indexnet.models.encoder_decoder import EncoderDecoder


def load_network(path, network_class=EncoderDecoder, options=None):
    """Load a whole matting network from a `.keras` file, which training writes.

    Args:
        path: str or path.
        network_class: class that the network has to be of.
        options: dict of arguments that the network has to have been built from.

    Returns:
        `EncoderDecoder`, not compiled.

    Raises:
        ValueError: if there is no such file, it is damaged, or it holds another network.
    """
    if not Path(path).is_file():
        raise ValueError(f"There is no file {path}.")
    try:
        network = keras.saving.load_model(path, compile=False)
    except Exception as error:  # Keras has many for a damaged file
        raise ValueError(
            f"{path} cannot be opened: it is damaged, not whole, or not a network of this library."
        ) from error
    if not isinstance(network, EncoderDecoder):
        raise ValueError(f"{path} holds a {type(network).__name__}, not a matting network.")
    if not isinstance(network, network_class):
        raise ValueError(f"{path} holds a {type(network).__name__}, not a {network_class.__name__}.")
    config = network.get_config()
    options = options or {}
    unknown = [name for name in options if name not in config]
    if unknown:
        raise ValueError(f"{type(network).__name__} has no argument {', '.join(unknown)}.")
    other = [f"{name}={config[name]!r}" for name, value in options.items() if config[name] != value]
    if other:
        raise ValueError(f"{path} holds another network than asked for: it has {', '.join(other)}.")
    return network
