from keras_indexnet.whole_file import whole_file


def save_network(network, path):
    """Save a network without the state of its optimizer, so that the file is either whole or not there.

    Args:
        network: `MattingNetwork`, or another model whose class has `from_config`.
        path: str or path ending in `.keras`; `keras.saving.load_model` and `models.matting_model` read it.
    """
    bare = type(network).from_config(network.get_config())
    bare.set_weights(network.get_weights())
    with whole_file(path) as partial:
        bare.save(partial)
