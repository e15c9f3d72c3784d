"""Deep Matting, and the refinement that it brought, behind any network."""

import keras
import numpy as np
import pytest
from keras import ops
from network_checks import check_network, random_inputs

from keras_indexnet import models
from keras_indexnet.export import export_model
from keras_indexnet.models import DeepMatting, MattingNetwork
from keras_indexnet.profiling import complexity

SMALL = {"index": "hin", "nonlinear": False, "context": False, "width": 0.35}


def alpha_of(network, inputs):
    return ops.convert_to_numpy(network(inputs, training=False))


def with_random_refinement(network):
    """A refinement as training leaves one: as it begins it does nothing, and mistakes would not show."""
    kernel = network.get_layer("refinement").last.kernel
    kernel.assign(np.random.default_rng(1).normal(scale=0.05, size=kernel.shape))
    return network


@pytest.mark.matrix
def test_the_network_comes_back_as_it_was(tmp_path):
    # The head of the other networks has batch normalisation; here it is the decoder that is frozen.
    check_network(DeepMatting, {"bottom_filters": 8, "refinement": True}, tmp_path, frozen="decoder_0_conv")


@pytest.mark.matrix
def test_with_vgg16s_dense_layer_it_is_the_papers_b3_without_batch_normalisation():
    """B3 of the reference code has 130,545,345 parameters: these, and a scale and a shift for each channel."""
    counted = complexity(DeepMatting(bottom_filters=4096), (224, 224, 4))
    channels = 2 * 64 + 2 * 128 + 3 * 256 + 3 * 512 + 3 * 512
    assert counted.parameters == 130_545_345 - 2 * channels
    assert round(counted.gflops, 2) == 32.34


def test_unpooling_puts_values_where_the_maxima_were():
    network = DeepMatting(bottom_filters=8)
    pool, upsample = network.get_layer("pool_4"), network.get_layer("upsample_4")
    inner = keras.Model(network.input, [pool.input[0], pool.output, upsample.input[0], upsample.output])
    features, pooled, low, high = (ops.convert_to_numpy(x) for x in inner(random_inputs(64, 64)))
    regions = features.reshape(1, 2, 2, 2, 2, 512)
    np.testing.assert_array_equal(pooled, regions.max(axis=(2, 4)))
    first = np.argmax(regions.transpose(0, 1, 3, 5, 2, 4).reshape(1, 2, 2, 512, 4), axis=-1)
    expected = np.eye(4)[first] * low[..., None]
    found = high.reshape(1, 2, 2, 2, 2, 512).transpose(0, 1, 3, 5, 2, 4).reshape(1, 2, 2, 512, 4)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_other_sizes_are_refused():
    with pytest.raises(ValueError, match="DeepMatting divides the height by 32"):
        DeepMatting(bottom_filters=8)(random_inputs(48, 64))
    with pytest.raises(ValueError, match="DeepMatting's bottom_filters"):
        DeepMatting(bottom_filters=0)


@pytest.mark.parametrize(
    ("network_class", "arguments"),
    [
        (MattingNetwork, SMALL),
        pytest.param(models.DeepLabV3Plus, {}, marks=pytest.mark.matrix),
        pytest.param(models.RefineNet, {}, marks=pytest.mark.matrix),
    ],
    ids=["matting_network", "deeplab_v3_plus", "refine_net"],
)
def test_a_refinement_behind_a_network_begins_with_its_alpha(network_class, arguments, tmp_path):
    keras.utils.set_random_seed(0)
    network = network_class(**arguments)
    refined = network.with_refinement()
    inputs = random_inputs(64, 96)
    np.testing.assert_array_equal(alpha_of(refined, inputs), alpha_of(network, inputs))
    assert refined.get_config() == {**network.get_config(), "refinement": True}
    with pytest.raises(ValueError, match="has a refinement already"):
        refined.with_refinement()

    with_random_refinement(refined).save(tmp_path / "refined.keras")
    loaded = keras.saving.load_model(tmp_path / "refined.keras")
    assert np.abs(alpha_of(refined, inputs) - alpha_of(network, inputs)).max() > 1e-3
    np.testing.assert_allclose(alpha_of(loaded, inputs), alpha_of(refined, inputs), atol=1e-6)


def test_weights_of_a_network_without_refinement_are_taken(tmp_path):
    inputs = random_inputs(32, 64)
    preset = models.matting_model("o2o_linear_context", "indexnet_light")
    refined = models.matting_model("o2o_linear_context", "indexnet_light", refinement=True)
    np.testing.assert_array_equal(alpha_of(refined, inputs), alpha_of(preset, inputs))

    network = models.matting_model("hin_linear", width=0.35)
    network.save(tmp_path / "network.keras")
    refined = models.matting_model("hin_linear", tmp_path / "network.keras", refinement=True)
    np.testing.assert_array_equal(alpha_of(refined, inputs), alpha_of(network, inputs))
    refined.save(tmp_path / "refined.keras")
    with pytest.raises(ValueError, match="another network than asked for: it has refinement=True"):
        models.matting_model("hin_linear", tmp_path / "refined.keras", refinement=False)


def test_a_refined_alpha_keeps_its_precision_where_the_network_computes_in_16_bits():
    network = MattingNetwork(**SMALL, refinement=True, dtype="mixed_bfloat16")
    assert network.get_layer("refinement").last.compute_dtype == "bfloat16"
    alpha = alpha_of(with_random_refinement(network), random_inputs(64, 64))
    assert alpha.dtype == np.float32
    rounded = ops.convert_to_numpy(ops.cast(ops.cast(alpha, "bfloat16"), "float32"))
    assert (alpha != rounded).mean() > 0.5


@pytest.mark.slow
@pytest.mark.parametrize("name", ["network.tflite", pytest.param("network", marks=pytest.mark.matrix)])
def test_a_refined_network_is_exported(name, tmp_path):
    """As TFLite and SavedModel; the export refuses a file whose alpha differs from the network's."""
    network = models.matting_model("o2o_linear_context", "indexnet_light", refinement=True)
    export_model(with_random_refinement(network), tmp_path / name, input_size=(64, 64))
    assert (tmp_path / name).exists()
