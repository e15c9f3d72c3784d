"""The layers in someone's own encoder-decoder: training, saving, and loading in a fresh process."""

import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops

from keras_indexnet import layers

LOAD_AND_PREDICT = """
import sys
import keras, numpy
import keras_indexnet
folder = sys.argv[1]
model = keras.saving.load_model(f"{folder}/model.keras")
images = numpy.load(f"{folder}/images.npy")
numpy.save(f"{folder}/loaded.npy", keras.ops.convert_to_numpy(model(images)))
"""


def index_blocks():
    return {
        "max": layers.MaxIndexBlock(),
        "hin": layers.HolisticIndexBlock(nonlinear=True, context=True),
        "o2o": layers.DepthwiseIndexBlock("o2o", nonlinear=True, context=True),
        "m2o": layers.DepthwiseIndexBlock("m2o", nonlinear=True, context=True),
    }


def users_model(family):
    keras.utils.set_random_seed(0)
    images = keras.Input((None, None, 3))
    features = keras.layers.Conv2D(8, 3, padding="same", activation="relu")(images)
    encoder_index, decoder_index = index_blocks()[family](features)
    x = layers.IndexedPooling()(features, encoder_index)
    x = keras.layers.Conv2D(8, 3, padding="same", activation="relu")(x)
    x = layers.IndexedUpsampling()(x, decoder_index)
    return keras.Model(images, keras.layers.Conv2D(1, 3, padding="same")(x))


def random_images(height, width):
    return np.random.default_rng(0).uniform(size=(4, height, width, 3)).astype("float32")


@pytest.mark.parametrize("family", ["max", "m2o"])
def test_training_with_the_defaults_of_keras_reduces_the_loss(family):
    images = random_images(16, 24)
    model = users_model(family)
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
    history = model.fit(images, images[..., :1], batch_size=2, epochs=5, verbose=0).history["loss"]
    assert history[-1] < 0.7 * history[0]


@pytest.mark.parametrize("family", ["max", "hin", "o2o", "m2o"])
def test_one_model_takes_every_size(family):
    model = users_model(family)
    for height, width in ((16, 24), (24, 16), (2, 2)):
        assert tuple(model(random_images(height, width)).shape) == (4, height, width, 1)


def test_a_saved_model_loads_in_a_fresh_process(tmp_path):
    images = random_images(16, 24)
    model = users_model("m2o")
    model.save(tmp_path / "model.keras")
    np.save(tmp_path / "images.npy", images)
    repository = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-c", LOAD_AND_PREDICT, str(tmp_path)]
    finished = subprocess.run(command, cwd=repository, capture_output=True, text=True, timeout=120)
    assert finished.returncode == 0, finished.stderr
    expected = ops.convert_to_numpy(model(images))
    np.testing.assert_allclose(np.load(tmp_path / "loaded.npy"), expected, atol=1e-6)


def shapes_of_all_layers():
    features = np.random.default_rng(0).normal(size=(1, 8, 6, 4)).astype("float32")
    outputs = [
        block(features)
        for block in (
            layers.HolisticIndexBlock(nonlinear=True),
            layers.DepthwiseIndexBlock("m2o", nonlinear=True, context=True),
            layers.DepthwiseIndexBlock("o2o"),
            layers.ASPP(4, (1, 2), branch_filters=4),
            layers.CRP(4),
        )
    ]
    outputs.append(layers.AlphaRefinement(4)(features, features[..., :1]))
    return [tuple(output.shape) for output in keras.tree.flatten(outputs)]


def test_layers_are_channels_last_whatever_keras_is_set_to():
    expected = shapes_of_all_layers()
    before = keras.config.image_data_format()
    keras.config.set_image_data_format("channels_first")
    try:
        assert shapes_of_all_layers() == expected
    finally:
        keras.config.set_image_data_format(before)
