import numpy as np
import pytest
from keras import ops
from layer_checks import check_layer
from naive_upsampling import check_layer_equals, convolution, upsampled, varied

from keras_indexnet.layers import FADE, FADELite

RANDOM = np.random.default_rng(0)
BOTH = pytest.mark.parametrize("layer_class", [FADE, FADELite])


@BOTH
@pytest.mark.parametrize(("gated", "count"), [(True, 8), pytest.param(False, 6, marks=pytest.mark.matrix)])
def test_keras_layer(layer_class, gated, count, tmp_path):
    features = RANDOM.normal(size=(4, 6, 6, 6)).astype("float32")
    guide = RANDOM.normal(size=(4, 12, 12, 6)).astype("float32")
    options = {"size": 2, "kernel_size": 3, "gated": gated}
    if layer_class is FADE:
        options["compressed"] = 8
    check_layer(layer_class, options, (features, guide), [guide.shape], count, 0, tmp_path)


@BOTH
@pytest.mark.parametrize("gated", [True, False])
def test_equals_loops(layer_class, gated):
    features, guide = RANDOM.normal(size=(3, 4, 5)), RANDOM.normal(size=(6, 8, 5))
    layer = layer_class(kernel_size=3, gated=gated)
    weights = varied(layer, features, guide)

    def predicted(values, compressor):
        compressed = convolution(values, weights[f"{compressor}/kernel"], weights[f"{compressor}/bias"])
        kernel, bias = weights["predictor/kernel"], weights["predictor/bias"]
        return convolution(compressed, kernel, bias, depthwise=layer_class is FADELite)

    of_guide, of_features = predicted(guide, "guide_compressor"), predicted(features, "compressor")

    def logits_at(row, column):
        return of_guide[row, column] + of_features[row // 2, column // 2]

    expected = upsampled(features, logits_at, 2, 3)
    if gated:
        gate = 1 / (1 + np.exp(-convolution(features, weights["gate/kernel"], weights["gate/bias"])))
        gate = gate.repeat(2, axis=0).repeat(2, axis=1)
        expected = gate * guide + (1 - gate) * expected
    check_layer_equals(layer, expected, features, guide)


@BOTH
def test_an_open_gate_hands_on_the_guide(layer_class):
    features, guide = RANDOM.normal(size=(1, 3, 4, 5)), RANDOM.normal(size=(1, 6, 8, 5)).astype("float32")
    layer = layer_class()
    layer(features, guide)
    layer.gate.set_weights([np.zeros(layer.gate.kernel.shape), np.full(1, 100.0)])
    np.testing.assert_allclose(ops.convert_to_numpy(layer(features, guide)), guide, atol=1e-6)


@BOTH
def test_only_without_a_gate_the_guide_has_any_number_of_channels(layer_class):
    features, guide = np.zeros((1, 3, 4, 5), "float32"), np.zeros((1, 6, 8, 3), "float32")
    with pytest.raises(ValueError, match="mixes its guide .* guide of 5 channels, not 3; gated=False"):
        layer_class()(features, guide)
    assert layer_class(gated=False)(features, guide).shape == (1, 6, 8, 5)


def test_the_light_one_has_a_fraction_of_the_weights():
    shapes = (None, 8, 8, 64), (None, 16, 16, 64)
    counts = []
    for layer_class in (FADE, FADELite):
        layer = layer_class()
        layer.build(*shapes)
        counts.append(layer.count_params())
    # Compressors, the 3x3 convolution and the gate, each with its bias.
    assert counts == [2 * (64 * 64 + 64) + 9 * 64 * 25 + 25 + 65, 2 * (64 * 25 + 25) + 9 * 25 + 25 + 65]
