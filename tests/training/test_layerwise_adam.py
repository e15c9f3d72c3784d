import keras
import numpy as np
import pytest
from keras import ops

from keras_indexnet.training import LayerwiseAdam

RANDOM = np.random.default_rng(0)
INPUTS = RANDOM.normal(size=(8, 3)).astype("float32")
TARGETS = RANDOM.normal(size=(8, 1)).astype("float32")


def compiled_model(optimizer):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((3,))
    hidden = keras.layers.Dense(4, activation="tanh", name="encoder_dense")(inputs)
    outputs = keras.layers.Dense(1, name="decoder_dense")(hidden)
    model = keras.Model(inputs, outputs)
    model.compile(optimizer=optimizer, loss="mse", jit_compile=False)
    return model


def step(model):
    """Take one step on all samples; return how far the two kernels went."""
    kernels = [model.get_layer(name).kernel for name in ("encoder_dense", "decoder_dense")]
    before = [ops.convert_to_numpy(kernel).copy() for kernel in kernels]
    model.fit(INPUTS, TARGETS, batch_size=8, shuffle=False, verbose=0)
    return [np.abs(ops.convert_to_numpy(kernel) - old) for kernel, old in zip(kernels, before, strict=True)]


def test_the_factor_scales_the_step():
    # The first step of Adam is the learning rate times the sign of the gradient.
    encoder, decoder = step(compiled_model(LayerwiseAdam(0.01, factors={"encoder": 0.1})))
    np.testing.assert_allclose(encoder, 0.001, rtol=1e-2)
    np.testing.assert_allclose(decoder, 0.01, rtol=1e-2)


def test_later_steps_are_scaled_as_well():
    # As the encoder rests, the decoder sees what it would see if the encoder were not trained at all.
    resting = compiled_model(LayerwiseAdam(0.01, factors={"encoder": 0.0}))
    frozen = compiled_model(LayerwiseAdam(0.01))
    frozen.get_layer("encoder_dense").trainable = False
    frozen.compile(optimizer=LayerwiseAdam(0.01), loss="mse", jit_compile=False)
    for _ in range(3):
        (encoder, decoder), (_, expected) = step(resting), step(frozen)
        assert encoder.max() == 0
        np.testing.assert_allclose(decoder, expected, rtol=1e-4, atol=1e-7)
        assert decoder.max() > 0.001


def test_without_factors_it_is_adam():
    ours, plain = compiled_model(LayerwiseAdam(0.01)), compiled_model(keras.optimizers.Adam(0.01))
    for _ in range(3):
        for actual, expected in zip(step(ours), step(plain), strict=True):
            np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-7)


def test_a_schedule_is_scaled():
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay([1], [0.01, 0.0])
    model = compiled_model(LayerwiseAdam(schedule, factors={"encoder": 0.1}))
    encoder, decoder = step(model)
    np.testing.assert_allclose(encoder, 0.001, rtol=1e-2)
    np.testing.assert_allclose(decoder, 0.01, rtol=1e-2)


def test_config_round_trip():
    optimizer = LayerwiseAdam(0.02, factors={"encoder": 0.1}, beta_1=0.8, global_clipnorm=3.0)
    written = keras.saving.serialize_keras_object(optimizer)
    config = keras.saving.deserialize_keras_object(written).get_config()
    assert config == optimizer.get_config()
    assert config["factors"] == {"encoder": 0.1}
    assert config["beta_1"] == 0.8
    assert config["global_clipnorm"] == 3.0


def test_a_loaded_model_goes_on_as_the_saved_one(tmp_path):
    model = compiled_model(LayerwiseAdam(0.01, factors={"encoder": 0.1}))
    step(model)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    for actual, expected in zip(step(loaded), step(model), strict=True):
        np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("start", ["decoder", "encoder_dense/kernel"])
def test_a_factor_holds_for_the_paths_that_begin_with_its_name(start):
    model = compiled_model(LayerwiseAdam(0.01, factors={start: 0.1}))
    scaled = [step_size.mean() < 0.005 for step_size in step(model)]
    assert scaled == [start.startswith("encoder"), start.startswith("decoder")]


def test_a_factor_for_no_layer_is_refused():
    optimizer = LayerwiseAdam(0.1, factors={"encodr": 0.1})
    with pytest.raises(ValueError, match="begins with 'encodr'"):
        optimizer.build([keras.Variable([1.0], name="kernel")])
