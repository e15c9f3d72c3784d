import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_indexnet import models
from keras_indexnet.conversion import REFERENCE_CONVENTIONS
from keras_indexnet.layers import ASPP, CARAFE, SAPA, A2UPooling, DepthwiseIndexBlock, IndexedPooling
from keras_indexnet.profiling.counting import complexity

# Layer, shape of its input, parameters and multiply-adds as the products of the definition.
BY_HAND = {
    "conv1d": (layers.Conv1D(5, 3, strides=2, padding="same"), (9, 2), 3 * 2 * 5 + 5, 5 * 3 * 2 * 5),
    "conv2d": (layers.Conv2D(8, 3), (6, 7, 4), 9 * 4 * 8 + 8, (4 * 5) * 9 * 4 * 8),
    "strided": (
        layers.Conv2D(8, 3, strides=2, padding="same"),
        (7, 6, 4),
        9 * 4 * 8 + 8,
        (4 * 3) * 9 * 4 * 8,
    ),
    "dilated": (layers.Conv2D(8, 3, dilation_rate=2, use_bias=False), (6, 7, 4), 288, (2 * 3) * 9 * 4 * 8),
    "grouped": (layers.Conv2D(8, 3, groups=4, padding="same"), (6, 7, 4), 9 * 8 + 8, (6 * 7) * 9 * 8),
    "conv3d": (layers.Conv3D(3, 2), (3, 4, 5, 2), 8 * 2 * 3 + 3, (2 * 3 * 4) * 8 * 2 * 3),
    "depthwise1d": (layers.DepthwiseConv1D(3, padding="same"), (9, 4), 3 * 4 + 4, 9 * 3 * 4),
    "depthwise": (
        layers.DepthwiseConv2D(3, strides=2, padding="same", depth_multiplier=2),
        (6, 8, 4),
        9 * 4 * 2 + 8,
        (3 * 4) * 9 * 4 * 2,
    ),
    "separable1d": (layers.SeparableConv1D(6, 3, padding="same"), (9, 4), 12 + 24 + 6, 9 * (12 + 24)),
    "separable": (
        layers.SeparableConv2D(6, 3, padding="same", depth_multiplier=2),
        (6, 7, 4),
        9 * 4 * 2 + 8 * 6 + 6,
        (6 * 7) * (9 * 4 * 2 + 8 * 6),
    ),
    # Every pixel of the input is spread by the kernel, whatever the stride.
    "transposed": (
        layers.Conv2DTranspose(6, 4, strides=2, padding="same"),
        (5, 7, 3),
        16 * 3 * 6 + 6,
        (5 * 7) * 16 * 3 * 6,
    ),
    "transposed3d": (layers.Conv3DTranspose(2, 2, strides=2), (2, 3, 4, 3), 8 * 6 + 2, (2 * 3 * 4) * 8 * 6),
    "dense": (layers.Dense(5), (7,), 7 * 5 + 5, 7 * 5),
    "dense of a map": (layers.Dense(5), (2, 3, 7), 7 * 5 + 5, (2 * 3) * 7 * 5),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_a_layer_costs_what_is_counted_by_hand(name):
    layer, shape, parameters, multiply_adds = BY_HAND[name]
    layer = type(layer).from_config(layer.get_config())
    counted = complexity(keras.Sequential([keras.Input(shape), layer]))
    assert (counted.parameters, counted.multiply_adds) == (parameters, multiply_adds)
    (only,) = counted.layers
    assert (only.parameters, only.multiply_adds) == (parameters, multiply_adds)
    assert only.kind == type(layer).__name__
    assert only.output_shape == tuple(layer.compute_output_shape((1, *shape)))
    assert counted.gflops == (0 if "dense" in name else multiply_adds / 2**30)


def test_predicted_kernels_count_with_what_predicts_them():
    features, guide = keras.Input((3, 4, 5)), keras.Input((6, 8, 2))
    carafe = keras.Model(features, CARAFE(kernel_size=3, compressed=6)(features))
    predicting = 12 * (5 * 6 + 9 * 6 * 4 * 9)  # at 12 pixels, which become 48
    assert complexity(carafe).multiply_adds == predicting + 48 * 9 * 5
    sapa = keras.Model(guide, SAPA(kernel_size=3, embedding=6)(keras.layers.Conv2D(5, 2, 2)(guide), guide))
    predicting = 12 * (4 * 2 * 5 + 5 * 6 + 5) + 48 * (2 * 6 + 9 * 6)
    assert complexity(sapa).multiply_adds == predicting + 48 * 9 * 5
    pooling = keras.Model(guide, A2UPooling(kernel_size=4, rank=3)(guide))
    predicting = 12 * (2 * 16 * 2 * 3 + 3 * 16)
    assert complexity(pooling).multiply_adds == predicting + 12 * 16 * 2


def test_channels_first():
    if keras.backend.backend() == "tensorflow":
        pytest.skip("TensorFlow has no such convolution on CPUs")
    convolution = layers.Conv2D(8, 3, data_format="channels_first")
    counted = complexity(keras.Sequential([keras.Input((4, 6, 7)), convolution]))
    assert counted.multiply_adds == (4 * 5) * 9 * 4 * 8


def test_the_grouped_projection_costs_what_the_grouped_convolution_does():
    inputs = keras.Input((8, 12, 6))
    block = DepthwiseIndexBlock("o2o", nonlinear=True, context=True, expansion=3)
    counted = complexity(keras.Model(inputs, block(inputs)))
    projection = layers.Conv2D(6, 1, groups=6, use_bias=False)
    grouped = complexity(keras.Sequential([keras.Input((4, 6, 18)), projection]))
    projections = [layer for layer in counted.layers if layer.kind == "GroupedProjection"]
    assert len(projections) == 4
    for layer in projections:
        assert layer.is_convolution
        assert (layer.parameters, layer.multiply_adds) == (grouped.parameters, grouped.multiply_adds)
    first_convolutions = 4 * (4 * 6) * (16 * 6 * 3)
    assert counted.multiply_adds == first_convolutions + 4 * grouped.multiply_adds


def test_layers_inside_layers_are_counted_in_the_order_of_their_calls():
    inputs = keras.Input((8, 8, 12))
    counted = complexity(keras.Model(inputs, ASPP(5, dilations=(2, 4), branch_filters=3)(inputs)))
    pointwise, depthwise = (8 * 8, 12 * 3), (8 * 8, 9 * 12)
    expected = [pointwise, depthwise, pointwise, depthwise, pointwise, (1, 12 * 3), (8 * 8, 4 * 3 * 5)]
    assert [layer.multiply_adds for layer in counted.layers] == [positions * k for positions, k in expected]
    assert counted.layers[-1].path.endswith("project/" + counted.layers[-1].path.rpartition("/")[2])


def test_a_layer_that_is_called_twice_counts_twice_but_has_its_parameters_once():
    inputs = keras.Input((8, 8, 4))
    shared = layers.Conv2D(4, 3, padding="same")
    half = layers.AveragePooling2D(2)(shared(inputs))
    counted = complexity(keras.Model(inputs, shared(half)))
    assert [layer.output_shape for layer in counted.layers] == [(1, 8, 8, 4), (1, 4, 4, 4)]
    assert counted.multiply_adds == (64 + 16) * 9 * 4 * 4
    assert counted.parameters == 9 * 4 * 4 + 4


class Subclassed(keras.Model):
    """Has no static shape, hides layers in a list, and moves windows of the image to the batch axis."""

    def __init__(self):
        super().__init__()
        self.convolutions = [layers.Conv2D(4, 3, padding="same"), layers.Conv2D(2, 1)]
        self.normalization = layers.BatchNormalization()

    def call(self, inputs):
        x = self.normalization(self.convolutions[0](inputs))
        return self.convolutions[1](ops.reshape(x, (-1, 4, 4, 4)))


@pytest.fixture
def subclassed():
    model = Subclassed()
    model(np.zeros((2, 8, 4, 3), "float32"))
    return model


def test_a_subclassed_model(subclassed):
    counted = complexity(subclassed, (8, 8, 3))
    assert [layer.output_shape for layer in counted.layers] == [(1, 8, 8, 4), (4, 4, 4, 2)]
    assert counted.multiply_adds == 64 * 9 * 3 * 4 + 64 * 4 * 2
    assert counted.parameters == sum(np.prod(v.shape) for v in subclassed.trainable_variables)


class Untraceable(keras.Model):
    """Needs the values of its input, which no tracing has; TensorFlow leaves the shape open, PyTorch fails."""

    def __init__(self):
        super().__init__()
        self.first = layers.Conv2D(4, 3)
        self.second = layers.Conv2D(2, 1)

    def call(self, inputs):
        x = self.first(inputs)
        length = ops.cast(0 * ops.max(inputs), "int32") + 4
        if keras.backend.backend() == "torch":
            length = int(length)
        return self.second(x[:, :length])


def test_a_model_that_cannot_be_traced_is_run():
    if keras.backend.backend() == "jax":
        pytest.skip("JAX compiles no such model")
    model = Untraceable()
    model(np.zeros((1, 8, 8, 3), "float32"))
    counted = complexity(model, (8, 8, 3))
    assert [layer.output_shape for layer in counted.layers] == [(1, 6, 6, 4), (1, 4, 6, 2)]


def test_frozen_layers_count_and_moving_statistics_do_not():
    model = keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(4, 3), layers.BatchNormalization()])
    counted = complexity(model)
    assert counted.parameters == (9 * 3 * 4 + 4) + 2 * 4
    model.trainable = False
    assert complexity(model) == counted


def test_a_quantized_layer_costs_as_much():
    dense = keras.Sequential([keras.Input((8,)), layers.Dense(4)])
    multiply_adds = complexity(dense).multiply_adds
    dense.layers[0].quantize("int8")
    assert complexity(dense).multiply_adds == multiply_adds == 8 * 4


def test_it_agrees_with_the_mobilenet_v2_paper():
    """300 M multiply-adds and 3.4 M parameters (Sandler et al., CVPR 2018, table 4)."""
    counted = complexity(keras.applications.MobileNetV2(weights=None))
    assert counted.layers[-1].multiply_adds == 1280 * 1000
    assert round(counted.multiply_adds / 1e6, -1) == 300
    assert round(counted.parameters / 1e6, 1) == 3.5  # in Keras; the paper rounds down
    assert counted.gflops == (counted.multiply_adds - 1280 * 1000) / 2**30


# As the reference code counts, which pads the input of MobileNetV2's blocks: B11 and the released checkpoint.
# All rows of the paper's tables are in tests/models/test_configurations.py.
@pytest.mark.parametrize(
    ("name", "options", "parameters", "gflops"),
    [
        ("b11", {}, 3_753_259, "4.0808"),
        ("m2o_nonlinear_context", {"expansion": 1}, 5_953_515, "5.1898"),
    ],
)
def test_it_gives_the_figures_of_the_reference(name, options, parameters, gflops):
    network = models.matting_model(name, **options, **REFERENCE_CONVENTIONS)
    counted = complexity(network, (224, 224, 4))
    assert counted.parameters == parameters
    assert f"{counted.gflops:.{len(gflops) - 2}f}" == gflops


def state(model):
    every = model._flatten_layers()
    return (
        [(id(layer), set(vars(layer)), len(layer._inbound_nodes)) for layer in every],
        [ops.convert_to_numpy(variable).tobytes() for variable in model.variables],
    )


@pytest.fixture
def indexed():
    inputs = keras.Input((None, None, 3))
    features = layers.Conv2D(4, 3, padding="same")(inputs)
    encoder_index, _ = DepthwiseIndexBlock("o2o", nonlinear=True)(features)
    return keras.Model(inputs, IndexedPooling()(features, encoder_index))


def test_the_model_is_left_as_it_was(indexed):
    before = state(indexed)
    assert len(complexity(indexed, (8, 6, 3)).layers) == 9
    assert state(indexed) == before


def test_the_model_is_left_as_it_was_after_an_error(indexed):
    before = state(indexed)
    with pytest.raises(ValueError, match="(?s)DepthwiseIndexBlock divides the height by 2.*is 7"):
        complexity(indexed, (7, 6, 3))
    assert state(indexed) == before


@pytest.mark.parametrize("shape", [None, (None, None, 3)])
def test_an_unknown_size_is_refused(shape, subclassed):
    functional = keras.Sequential([keras.Input((None, None, 3)), layers.Conv2D(4, 3)])
    for model in (functional, subclassed):
        with pytest.raises(ValueError, match="give all of it as input_shape.*such as"):
            complexity(model, shape)


def test_a_model_that_is_not_built_is_refused():
    with pytest.raises(ValueError, match="not built yet: call it on a batch"):
        complexity(Subclassed(), (8, 8, 3))


def test_summary_lists_the_costliest_layers_first_in_columns():
    cheap, costly = layers.Conv2D(2, 1, name="cheap"), layers.Conv2D(24, 3, name="costly")
    counted = complexity(keras.Sequential([keras.Input((12, 12, 4)), cheap, costly], name="model"))
    lines = counted.summary().split("\n")
    assert [line.split()[-1] for line in lines] == ["layer", "model/costly", "model/cheap", "total"]
    assert lines[1].split()[:3] == ["43,200", "97.4%", "456"]
    assert "10 x 10 x 24" in lines[1]
    assert lines[-1].split()[:3] == [f"{counted.multiply_adds:,}", "100.0%", f"{counted.parameters:,}"]
    assert len({line.index(line.split()[-1]) for line in lines}) == 1
    shortened = counted.summary(limit=1).split("\n")
    assert [line.split()[-1] for line in shortened] == ["layer", "model/costly", "total"]
