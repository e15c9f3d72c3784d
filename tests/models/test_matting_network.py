import keras
import numpy as np
import pytest
from keras import ops
from network_checks import check_network, random_inputs

from keras_indexnet import losses, models
from keras_indexnet.data import drawn_photograph
from keras_indexnet.models.parts import prediction_head
from keras_indexnet.training import LayerwiseAdam


@pytest.fixture(scope="module")
def light():
    """A network that is quick to run."""
    keras.utils.set_random_seed(0)
    return models.MattingNetwork(index="hin", nonlinear=False, context=False, width=0.35)


def predict(network, inputs):
    return ops.convert_to_numpy(network(inputs, training=False))


def test_one_network_takes_every_multiple_of_32(light):
    for height, width in ((64, 96), (96, 64), (32, 32)):
        assert light(random_inputs(height, width)).shape == (1, height, width, 1)


@pytest.mark.parametrize(("height", "width", "wrong"), [(48, 64, "height"), (64, 80, "width")])
def test_other_sizes_are_refused(light, height, width, wrong):
    with pytest.raises(ValueError, match=f"MattingNetwork divides the {wrong} by 32"):
        light(random_inputs(height, width))


def test_saving_and_loading(light, tmp_path):
    light.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras")
    assert isinstance(loaded, models.MattingNetwork)
    assert loaded.get_config() == light.get_config()
    inputs = random_inputs(64, 96)
    np.testing.assert_allclose(predict(loaded, inputs), predict(light, inputs), atol=1e-6)


def test_the_config_holds_every_argument():
    options = {
        "name": "mine",
        "index": "o2o",
        "nonlinear": True,
        "context": False,
        "expansion": 3,
        "fusion": "skip",
        "aspp": False,
        "output_stride": 16,
        "encoder": "mobilenet_v2",
        "width": 0.35,
        "truncates_channels": True,
        "conventions": "reference",
        "refinement": True,
        "upsampler": None,
        "decoder_kernel_size": 3,
        "separable_decoder": True,
        "tail_width": 0.5,
        "dtype": "mixed_float16",
        "trainable": False,
    }
    network = models.MattingNetwork(**options)
    assert network.get_config() == {**options, "frozen": []}
    assert network.get_layer("index_2").get_config()["expansion"] == 3


def test_conventions_decide_what_the_encoder_sees():
    network = models.MattingNetwork(index="hin", nonlinear=False, width=0.35, conventions="reference")
    # RGB in 0..255 less the mean over the deviation; the trimap goes to 0..1.
    pixel = np.float32([[[[123.675 + 58.395, 116.28, 103.53, 255]]]])
    normalized = ops.convert_to_numpy(network.get_layer("normalize")(pixel))[0, 0, 0]
    np.testing.assert_allclose(normalized, [1, 0, 0, 1], atol=1e-6)
    blocks = network.encoder_stages[2]
    assert blocks.get_layer("encoder_block_1_expand_pad").padding == ((1, 1), (1, 1))
    assert blocks.get_layer("encoder_block_1_expand_BN").epsilon == 1e-5


OLD_CONFIG = {
    "name": "mine",
    "index": "o2o",
    "width": 0.35,
    "image_mean": [123.675, 116.28, 103.53],
    "image_std": [58.395, 57.12, 57.375],
    "encoder_epsilon": 1e-05,
    "pads_block_input": True,
}


def test_configs_with_four_arguments_for_the_conventions_still_load():
    """As `.keras` files hold them that were written before there was one argument."""
    network = models.MattingNetwork.from_config(dict(OLD_CONFIG))
    assert network.conventions == "reference"
    assert network.trainable
    with pytest.raises(ValueError, match="conventions of its own.*epsilon=0.5"):
        models.MattingNetwork.from_config({**OLD_CONFIG, "encoder_epsilon": 0.5})


@pytest.mark.parametrize(
    ("network_class", "arguments"),
    [
        (models.MattingNetwork, {"index": "m2o", "expansion": 1, "width": 0.35}),
        (models.MattingNetwork, {"index": "hmi", "fusion": "skip", "aspp": False, "width": 0.35}),
        (models.DeepLabV3Plus, {"conventions": "reference"}),
        (models.RefineNet, {"output_stride": 16}),
    ],
    ids=["m2o", "hmi", "deeplab_v3_plus", "refine_net"],
)
def test_a_network_comes_back_as_it_was(network_class, arguments, tmp_path):
    check_network(network_class, arguments, tmp_path)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"index": "mean"}, "index is one of .*'max', 'hmi', 'hin', 'o2o', 'm2o'.*'mean'"),
        ({"fusion": "sum"}, "fusion is one of .*'concat', 'skip', 'none'.*'sum'"),
        ({"output_stride": 8}, "output_stride is a multiple of 16 from 16 to 32, not 8"),
        ({"encoder": "resnet"}, "encoder is one of .*'mobilenet_v2', 'vgg16'.*'resnet'"),
        ({"encoder": "vgg16", "output_stride": 16}, "vgg16 has width 1.0, tail_width 1.0 and output stride 32"),
        ({"encoder": "vgg16", "width": 0.5}, "vgg16 has width 1.0, tail_width 1.0 and output stride 32"),
        ({"encoder": "vgg16", "conventions": "reference"}, "no network on vgg16"),
        ({"conventions": "torch"}, "conventions are one of .*'keras', 'reference'.*'torch'"),
    ],
)
def test_unknown_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        models.MattingNetwork(**options)


@pytest.mark.parametrize(("index", "fusion"), [("hin", "concat"), ("max", "skip"), ("bilinear", "none")])
def test_output_stride_16_leaves_out_the_last_downsampling(index, fusion):
    network = models.MattingNetwork(index=index, fusion=fusion, width=0.35, output_stride=16)
    assert network.get_layer("pool_4") and network.get_layer("upsample_4")
    for name in ("pool_6", "upsample_6"):
        with pytest.raises(ValueError, match="No such layer"):
            network.get_layer(name)
    assert network(random_inputs(48, 80)).shape == (1, 48, 80, 1)
    dilated = {
        layer.name
        for layer in network.encoder_stages[6].layers + network.encoder_stages[7].layers
        if getattr(layer, "dilation_rate", 1) == (2, 2)
    }
    assert dilated == {f"encoder_block_{block}_depthwise" for block in (14, 15, 16)}


@pytest.mark.parametrize("stage", [0, 3])
def test_bilinear_networks_pool_and_enlarge_without_indices(stage):
    network = models.MattingNetwork(index="bilinear", fusion="none", width=0.35)
    assert type(network.get_layer(f"pool_{stage}")) is keras.layers.MaxPooling2D
    assert type(network.get_layer(f"upsample_{stage}")) is keras.layers.UpSampling2D


def test_the_trimap_matters(light):
    inputs = random_inputs(64, 64)
    changed = inputs.copy()
    changed[..., 3] = 255 - inputs[..., 3]
    assert np.abs(predict(light, inputs) - predict(light, changed)).max() > 1e-6


def test_the_indexed_feature_is_skipped_to_the_decoder_except_in_b11(light):
    skipped = light.get_layer("fusion_0").input[1]
    assert skipped is light.get_layer("pool_0").output[1]
    b11 = models.MattingNetwork(index="max", width=0.35)
    assert b11.get_layer("fusion_0").input[1] is not b11.get_layer("pool_0").output[1]


@pytest.mark.parametrize(("channels", "kernel_size"), [(32, 5), (44, 5), (64, 5), (256, 5), (256, 1)])
def test_the_prediction_head_does_not_start_dead(channels, kernel_size):
    """The head has a single ReLU6; a last kernel with a sum below zero could only make it shrink."""
    features = np.random.default_rng(0).uniform(0, 6, (2, 16, 16, channels)).astype("float32")
    for seed in range(20):
        keras.utils.set_random_seed(seed)
        inputs = keras.Input((None, None, channels))
        head = keras.Model(inputs, prediction_head(inputs, kernel_size, dtype=None))
        alpha = ops.convert_to_numpy(head(features, training=True))
        assert alpha.std() > 0.01
        assert alpha.mean() > 0.05
        active = keras.Model(inputs, head.get_layer("head_relu").output)(features, training=True)
        assert ((ops.convert_to_numpy(active) > 0) & (ops.convert_to_numpy(active) < 6)).mean() > 0.2


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.matrix) for seed in (2, 3, 4))])
def test_a_new_network_predicts_something(seed):
    keras.utils.set_random_seed(seed)
    network = models.MattingNetwork(index="hin", nonlinear=False, context=False, width=0.35)
    assert predict(network, random_inputs(64, 64)).std() > 0


def test_encoder_variables_are_those_that_learn_slowly(light):
    encoder = {id(v) for stage in light.encoder_stages for v in stage.trainable_variables}
    for variable in light.trainable_variables:
        assert variable.path.startswith("encoder") == (id(variable) in encoder)


@pytest.mark.slow
def test_a_training_step_changes_every_layer(eager_steps):
    keras.utils.set_random_seed(0)
    network = models.MattingNetwork(index="hin", nonlinear=True, context=True, width=0.35)
    optimizer = LayerwiseAdam(0.01, factors={"encoder": 0.1})
    network.compile(optimizer=optimizer, loss=losses.MattingLoss(), jit_compile=False)
    target = np.random.default_rng(1).uniform(size=(4, 64, 64, 8)).astype("float32")
    target[..., 1] = 1
    before = [ops.convert_to_numpy(variable).copy() for variable in network.trainable_variables]
    history = network.fit(random_inputs(64, 64, batch=4), target, batch_size=4, epochs=1, verbose=0)
    assert np.isfinite(history.history["loss"]).all()
    steps = {}  # of a layer: a shift in front of a batch normalisation cannot matter, but its neighbours do
    for variable, old in zip(network.trainable_variables, before, strict=True):
        layer = variable.path.rpartition("/")[0]
        step = np.abs(ops.convert_to_numpy(variable) - old).max()
        steps[layer] = max(step, steps.get(layer, 0.0))
    for layer, step in steps.items():
        rate = 0.001 if layer.startswith("encoder") else 0.01
        assert 0.5 * rate < step < 1.01 * rate, layer


@pytest.mark.matrix
def test_the_loss_of_one_batch_falls_and_the_matte_lives():
    keras.utils.set_random_seed(0)
    network = models.MattingNetwork(index="hin", nonlinear=False, context=False, width=0.35)
    drawn = [drawn_photograph(seed, size=64) for seed in range(4)]
    inputs = np.stack([np.dstack([photograph.image, photograph.trimap]) for photograph in drawn]).astype(
        "float32"
    )
    target = np.zeros((4, 64, 64, 8), "float32")
    target[..., 0] = np.stack([photograph.alpha for photograph in drawn]) / 255
    target[..., 1] = inputs[..., 3] == 128
    target[..., 2:5], target[..., 5:] = 1.0, 0.0  # a white foreground on black
    network.compile(keras.optimizers.Adam(0.01), losses.MattingLoss(), jit_compile=False)
    history = [network.train_on_batch(inputs, target) for _ in range(40)]
    assert history[-1] < 0.5 * history[0]
    assert ops.convert_to_numpy(network(inputs, training=True)).std() > 0.1


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision_gives_alpha_in_float32(policy):
    inputs = random_inputs(64, 64)
    keras.utils.set_random_seed(0)
    full = models.MattingNetwork(index="hin", width=0.35)
    mixed = full.with_dtype(policy)
    assert mixed.get_layer("aspp").compute_dtype == policy.removeprefix("mixed_")
    alpha = ops.convert_to_numpy(mixed(inputs))
    assert alpha.dtype == np.float32
    np.testing.assert_allclose(alpha, ops.convert_to_numpy(full(inputs)), atol=0.1)


def test_the_global_policy_is_that_of_networks_without_one_of_their_own():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        network = models.MattingNetwork(index="max", width=0.35)
    finally:
        keras.config.set_dtype_policy(before)
    assert network.get_config()["dtype"] == "mixed_bfloat16"
    assert network.get_layer("decoder_0_conv").compute_dtype == "bfloat16"


@pytest.mark.parametrize("floatx", ["float16", "float64"])
@pytest.mark.parametrize("name", ["o2o_linear_context", "b6", pytest.param("b1", marks=pytest.mark.matrix)])
def test_a_network_gives_the_same_alpha_whatever_floatx_is(name, floatx):
    """`floatx` in keras.json sets the global policy, too."""
    if floatx == "float64" and keras.backend.backend() == "jax":
        pytest.skip("JAX has no float64 by itself.")
    width = {} if name == "b1" else {"width": 0.35}
    keras.utils.set_random_seed(0)
    expected = models.matting_model(name, **width)
    inputs = np.random.default_rng(0).uniform(0, 255, (1, 64, 96, 4)).astype("float32")
    before = keras.config.dtype_policy()
    keras.config.set_floatx(floatx)
    keras.config.set_dtype_policy(floatx)
    try:
        network = models.matting_model(name, **width)
        network.set_weights(expected.get_weights())
        alpha = network(inputs)
    finally:
        keras.config.set_floatx("float32")
        keras.config.set_dtype_policy(before)
    np.testing.assert_allclose(*map(ops.convert_to_numpy, (alpha, expected(inputs))), atol=1e-4)
    asked = models.MattingNetwork(index="max", width=0.35, dtype="float16")
    assert asked.get_layer("decoder_0_conv").variable_dtype == "float16"


@pytest.mark.parametrize("name", ["m2o_nonlinear_context", "b11", "b6", "b2", "b1"])
def test_a_network_is_the_same_whatever_data_format_keras_is_set_to(name):
    """Each class of network, with and without index blocks; and the losses that convolve."""
    width = {} if name in ("b1", "b2") else {"width": 0.35}
    keras.utils.set_random_seed(0)
    expected = models.matting_model(name, **width)
    rng = np.random.default_rng(0)
    inputs = rng.uniform(0, 255, (1, 64, 96, 4)).astype("float32")
    target = rng.random((1, 64, 96, 8)).astype("float32")
    keras.config.set_image_data_format("channels_first")
    try:
        network = models.matting_model(name, **width)
        network.set_weights(expected.get_weights())
        alpha = network(inputs)
        loss = losses.MattingLoss(gradient_weight=1.0, laplacian_weight=1.0)(target, alpha)
    finally:
        keras.config.set_image_data_format("channels_last")
    np.testing.assert_allclose(*map(ops.convert_to_numpy, (alpha, expected(inputs))), atol=1e-5)
    again = losses.MattingLoss(gradient_weight=1.0, laplacian_weight=1.0)(target, alpha)
    assert float(ops.convert_to_numpy(loss)) == pytest.approx(float(ops.convert_to_numpy(again)), rel=1e-5)
