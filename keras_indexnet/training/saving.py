"""Networks as training saves them: with averaged weights, and without the optimizer's state."""

from collections.abc import Iterator
from contextlib import contextmanager

import keras
from keras import ops

from keras_indexnet.whole_file import whole_file


@contextmanager
def averaged_weights(model: keras.Model) -> Iterator[None]:
    """Give a model the moving average of its weights for a while, where its optimizer keeps one.

    Args:
        model: compiled `keras.Model`.

    Example:

    ```python
    with averaged_weights(model):
        model.save("averaged.keras")
    ```
    """
    # Under mixed precision the optimizer is wrapped by the one that scales the loss.
    optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    if not optimizer.use_ema:
        yield
        return
    own = [ops.convert_to_numpy(variable) for variable in model.trainable_variables]
    optimizer.finalize_variable_values(model.trainable_variables)
    try:
        yield
    finally:
        for variable, value in zip(model.trainable_variables, own, strict=True):
            variable.assign(value)


def save_network(network, path):
    """Save a network without the state of its optimizer, so that the file is either whole or not there.

    Its weights are float32 whatever precision it was trained in, and so it computes when it is opened again.

    Args:
        network: `MattingNetwork`, or another model whose class has `from_config`.
        path: str or path ending in `.keras`; `keras.saving.load_model` and `models.matting_model` read it.
    """
    config = network.get_config()
    bare = type(network).from_config({**config, "dtype": "float32"} if "dtype" in config else config)
    bare.set_weights(network.get_weights())
    with whole_file(path) as partial:
        bare.save(partial)
