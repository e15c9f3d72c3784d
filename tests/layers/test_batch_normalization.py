"""The library's batch normalisation against Keras's, on whichever backend is in use."""

import keras
import numpy as np
import pytest
from gradients import gradient
from keras import ops
from layer_checks import check_layer

from keras_indexnet.layers import BatchNormalization

random = np.random.default_rng(0)
FEATURES = (3.0 + 2.0 * random.normal(size=(2, 6, 5, 4))).astype("float32")
OPTIONS = {"momentum": 0.75, "epsilon": 0.01}


def pair(features=FEATURES, **options):
    """Return a layer of the library and one of Keras with the same weights."""
    both = []
    for layer_class in (BatchNormalization, keras.layers.BatchNormalization):
        layer = layer_class(**OPTIONS | options)
        layer.build(features.shape)
        layer.set_weights([np.linspace(0.5, 1.5 + k, w.shape[0]) for k, w in enumerate(layer.weights)])
        both.append(layer)
    return both


def array(tensor):
    return ops.convert_to_numpy(ops.cast(tensor, "float32"))


def test_keras_layer(tmp_path):
    check_layer(BatchNormalization, OPTIONS, (FEATURES,), [FEATURES.shape], 2, 2, tmp_path)


@pytest.mark.parametrize(
    ("options", "shape"),
    [
        ({}, (2, 6, 5, 4)),
        ({"scale": False}, (2, 6, 5, 4)),
        ({"center": False}, (2, 6, 5, 4)),
        ({"axis": 3}, (1, 1, 2, 3)),
        ({}, (1, 1, 1, 4)),  # one value a channel: nothing is left of it
        ({"axis": 1}, (2, 6, 5, 4)),
        ({"axis": -1}, (20, 3)),
        ({"renorm": True}, (2, 6, 5, 4)),
        ({"trainable": False}, (2, 6, 5, 4)),
    ],
    ids=str,
)
def test_a_step_is_that_of_keras(options, shape):
    features = (3.0 + 2.0 * random.normal(size=shape)).astype("float32")
    ours, theirs = pair(features, **options)
    for _ in range(2):
        np.testing.assert_allclose(*(array(b(features, training=True)) for b in (ours, theirs)), atol=2e-5)
    for weight, expected in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(weight, expected, rtol=1e-5)
    np.testing.assert_allclose(*(array(b(features)) for b in (ours, theirs)), atol=2e-5)


def test_it_learns_as_keras_does():
    weights = random.normal(size=FEATURES.shape).astype("float32")
    gradients = [
        gradient(lambda values, layer=layer: layer(values, training=True), FEATURES, weights)
        for layer in pair()
    ]
    np.testing.assert_allclose(*gradients, atol=1e-5)

    kernels = []
    for layer in pair():
        model = keras.Sequential([keras.Input((6, 5, 4)), layer])
        model.compile(keras.optimizers.SGD(0.1), loss="mse", jit_compile=False)
        model.fit(FEATURES, weights, epochs=2, verbose=0)
        kernels.append(layer.get_weights())
    for weight, expected in zip(*kernels, strict=True):
        np.testing.assert_allclose(weight, expected, atol=1e-5)


@pytest.mark.parametrize("dtype", ["mixed_float16", "mixed_bfloat16"])
def test_statistics_are_those_of_keras_in_half_precision(dtype):
    features = array(ops.cast(100.0 * FEATURES, dtype.removeprefix("mixed_")))  # squares of it overflow float16
    ours, theirs = pair(dtype=dtype)
    outputs = [layer(features, training=True) for layer in (ours, theirs)]
    assert {keras.backend.standardize_dtype(each.dtype) for each in outputs} == {dtype.removeprefix("mixed_")}
    np.testing.assert_allclose(*map(array, outputs), atol=0.02)
    for weight, expected in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(weight, expected, rtol=1e-4)


def test_a_mask_is_seen_as_keras_sees_it():
    mask = random.random(FEATURES.shape[:-1]) < 0.5
    np.testing.assert_allclose(*(array(b(FEATURES, training=True, mask=mask)) for b in pair()), atol=2e-5)


@pytest.mark.skipif(keras.backend.backend() == "jax", reason="JAX fuses what Keras writes")
def test_a_step_is_one_operator():
    """What it is for: the operators that Keras's own layer starts are gone."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        def operators(layer):
            step = tf.function(lambda values: layer(values, training=True)).get_concrete_function(FEATURES)
            return {operation.type for operation in step.graph.get_operations()}

        ours, theirs = map(operators, pair())
        assert "FusedBatchNormV3" in ours - theirs
        assert "Rsqrt" in theirs - ours
    else:
        from torch.profiler import ProfilerActivity, profile

        def starts(layer):
            with profile(activities=[ProfilerActivity.CPU]) as profiled:
                layer(FEATURES, training=True)
            return sum(event.count for event in profiled.key_averages())

        ours, theirs = map(starts, pair())
        assert ours < theirs
