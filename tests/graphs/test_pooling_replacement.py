"""Max pooling replaced by learned indexing in other people's models."""

from functools import partial

import keras
import numpy as np
import pytest
from keras import ops
from keras.layers import Conv2D, Dense, GlobalAveragePooling2D, MaxPooling2D

from keras_indexnet import layers, models

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.normal(size=(2, 16, 24, 3)).astype("float32")


def convolution(filters=4, **kwargs):
    return Conv2D(filters, 3, padding="same", bias_initializer="random_normal", **kwargs)


def small_model(pooling, shape=(16, 24, 3)):
    return keras.Sequential([keras.Input(shape), convolution(), pooling, convolution()], name="small")


def functional_model():
    """Shared layers, operations that are no layers, batch statistics, two inputs and two named outputs."""
    images = {name: keras.Input((None, None, 3), name=name) for name in ("left", "right")}
    shared, pool = convolution(), MaxPooling2D(name="pool")
    left, right = (pool(shared(image)) for image in images.values())
    x = keras.layers.BatchNormalization()(ops.concatenate([left, right[..., 1:]], axis=-1) * 2)
    x = MaxPooling2D(3, padding="same", name="pool_by_three")(ops.relu(x))
    outputs = {"map": convolution()(x), "class": Dense(3)(GlobalAveragePooling2D()(x))}
    return keras.Model(images, outputs, name="functional")


def nested_model():
    """A sequential model in a functional one, which is called twice, in another; poolings at all depths."""
    inner = keras.Sequential([keras.Input((None, None, 4)), convolution(), MaxPooling2D(name="inner_pool")])
    features = keras.Input((None, None, 4))
    encoder = keras.Model(features, inner(convolution()(features)), name="encoder")
    images = keras.Input((16, 24, 3))
    x = MaxPooling2D(name="outer_pool")(convolution()(images))
    return keras.Model(images, encoder(encoder(x)), name="nested")


def vgg16():
    return keras.applications.VGG16(weights=None, classes=10, input_shape=(32, 32, 3))


def inputs_for(model):
    if len(model.inputs) == 2:
        return {name: RANDOM.normal(size=(2, 12, 24, 3)).astype("float32") for name in model.input}
    return RANDOM.normal(size=(2, *model.inputs[0].shape[1:])).astype("float32")


def randomized(model):
    """Move the weights away from their initial values, so that a copy cannot have them by chance."""
    keras.utils.set_random_seed(0)
    for weight in model.weights:
        weight.assign(weight + RANDOM.uniform(0, 0.05, weight.shape))
    return model


def arrays(outputs):
    return keras.tree.map_structure(ops.convert_to_numpy, outputs)


def check_equal_outputs(model, other):
    inputs = inputs_for(model)
    actual, expected = (arrays(m(inputs, training=False)) for m in (other, model))
    keras.tree.assert_same_structure(actual, expected)
    for one, two in zip(keras.tree.flatten(actual), keras.tree.flatten(expected), strict=True):
        assert np.ptp(two) > 0
        # To rounding: PyTorch chooses its convolution by the layout in memory, which pooling changes.
        np.testing.assert_allclose(one, two, rtol=1e-5, atol=1e-6)


def all_layers(model, kind):
    return [layer for layer in model._flatten_layers() if isinstance(layer, kind)]


@pytest.mark.parametrize(("build", "poolings"), [(vgg16, 5), (functional_model, 2), (nested_model, 2)])
def test_with_the_max_index_the_outputs_are_the_same(build, poolings):
    model = randomized(build())
    new = models.with_indexed_pooling(model, index_block=layers.MaxIndexBlock)
    assert not all_layers(new, MaxPooling2D)
    assert len(all_layers(new, layers.IndexedPooling)) == poolings
    assert len(all_layers(new, layers.MaxIndexBlock)) == poolings
    check_equal_outputs(model, new)


def test_the_original_keeps_its_outputs_and_weights():
    model = randomized(nested_model())
    before, weights = arrays(model(IMAGES)), model.get_weights()
    new = models.with_indexed_pooling(model)
    for weight in new.weights:
        weight.assign(np.zeros(weight.shape))
    np.testing.assert_array_equal(arrays(model(IMAGES)), before)
    for now, then in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(now, then)
    assert len(all_layers(model, MaxPooling2D)) == 2


def test_a_learned_block_is_in_the_place_of_the_pooling():
    model = randomized(small_model(MaxPooling2D(name="pool")))
    new = models.with_indexed_pooling(model)
    first, _, last = model.layers
    features = first(IMAGES)
    encoder_index, decoder_index = new.get_layer("pool_index")(features)
    expected = last(layers.IndexedPooling()(features, encoder_index))
    np.testing.assert_allclose(arrays(new(IMAGES)), arrays(expected), atol=1e-6)
    assert np.ptp(arrays(decoder_index)) > 0.01


def test_the_default_block_costs_little():
    model = vgg16()
    new = models.with_indexed_pooling(model)
    # Four columns with a 4 x 4 kernel for each of the channels 64, 128, 256, 512 and 512.
    assert new.count_params() - model.count_params() == 4 * 16 * (64 + 128 + 256 + 512 + 512)


def test_the_decoder_index_is_within_reach():
    model = randomized(small_model(MaxPooling2D(3, name="pool"), shape=(12, 24, 3)))
    new = models.with_indexed_pooling(model, layers.MaxIndexBlock)
    decoder_index = new.get_layer("pool_index").output[1]
    decoder = keras.Model(new.input, layers.IndexedUpsampling(3)(new.get_layer("pool").output, decoder_index))
    features = model.layers[0](IMAGES[:, :12])
    pooled, argmax = layers.MaxPoolingWithArgmax2D(3)(features)
    expected = layers.MaxUnpooling2D(3)(pooled, argmax)
    np.testing.assert_array_equal(arrays(decoder(IMAGES[:, :12])), arrays(expected))


def test_only_the_named_poolings_are_replaced():
    model = randomized(nested_model())
    new = models.with_indexed_pooling(model, layers.MaxIndexBlock, only=["inner_pool"])
    assert [layer.name for layer in all_layers(new, MaxPooling2D)] == ["outer_pool"]
    assert [layer.name for layer in all_layers(new, layers.MaxIndexBlock)] == ["inner_pool_index"]
    check_equal_outputs(model, new)


def test_two_calls_can_use_two_blocks():
    first = models.with_indexed_pooling(nested_model(), layers.HolisticIndexBlock, only=["outer_pool"])
    second = models.with_indexed_pooling(first, partial(layers.DepthwiseIndexBlock, mode="m2o"))
    assert second.get_layer("outer_pool_index").output[1].shape[-1] == 4
    assert all_layers(second, layers.DepthwiseIndexBlock)[0].mode == "m2o"
    for one, two in zip(
        first.get_layer("outer_pool_index").get_weights(),
        second.get_layer("outer_pool_index").get_weights(),
        strict=True,
    ):
        # To rounding: PyTorch chooses its convolution by the layout in memory, which pooling changes.
        np.testing.assert_allclose(one, two, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("build", [functional_model, nested_model])
def test_the_new_model_trains_and_is_saved(build, tmp_path):
    new = models.with_indexed_pooling(build(), partial(layers.HolisticIndexBlock, nonlinear=True))
    blocks = all_layers(new, layers.HolisticIndexBlock)
    before = [block.get_weights() for block in blocks]
    inputs = inputs_for(new)
    targets = keras.tree.map_structure(lambda output: ops.zeros_like(output) + 1.0, new(inputs))
    new.compile("adam", keras.tree.map_structure(lambda _: "mse", targets), run_eagerly=True)
    history = new.fit(inputs, arrays(targets), verbose=0).history
    assert np.isfinite(history["loss"]).all()
    for block, weights in zip(blocks, before, strict=True):
        assert all(np.any(now != then) for now, then in zip(block.get_weights(), weights, strict=True))
    new.save(tmp_path / "model.keras")
    check_equal_outputs(new, keras.saving.load_model(tmp_path / "model.keras"))


def test_frozen_layers_stay_frozen():
    model = functional_model()
    model.trainable = False
    new = models.with_indexed_pooling(model)
    blocks = all_layers(new, layers.DepthwiseIndexBlock)
    trainable = {id(weight) for block in blocks for weight in block.weights}
    assert {id(weight) for weight in new.trainable_weights} == trainable
    assert trainable


def test_precision_is_that_of_the_pooling():
    pooling = MaxPooling2D(name="pool", dtype="mixed_bfloat16")
    new = models.with_indexed_pooling(small_model(pooling))
    assert new.get_layer("pool").compute_dtype == "bfloat16"
    assert new.get_layer("pool_index").compute_dtype == "bfloat16"


@pytest.mark.parametrize(
    ("pooling", "message"),
    [
        ({"pool_size": 3, "strides": 2}, r"'bad' cannot be indexed: .*pool_size \(3, 3\).*strides, \(2, 2\)"),
        ({"pool_size": 2, "strides": 3}, r"'bad' cannot be indexed: .*pool_size \(2, 2\).*strides, \(3, 3\)"),
        ({"pool_size": (1, 2)}, r"'bad' cannot be indexed: .*not square"),
        ({"pool_size": 2, "data_format": "channels_first"}, "'bad' cannot be indexed: .*channels_first"),
        ({"pool_size": 5, "padding": "same"}, "'bad', if indexed, divides the height by 5, .* is 8"),
        ({"pool_size": 5}, "'bad', if indexed, divides the height by 5, .* is 8"),
    ],
)
def test_what_cannot_be_indexed_is_named(pooling, message):
    images = keras.Input((16, 24, 3))
    x = MaxPooling2D(name="good")(images)
    model = keras.Model(images, MaxPooling2D(name="bad", **pooling)(x))
    with pytest.raises(ValueError, match=rf"{message}.*only=\['good'\]"):
        models.with_indexed_pooling(model)
    new = models.with_indexed_pooling(model, layers.MaxIndexBlock, only=["good"])
    if keras.config.backend() != "tensorflow" or "data_format" not in pooling:  # TensorFlow lacks it on CPUs
        check_equal_outputs(model, new)


def test_same_padding_that_adds_nothing_is_no_obstacle():
    model = small_model(MaxPooling2D(4, padding="same", name="pool"))
    check_equal_outputs(model, models.with_indexed_pooling(model, layers.MaxIndexBlock))


def test_a_size_that_only_the_outer_model_knows():
    inner = small_model(MaxPooling2D(name="pool"), shape=(None, None, 3))
    images = keras.Input((15, 24, 3))
    with pytest.raises(ValueError, match="divides the height by 2, .* is 15"):
        models.with_indexed_pooling(keras.Model(images, inner(images)))


@pytest.mark.parametrize(
    ("model", "only", "message"),
    [
        (small_model(MaxPooling2D(name="pool")), ["pol"], r"has no MaxPooling2D \['pol'\]. It has \['pool'\]"),
        (small_model(keras.layers.AveragePooling2D(2)), None, "no MaxPooling2D to replace"),
        (small_model(MaxPooling2D(name="pool")), [], "no MaxPooling2D to replace"),
        (keras.Sequential([MaxPooling2D()]), None, "sequential one that is built"),
        (keras.Model(), None, "takes a functional model"),
    ],
)
def test_bad_arguments(model, only, message):
    with pytest.raises(ValueError, match=message):
        models.with_indexed_pooling(model, only=only)
