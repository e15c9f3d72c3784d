"""Models that compute in another precision, copied in float32."""

import keras
import numpy as np
import pytest

from keras_indexnet import IndexNetError, layers
from keras_indexnet.graphs.precision import in_float32

POLICIES = ("mixed_float16", "float16", "mixed_bfloat16", "bfloat16", "float64")
IMAGES = np.random.default_rng(0).random((2, 8, 8, 3)).astype("float32")


def users_model(dtype=None, floatx="float32", name=None):
    """With a nested model, a layer that is shared, and operators without a layer."""
    common = {"padding": "same", "dtype": dtype}
    inner_inputs = keras.Input((None, None, 4), dtype=floatx)
    shared = keras.layers.Conv2D(4, 3, activation="relu", **common)
    inner = keras.Model(inner_inputs, shared(inner_inputs))
    inputs = keras.Input((8, 8, 3), dtype=floatx)
    x = keras.layers.BatchNormalization(dtype=dtype)(keras.layers.Conv2D(4, 3, **common)(inputs))
    encoder_index, decoder_index = layers.DepthwiseIndexBlock(nonlinear=True, dtype=dtype)(x)
    low = shared(inner(layers.IndexedPooling(dtype=dtype)(x, encoder_index)))
    x = layers.IndexedUpsampling(dtype=dtype)(low, decoder_index) * 0.5 + x
    return keras.Model(inputs, keras.layers.Conv2D(2, 1, **common)(x))


@pytest.mark.parametrize("policy", POLICIES)
def test_the_copy_computes_in_float32_with_the_same_weights(policy):
    if policy == "float64" and keras.backend.backend() == "jax":
        pytest.skip("JAX has no float64 by itself.")
    model = users_model(policy, floatx=keras.DTypePolicy(policy).compute_dtype)
    copy = in_float32(model)
    assert {str(weight.dtype) for weight in copy.weights} == {"float32"}
    assert len(copy.weights) == len(model.weights)  # what was shared is
    expected = users_model()
    expected.set_weights([keras.ops.convert_to_numpy(weight).astype("float32") for weight in model.weights])
    np.testing.assert_allclose(
        *(keras.ops.convert_to_numpy(each(IMAGES, training=False)) for each in (copy, expected)), atol=1e-6
    )


def test_a_model_in_float32_stays_as_it_is():
    model = users_model()
    assert in_float32(model) is model


class Fixed(keras.layers.Layer):
    """Takes no argument `dtype`, as a config has it."""

    def __init__(self):
        super().__init__(dtype="mixed_float16", name="fixed")

    def call(self, inputs):
        return 2 * inputs


class Composed(keras.layers.Layer):
    """Builds its parts in whatever the global policy is."""

    def build(self, input_shape):
        self.part = keras.layers.Dense(3, name="part")
        self.part.build(input_shape)

    def call(self, inputs):
        return self.part(inputs)


@pytest.mark.parametrize(("layer_class", "named"), [(Fixed, "fixed"), (Composed, "part")])
def test_a_layer_that_cannot_be_copied_is_named_with_its_precision(layer_class, named):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = keras.Sequential([keras.Input((8, 8, 3)), layer_class()])
        with pytest.raises(IndexNetError, match=f"\\AThe layer '{named}' computes in mixed_float16 .*\\.\\Z"):
            in_float32(model)
    finally:
        keras.config.set_dtype_policy(before)
