import numpy as np
import pytest
from layer_checks import check_layer
from naive_upsampling import check_layer_equals, convolution, pixels_of, upsampled, varied

from keras_indexnet.layers import SAPA

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize(("gated", "count"), [(True, 8), pytest.param(False, 6, marks=pytest.mark.matrix)])
def test_keras_layer(gated, count, tmp_path):
    features = RANDOM.normal(size=(4, 6, 6, 6)).astype("float32")
    guide = RANDOM.normal(size=(4, 12, 12, 4)).astype("float32")
    options = {"size": 2, "kernel_size": 3, "embedding": 8, "gated": gated}
    check_layer(SAPA, options, (features, guide), [(4, 12, 12, 6)], count, 0, tmp_path)


@pytest.mark.parametrize("gated", [True, False])
@pytest.mark.parametrize(("size", "side"), [(2, 3), (3, 5)])
def test_equals_loops(gated, size, side):
    features, guide = RANDOM.normal(size=(3, 4, 5)), RANDOM.normal(size=(3 * size, 4 * size, 2))
    layer = SAPA(size, side, embedding=6, gated=gated)
    weights = varied(layer, features, guide)

    def normalized(values, name):
        mean, variance = values.mean(axis=-1, keepdims=True), values.var(axis=-1, keepdims=True)
        return (values - mean) / np.sqrt(variance + 1e-5) * weights[f"{name}/gamma"] + weights[f"{name}/beta"]

    own = convolution(normalized(features, "norm"), weights["embed/kernel"])
    points = convolution(normalized(guide, "guide_norm"), weights["guide_embed/kernel"])
    if gated:
        gate = convolution(normalized(features, "norm"), weights["gate/kernel"], weights["gate/bias"])
        gate = 1 / (1 + np.exp(-gate))

    def logits_at(row, column):
        low = row // size, column // size
        point = points[row, column]
        if gated:
            point = gate[low] * point + (1 - gate[low]) * own[low]
        return pixels_of(own, *low, side, side // 2).reshape(side**2, 6) @ point

    check_layer_equals(layer, upsampled(features, logits_at, size, side), features, guide)


def test_a_pixel_takes_after_the_features_that_are_like_it():
    """Two halves, an edge between them that the features have one pixel too far left, the guide where it is."""
    guide = np.zeros((8, 8, 2))
    guide[:, :3, 0] = guide[:, 3:, 1] = 1
    features = guide[::2, 1::2]  # 0 1 1 1
    layer = SAPA(kernel_size=3, embedding=2, gated=False)
    layer(features[None].astype("float32"), guide[None].astype("float32"))
    layer.embed.set_weights([10 * np.eye(2)[None, None]])
    layer.guide_embed.set_weights([10 * np.eye(2)[None, None]])
    check_layer_equals(layer, guide, features, guide)
