"""The classifiers, with their pooling or strides as they are and with Indexed Pooling."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_indexnet import layers, tasks
from keras_indexnet.profiling.counting import complexity

RANDOM = np.random.default_rng(0)
LENET = 25 * 6 + 6 + 25 * 6 * 16 + 16 + 400 * 120 + 120 + 120 * 84 + 84 + 84 * 10 + 10  # of grey images
# MobileNet v1 has 4,231,976 parameters for ImageNet's 1000 classes (Howard et al., table 1: 4.2 million).
MOBILENET = 4_231_976 - 1025 * 1000 + 1025 * 10
# VGG-16's convolutions have 14,714,688 with 4,224 biases; two for each of these is batch normalisation here.
VGG16 = 14_714_688 - 4_224 + 2 * 4_224 + 513 * 10
BUILD = {
    "lenet": tasks.lenet_classifier,
    "mobilenet": tasks.mobilenet_classifier,
    "vgg16": tasks.vgg16_classifier,
}
POOLED = {"lenet": (6, 16), "mobilenet": (64, 128, 256, 512), "vgg16": (64, 128, 256, 512, 512)}  # channels


def images(count=2):
    return RANDOM.uniform(size=(count, 32, 32, 3)).astype("float32")


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("lenet", LENET + 2 * 25 * 6),
        ("mobilenet", MOBILENET),
        pytest.param("vgg16", VGG16, marks=pytest.mark.matrix),
    ],
)
def test_parameters_add_up(name, parameters):
    plain, indexed = (complexity(BUILD[name](index=index)) for index in (None, "o2o_linear_context"))
    assert plain.parameters == parameters
    assert indexed.parameters - plain.parameters == sum(4 * 16 * channels for channels in POOLED[name])


@pytest.mark.parametrize(("size", "channels"), [(28, 1), (32, 1), (28, 3)])
def test_lenet_takes_images_of_28_and_32_pixels(size, channels):
    model = tasks.lenet_classifier(image_size=size, channels=channels)
    assert model.count_params() == LENET + 25 * 6 * (channels - 1)
    assert model.input_shape == (None, size, size, channels)
    assert model.get_layer("pool_2").output.shape == (None, 5, 5, 16)


@pytest.mark.parametrize("name", ["lenet", "mobilenet"])
def test_every_halving_is_indexed(name):
    model = BUILD[name](index="hin_linear")
    pooled = [layer for layer in model.layers if isinstance(layer, layers.IndexedPooling)]
    assert tuple(layer.output.shape[-1] for layer in pooled) == POOLED[name]
    assert not any(isinstance(layer, keras.layers.MaxPooling2D) for layer in model.layers)
    assert not any(getattr(layer, "strides", None) == (2, 2) for layer in model.layers)


@pytest.mark.parametrize("name", ["lenet", pytest.param("vgg16", marks=pytest.mark.matrix)])
def test_with_maxima_for_an_index_it_computes_the_same(name):
    plain, indexed = BUILD[name](), BUILD[name](index="max")
    indexed.set_weights(plain.get_weights())
    given = images()
    outputs = [ops.convert_to_numpy(model(given, training=False)) for model in (plain, indexed)]
    np.testing.assert_allclose(*outputs, rtol=1e-4, atol=1e-5)


def test_a_stride_is_an_index_too():
    """A strided convolution computes everything and keeps one value of each region: that index is one-hot."""
    given = images()[..., :1]
    strided, dense = (
        keras.layers.DepthwiseConv2D(3, strides=stride, padding="same", use_bias=False) for stride in (2, 1)
    )
    expected = strided(given)
    dense.build(given.shape)
    dense.set_weights(strided.get_weights())
    features = dense(given)
    one_hot = np.zeros((2, 16, 16, 4), "float32")
    one_hot[..., 3] = 1  # the lower right: "same" pads an even size at its end when the stride is 2
    pooled = layers.IndexedPooling()(features, one_hot)
    np.testing.assert_allclose(*map(ops.convert_to_numpy, (pooled, expected)), atol=1e-5)


@pytest.mark.parametrize("index", [None, "o2o_linear_context"])
def test_lenet_learns_and_comes_back_from_its_file(index, tmp_path, eager_steps):
    keras.utils.set_random_seed(0)
    model = tasks.lenet_classifier(3, index)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss, jit_compile=False)
    labels = np.arange(12) % 3
    given = images(12) * np.eye(3, dtype="float32")[labels][:, np.newaxis, np.newaxis]  # red, green and blue
    losses = model.fit(given, labels, 12, epochs=6, verbose=0).history["loss"]
    assert losses[-1] < 0.8 * losses[0]
    model.save(tmp_path / "lenet.keras")
    loaded = keras.saving.load_model(tmp_path / "lenet.keras")
    np.testing.assert_allclose(
        *(ops.convert_to_numpy(each(given, training=False)) for each in (loaded, model)), atol=1e-6
    )


@pytest.mark.parametrize(
    ("name", "arguments", "sentence"),
    [
        ("lenet", {"image_size": 64}, "28 or 32 pixels wide, not 64"),
        ("lenet", {"channels": 0}, "channels is a whole number"),
        ("vgg16", {"classes": 0}, "classes is a whole number"),
        ("mobilenet", {"index": "mean"}, "There is no index block 'mean'"),
    ],
)
def test_one_sentence_says_what_is_wrong(name, arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        BUILD[name](**arguments)
