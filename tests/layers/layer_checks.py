"""The checks that every layer of the library has to pass, on any backend of Keras."""

import json

import keras
import numpy as np
from keras import ops

# Largest differences to float32 that come from rounding: float16 keeps 11 binary digits, bfloat16 8.
HALF_PRECISION = {"mixed_float16": 0.01, "mixed_bfloat16": 0.08}


def check_layer(layer_class, init_kwargs, inputs, output_shapes, trainable, non_trainable, folder):
    """Check that a layer does all that Keras users expect of one.

    Args:
        layer_class: the class of the layer.
        init_kwargs: dict of its arguments, all of which must return in its config.
        inputs: tuple of float32 arrays `(B, H, W, C)`, its call arguments.
        output_shapes: list of the shapes of its outputs for these inputs.
        trainable: int, number of its trainable weights.
        non_trainable: int, number of its other weights.
        folder: path of a folder to save a model in.
    """
    keras.utils.set_random_seed(0)
    layer = layer_class(**init_kwargs)
    layer(*inputs)
    assert len(layer.trainable_weights) == trainable
    assert len(layer.non_trainable_weights) == non_trainable
    _vary_statistics(layer)

    expected = arrays(layer(*inputs))
    assert [output.shape for output in expected] == output_shapes
    for output in expected:
        assert output.dtype == np.float32
        assert np.isfinite(output).all()

    _check_config(layer, init_kwargs)
    _check_unknown_height_and_width(layer, inputs, expected)
    for policy, tolerance in HALF_PRECISION.items():
        _check_mixed_precision(layer, inputs, policy, tolerance)
    _check_fit_and_save(layer_class, init_kwargs, inputs, folder)


def arrays(outputs):
    """Bring the outputs of a layer, one or several, into a list of NumPy arrays."""
    return [ops.convert_to_numpy(output) for output in keras.tree.flatten(outputs)]


def same_layer(layer, inputs, **config):
    """Build another layer with the config and the weights of `layer`, apart from `config`."""
    other = type(layer).from_config({**layer.get_config(), **config})
    other(*inputs)
    other.set_weights(layer.get_weights())
    return other


def _vary_statistics(layer):
    # Fresh batch normalisations do nothing, and mistakes in them would not show.
    random = np.random.default_rng(1)
    for weight in layer.weights:
        if len(weight.shape) == 1:
            weight.assign(random.uniform(0.5, 1.5, weight.shape))


def _check_config(layer, init_kwargs):
    config = layer.get_config()
    assert {name: config[name] for name in init_kwargs} == init_kwargs
    assert type(layer).from_config(config).get_config() == config
    written = json.dumps(keras.saving.serialize_keras_object(layer))
    assert keras.saving.deserialize_keras_object(json.loads(written)).get_config() == config


def _check_unknown_height_and_width(layer, inputs, expected):
    symbols = [keras.Input((None, None, values.shape[-1])) for values in inputs]
    outputs = keras.tree.flatten(layer(*symbols))
    assert [output.shape for output in outputs] == [(None, None, None, e.shape[-1]) for e in expected]
    for actual, wanted in zip(arrays(keras.Model(symbols, outputs)(list(inputs))), expected, strict=True):
        np.testing.assert_allclose(actual, wanted, atol=1e-6)


def _check_mixed_precision(layer, inputs, policy, tolerance):
    compute_dtype = keras.DTypePolicy(policy).compute_dtype
    inputs = [ops.cast(ops.cast(values, compute_dtype), "float32") for values in inputs]
    mixed = same_layer(layer, inputs, dtype=policy)
    assert {keras.backend.standardize_dtype(weight.dtype) for weight in mixed.weights} <= {"float32"}
    outputs = keras.tree.flatten(mixed(*inputs))
    for output, wanted in zip(outputs, arrays(layer(*inputs)), strict=True):
        assert keras.backend.standardize_dtype(output.dtype) == compute_dtype
        actual = ops.convert_to_numpy(ops.cast(output, "float32"))
        assert np.isfinite(actual).all()
        np.testing.assert_allclose(actual, wanted, rtol=tolerance, atol=tolerance)


def _check_fit_and_save(layer_class, init_kwargs, inputs, folder):
    symbols = [keras.Input(values.shape[1:]) for values in inputs]
    layer = layer_class(**init_kwargs, name="layer")
    means = [keras.layers.GlobalAveragePooling2D()(y) for y in keras.tree.flatten(layer(*symbols))]
    model = keras.Model(symbols, keras.layers.Dense(1)(ops.concatenate(means, axis=-1)))
    model.compile(optimizer="adam", loss="mse", jit_compile=False)
    before = [ops.convert_to_numpy(weight) for weight in layer.trainable_weights]
    # Two steps: where the last kernel starts at zero, what is before it learns from the second on.
    loss = model.fit(list(inputs), np.ones((len(inputs[0]), 1)), epochs=2, verbose=0).history["loss"]
    assert np.isfinite(loss).all()
    for weight, old in zip(layer.trainable_weights, before, strict=True):
        assert np.any(ops.convert_to_numpy(weight) != old), f"{weight.path} does not learn"

    model.save(folder / "model.keras")
    loaded = keras.saving.load_model(folder / "model.keras")
    assert loaded.get_layer("layer").get_config() == layer.get_config()
    np.testing.assert_allclose(*(arrays(m(list(inputs)))[0] for m in (loaded, model)), atol=1e-6)
