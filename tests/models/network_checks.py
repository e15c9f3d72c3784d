"""What every matting network has to pass, as in keras-hub `run_backbone_test` and `run_model_saving_test`."""

import keras
import numpy as np
from keras import ops


def check_network(network_class, arguments, tmp_path, frozen="head_bn"):
    """Config, `.keras`, precision and frozen stages: a network comes back as it was.

    Args:
        network_class: class of the network.
        arguments: dict of its arguments, without `name`, `dtype` and `trainable`.
        tmp_path: folder for files.
        frozen: str, name of a layer to freeze.
    """
    keras.utils.set_random_seed(0)
    network = network_class(**arguments, name="mine", dtype="mixed_bfloat16")
    network.encoder_stages[1].trainable = False
    network.get_layer(frozen).trainable = False
    check_precision(network)
    check_equal(network, network_class.from_config(network.get_config()), weights=False)

    path = tmp_path / "network.keras"
    network.save(path)
    loaded = keras.saving.load_model(path)
    check_equal(network, loaded)
    inputs = random_inputs(64, 96)
    alpha = ops.convert_to_numpy(network(inputs, training=False))
    assert alpha.shape == (1, 64, 96, 1)
    assert alpha.dtype == np.float32
    np.testing.assert_array_equal(ops.convert_to_numpy(loaded(inputs, training=False)), alpha)

    full = network.with_dtype("float32")
    assert {layer.compute_dtype for layer in full._flatten_layers()} == {"float32"}
    np.testing.assert_allclose(ops.convert_to_numpy(full(inputs, training=False)), alpha, atol=0.1)

    all_frozen = network_class(**arguments, trainable=False)
    assert not all_frozen.trainable_variables
    assert not network_class.from_config(all_frozen.get_config()).trainable_variables


def check_equal(network, other, weights=True):
    """One class, one config, and the same variables frozen."""
    assert type(other) is type(network)
    assert other.get_config() == network.get_config()
    for mine, its in zip(network.weights, other.weights, strict=True):
        assert (mine.shape, mine.dtype, mine.trainable) == (its.shape, its.dtype, its.trainable), mine.path
        if weights:
            np.testing.assert_array_equal(ops.convert_to_numpy(mine), ops.convert_to_numpy(its))


def check_precision(network):
    """Every layer computes in bfloat16, but for those that give alpha, and keeps float32 weights."""
    models = keras.Model | keras.layers.InputLayer  # which compute nothing themselves
    layers = [layer for layer in network._flatten_layers() if not isinstance(layer, models)]
    in_float32 = {layer.name for layer in layers if layer.compute_dtype == "float32"}
    assert in_float32 <= {"alpha", "enlarge_alpha", "refined_alpha"}
    assert {variable.dtype for variable in network.trainable_variables} == {"float32"}


def random_inputs(height, width, batch=1):
    """A batch of noise with a trimap of noise."""
    random = np.random.default_rng(0)
    image = random.uniform(0, 255, (batch, height, width, 3))
    trimap = random.choice([0, 128, 255], (batch, height, width, 1))
    return np.concatenate([image, trimap], axis=-1).astype("float32")
