import keras
import numpy as np
from keras import ops
from layer_checks import check_layer

from keras_indexnet.layers import ASPP

FEATURES = np.random.default_rng(0).normal(size=(4, 10, 14, 6)).astype("float32")


def test_keras_layer(tmp_path):
    options = {
        "filters": 5,
        "dilations": (2, 4),
        "branch_filters": 8,
        "dropout": 0.1,
        "epsilon": 1e-3,
    }
    # 1x1, mean and projection: kernel, gamma, beta each; a dilated branch has two kernels and two pairs more.
    check_layer(ASPP, options, (FEATURES,), [(4, 10, 14, 5)], 3 * 3 + 2 * 6, 2 * (3 + 2 * 2), tmp_path)


def test_no_convolution_has_a_bias():
    aspp = ASPP(5)
    aspp.build((None, None, None, 6))
    assert not [weight.path for weight in aspp.weights if weight.name == "bias"]


def test_every_output_pixel_sees_as_far_as_the_dilations_and_the_mean_reach():
    keras.utils.set_random_seed(0)
    changed = FEATURES.copy()
    changed[:, 2, 3] += 5.0
    aspp = ASPP(32, dilations=(2,), branch_filters=32)
    difference = ops.convert_to_numpy(ops.abs(aspp(FEATURES) - aspp(changed))).max(axis=(0, 3))
    assert (difference > 0).all()  # through the mean
    local = np.zeros((10, 14), bool)
    local[0:5:2, 1:6:2] = True  # the changed pixel and its neighbours at distance 2
    assert difference[local].min() > 5 * np.median(difference[~local])


def test_dropout_acts_in_training_only():
    keras.utils.set_random_seed(0)
    aspp = ASPP(64, dropout=0.5)
    aspp(FEATURES)
    aspp.project.layers[1].beta.assign(np.full(64, 3.0))  # keeps ReLU6 from making zeros
    zeros = {
        training: np.mean(ops.convert_to_numpy(aspp(FEATURES, training=training)) == 0)
        for training in (True, False)
    }
    assert 0.4 < zeros[True] < 0.6
    assert zeros[False] < 0.1
