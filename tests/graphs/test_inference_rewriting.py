"""Networks and other people's models before and after they were rewritten for inference."""

import keras
import numpy as np
import pytest
from keras import ops
from keras.layers import BatchNormalization, Conv2D, DepthwiseConv2D, MaxPooling2D, ReLU, UpSampling2D

from keras_indexnet import layers, models
from keras_indexnet.data import drawn_photograph
from keras_indexnet.graphs import parts

SIZE = (64, 96)
# The kinds of index blocks, one of them with a hard maximum, and a network without indices.
KINDS = ["b6", "b11", "hin_linear", "o2o_nonlinear", "m2o_nonlinear_context"]


def photographs(count=1):
    drawn = [drawn_photograph(seed, size=96) for seed in range(count)]
    inputs = [np.dstack([photograph.image, photograph.trimap])[: SIZE[0]] for photograph in drawn]
    return np.stack(inputs).astype("float32")


def random_images(*shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


@pytest.fixture(autouse=True)
def seed():
    keras.utils.set_random_seed(0)


def settled(model, inputs):
    """Give batch normalisation random parameters, and the statistics of the inputs."""
    random = np.random.default_rng(0)
    normalizations = [layer for layer in model._flatten_layers() if isinstance(layer, BatchNormalization)]
    for layer in normalizations:
        if layer.scale:
            layer.gamma.assign(random.uniform(0.7, 1.3, layer.gamma.shape))
        layer.beta.assign(random.normal(0.0, 0.3, layer.beta.shape))
        layer.momentum = 0.0
    model(inputs, training=True)
    return model


def outputs_of(model, inputs):
    return keras.tree.map_structure(ops.convert_to_numpy, model(inputs, training=False))


def check_equal_outputs(model, fused, inputs, tolerance):
    expected, actual = outputs_of(model, inputs), outputs_of(fused, inputs)
    keras.tree.assert_same_structure(actual, expected)
    for one, two in zip(keras.tree.flatten(actual), keras.tree.flatten(expected), strict=True):
        assert np.ptp(two) > 0.1
        np.testing.assert_allclose(one, two, rtol=0, atol=tolerance)


def layers_of(model, kind):
    return [layer for layer in model._flatten_layers() if isinstance(layer, kind)]


@pytest.fixture
def tolerance():
    """How far the outputs may differ: in double precision what differs more is another function."""
    if keras.backend.backend() != "tensorflow":  # JAX has no float64 by itself; PyTorch's is float32 in places
        yield 1e-4
        return
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float64")
    yield 1e-5  # the networks' last layer, and the indices, which are normalised in another order, stay float32
    keras.config.set_dtype_policy(before)


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
def test_a_fused_network_is_the_same_function(tolerance, name):
    network = settled(models.matting_model(name), photographs(4))
    fused = models.fuse_for_inference(network, SIZE)
    check_equal_outputs(network, fused, photographs(), tolerance)
    assert fused.output.shape == (None, *SIZE, 1)
    assert not layers_of(fused, BatchNormalization)


@pytest.mark.slow
def test_a_trained_network_gives_the_same_alpha_in_single_precision():
    network = models.matting_model("m2o_nonlinear_context", weights="indexnet_base")
    fused = models.fuse_for_inference(network)
    assert fused.output.shape == (None, None, None, 1)
    check_equal_outputs(network, fused, photographs(), tolerance=1e-5)
    names = {layer.name for layer in fused._flatten_layers()}
    assert {"index_0_columns", "encoder_block_2_expand_BN_folded_2"} <= names
    assert not layers_of(fused, BatchNormalization)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "hin_linear",
        *(pytest.param(name, marks=pytest.mark.matrix) for name in ("b1", "b11", "m2o_linear", "a2u")),
    ],
)
def test_strips_are_the_same_function(tolerance, monkeypatch, name):
    monkeypatch.setattr(parts, "STRIP", 20 * SIZE[1])  # four strips, the last one smaller
    network = settled(models.matting_model(name), photographs(4))
    fused = models.fuse_for_inference(network, SIZE)
    check_equal_outputs(network, fused, photographs(), tolerance)
    if name != "b1":  # which does nothing but resizing at this resolution
        assert {node.output_tensors[0].shape[1] for node in nodes_of(fused, "decoder_0_bn_folded")} <= {26, 36}


@pytest.mark.parametrize("convolution", [{"strides": 2}, {"dilation_rate": 3}, {"padding": "valid"}])
def test_strips_see_all_that_a_convolution_sees(tolerance, monkeypatch, convolution):
    monkeypatch.setattr(parts, "STRIP", 8 * 48)
    images = keras.Input((None, None, 3))
    x = Conv2D(4, 5, **{"padding": "same"} | convolution)(images)
    model = keras.Model(images, Conv2D(2, 3, padding="same")(ReLU()(x)))
    fused = models.fuse_for_inference(model, (64, 96))
    check_equal_outputs(model, fused, random_images(2, 64, 96, 3), tolerance)


def nodes_of(model, name):
    """Where a layer is applied in a model."""
    nodes = {node for nodes in model._nodes_by_depth.values() for node in nodes}
    return [node for node in nodes if node.operation.name == name]


def users_model(size=(None, None)):
    """Everything that is rewritten, in little."""
    images = keras.Input((*size, 3))
    x = Conv2D(8, 3, padding="same", name="first")(images)
    x = features = BatchNormalization(name="first_bn")(x)
    x = DepthwiseConv2D(3, padding="same", dilation_rate=2, depth_multiplier=2)(x)
    x = ReLU()(BatchNormalization(scale=False)(x))
    for block in (layers.MaxIndexBlock(), layers.DepthwiseIndexBlock("m2o", nonlinear=True)):
        encoder_index, decoder_index = block(x)
        pooled = layers.IndexedPooling()(x, index=encoder_index)
        pooled = Conv2D(16, 1)(pooled)
        x = layers.IndexedUpsampling()(pooled, decoder_index)
    x = keras.layers.Add()([UpSampling2D()(MaxPooling2D()(x)), x])
    x = layers.ASPP(8, branch_filters=4)(keras.layers.Concatenate()([x, features]))
    return keras.Model(images, Conv2D(1, 5, padding="same", name="alpha")(x))


@pytest.mark.parametrize("size", [(32, 48), (30, 48), (None, None)])
def test_a_users_model_is_the_same_function(tolerance, size):
    images = random_images(2, size[0] or 32, size[1] or 48, 3)
    model = settled(users_model(), images)
    fused = models.fuse_for_inference(model, None if None in size else size)
    check_equal_outputs(model, fused, images, tolerance)
    assert not layers_of(fused, BatchNormalization)


def test_a_convolution_of_one_channel_computes_blocks_where_they_fit():
    images = keras.Input((None, None, 3))
    model = keras.Model(
        images, Conv2D(1, (5, 3), padding="same", bias_initializer="ones", name="alpha")(images)
    )
    assert models.fuse_for_inference(model, (30, 48)).get_layer("alpha").kernel.shape == (5, 3, 3, 1)
    fused = models.fuse_for_inference(model, (32, 48))
    assert fused.get_layer("alpha_in_blocks").kernel.shape == (8, 6, 3, 16)
    check_equal_outputs(model, fused, random_images(2, 32, 48, 3), tolerance=1e-6)


@pytest.mark.parametrize("block", [layers.MaxIndexBlock, layers.HolisticMaxIndexBlock])
def test_the_first_maximum_is_marked_however_close_the_others_are(block):
    features = keras.Input((None, None, 3))
    model = keras.Model(features, block()(features)[0])
    values = (
        np.random.default_rng(0)
        .choice([0.0, 1e-37, 3e-37, 1.0, 1.0 + 2**-23, 1e30, -1e38], (4, 16, 16, 3))
        .astype("float32")
    )
    check_equal_outputs(model, models.fuse_for_inference(model), values, tolerance=0.0)


class Doubled(keras.layers.Conv2D):
    """A layer that is a convolution by its class only."""

    def call(self, inputs):
        return 2 * super().call(inputs)


def model_with_traps():
    """Shared layers, nested models, a convolution that two use, a frozen and a training normalisation."""
    images = {name: keras.Input((16, 16, 3), name=name) for name in ("left", "right")}
    convolution, normalization = Conv2D(4, 3, bias_initializer="ones"), BatchNormalization()
    left, right = (normalization(convolution(image)) for image in images.values())
    inner = keras.Sequential([keras.Input((None, None, 4)), Conv2D(4, 3), BatchNormalization(), ReLU()])
    x = keras.layers.Concatenate()([inner(left), inner(right)])
    convolved = Conv2D(4, 1, activation="relu")(x)
    x = BatchNormalization()(convolved)  # cannot go into a convolution that has an activation
    convolved = Doubled(4, 3)(x)
    frozen = BatchNormalization()(convolved, training=False)
    two = Conv2D(4, 1)(frozen)
    normalized = BatchNormalization()(two, training=False)
    batch = BatchNormalization()(Conv2D(4, 1)(two), training=True)
    return keras.Model(images, {"sum": ops.relu(normalized + two), "batch": batch, "left": left})


def test_what_cannot_be_rewritten_stays():
    images = {name: random_images(2, 16, 16, 3) for name in ("left", "right")}
    model = settled(model_with_traps(), images)
    fused = models.fuse_for_inference(model)
    check_equal_outputs(model, fused, images, tolerance=1e-5)
    keras.models.clone_model(model)  # which is as before


def test_saving_and_loading(tmp_path):
    images = random_images(2, 32, 48, 3)
    fused = models.fuse_for_inference(settled(users_model(), images), (32, 48))
    fused.save(tmp_path / "fused.keras")
    check_equal_outputs(fused, keras.saving.load_model(tmp_path / "fused.keras"), images, tolerance=1e-6)


def test_mixed_precision_stays_mixed():
    images = random_images(2, 32, 48, 3)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = settled(users_model(), images)
        fused = models.fuse_for_inference(model)
    finally:
        keras.config.set_dtype_policy(before)
    assert fused.get_layer("first_bn_folded").compute_dtype == "float16"
    expected, actual = outputs_of(model, images), outputs_of(fused, images)
    assert actual.dtype == np.float16
    assert np.abs(actual - expected).mean() < 0.05 * expected.std()


@pytest.mark.slow
@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="LiteRT files are made by TensorFlow")
def test_all_operators_are_in_one_partition(tmp_path):
    interpreter_of = pytest.importorskip("ai_edge_litert.interpreter").Interpreter
    fused = models.fuse_for_inference(users_model(), (32, 48))
    signature = [keras.InputSpec(shape=(1, 32, 48, 3), dtype="float32")]
    fused.export(tmp_path / "fused.tflite", format="litert", verbose=False, input_signature=signature)
    interpreter = interpreter_of(model_path=str(tmp_path / "fused.tflite"))
    interpreter.allocate_tensors()
    operators = interpreter._get_ops_details()
    (delegate,) = [operator for operator in operators if operator["op_name"] == "DELEGATE"]
    computed = {int(tensor) for operator in operators for tensor in operator["outputs"]}
    assert not computed & {int(tensor) for tensor in delegate["inputs"]}  # nothing is computed before it
    assert [int(t) for t in delegate["outputs"]] == [interpreter.get_output_details()[0]["index"]]


def test_other_models_are_refused():
    class Subclassed(keras.Model):
        pass

    for model in (Subclassed(name="mine"), keras.Sequential([Conv2D(1, 1)], name="mine")):
        with pytest.raises(ValueError, match="functional model or a sequential one that is built, but 'mine'"):
            models.fuse_for_inference(model)
    with pytest.raises(ValueError, match="input_size is for models of one input, but 'two' has 2"):
        images = [keras.Input((8, 8, 1)), keras.Input((8, 8, 1))]
        models.fuse_for_inference(keras.Model(images, keras.layers.Add()(images), name="two"), (8, 8))
    network = models.MattingNetwork(index="max", width=0.35)
    with pytest.raises(ValueError, match="MattingNetwork divides the height by 32"):
        models.fuse_for_inference(network, (48, 64))
