import keras
import numpy as np
import pytest
from keras import ops

from keras_indexnet import models
from keras_indexnet.models.conventions import CONVENTIONS
from keras_indexnet.models.mobilenet_v2_encoder import mobilenet_v2_stages

# Where keras.applications has halved the resolution once more: the layers that end the blocks with a stride.
STRIDED = ("Conv1_relu", *(f"block_{number}_project_BN" for number in (1, 3, 6, 13)))


@pytest.fixture(scope="module")
def weights_path(shared):
    return shared / "weights" / "mobilenetv2_1.0_imagenet_notop.weights.h5"


@pytest.fixture(scope="module")
def backbone(weights_path):
    return keras.applications.MobileNetV2(input_shape=(64, 96, 3), include_top=False, weights=str(weights_path))


@pytest.fixture(scope="module")
def network(weights_path):
    network = models.matting_model("hin_linear")
    models.load_imagenet_weights(network, weights_path)
    return network


def test_with_its_strides_the_encoder_computes_what_keras_applications_does(network, backbone):
    """At stride 1 a block computes what it does at stride 2, and three times as many pixels in between."""
    random = np.random.default_rng(0)
    image = random.uniform(-1, 1, (1, 64, 96, 3)).astype("float32")
    trimap = random.uniform(0, 1, (1, 64, 96, 1)).astype("float32")  # its kernel is zero
    x = np.concatenate([image, trimap], axis=-1)
    for stage in network.encoder_stages:
        strided = [name for name in STRIDED if f"encoder_{name}" in {layer.name for layer in stage.layers}]
        start = stage.input
        for name in (*strided, stage.layers[-1].name.removeprefix("encoder_")):
            end = stage.get_layer(f"encoder_{name}").output
            if end is not start:  # the first stage ends with its stride
                x = keras.Model(start, end)(x)
            if name in STRIDED and end is not start:
                x = x[:, 1::2, 1::2]
            expected = ops.convert_to_numpy(keras.Model(backbone.input, backbone.get_layer(name).output)(image))
            assert expected.std() > 0.1
            np.testing.assert_allclose(ops.convert_to_numpy(x), expected, atol=1e-3, err_msg=name)
            start = end


def test_every_weight_is_that_of_the_layer_of_its_name(network, backbone):
    seen = set()
    for stage in network.encoder_stages:
        for layer in stage.layers:
            if not layer.weights:
                continue
            name = layer.name.removeprefix("encoder_")
            seen.add(name)
            expected = backbone.get_layer(name).get_weights()
            actual = layer.get_weights()
            if name == "Conv1":
                assert not actual[0][:, :, 3].any()
                actual[0] = actual[0][:, :, :3]
            for ours, theirs in zip(actual, expected, strict=True):
                np.testing.assert_array_equal(ours, theirs)
    left_out = {layer.name for layer in backbone.layers if layer.weights} - seen
    assert left_out == {"Conv_1", "Conv_1_bn"}  # the classifier's 1280 channels


def test_imagenet_weights_need_the_conventions_of_keras(weights_path):
    network = models.MattingNetwork(index="max", conventions="reference")
    before = network.get_weights()
    with pytest.raises(ValueError, match="conventions='keras'.*'reference'"):
        models.load_imagenet_weights(network, weights_path)
    for old, new in zip(before, network.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize("pads_block_input", [False, True])
def test_stages_keep_the_resolution_and_have_the_channels_of_the_paper(pads_block_input):
    conventions = CONVENTIONS["keras"]["mobilenet_v2"]._replace(pads_block_input=pads_block_input)
    stages = mobilenet_v2_stages(conventions=conventions)
    shapes = [(None, None, None, channels) for channels in (4, 32, 16, 24, 32, 64, 96, 160, 320)]
    assert [stage.input.shape for stage in stages] == shapes[:-1]
    assert [stage.output.shape for stage in stages] == shapes[1:]
    x = np.zeros((1, 6, 10, 4), "float32")
    for stage in stages:
        x = stage(x)
        assert tuple(x.shape[1:3]) == (6, 10)


def test_epsilon_reaches_every_batch_normalisation():
    epsilons = {
        layer.epsilon
        for stage in mobilenet_v2_stages(
            width=0.35, conventions=CONVENTIONS["keras"]["mobilenet_v2"]._replace(epsilon=0.02)
        )
        for layer in stage.layers
        if isinstance(layer, keras.layers.BatchNormalization)
    }
    assert epsilons == {0.02}
