"""The network for phones, with fewer channels, and decoders of other convolutions."""

import runpy
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops
from network_checks import check_network, random_inputs

from keras_indexnet import conversion, models

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
MINI = models.list_configurations()["mini"].options
CHANNELS = (32, 16, 24, 32, 64, 96, 160, 64)  # MobileNetV2's, and a fifth of the last ones
BLOCKS = ((1, 1), (6, 2), (6, 3), (6, 4), (6, 3), (1.2, 3), (1.2, 1))  # expansion and number, by stage
BRANCH = 51  # channels of the ASPP's: a fifth of 256


def test_it_has_the_parameters_that_its_arguments_mean():
    count = 9 * 4 * CHANNELS[0] + 2 * CHANNELS[0]
    for stage, (expansion, blocks) in enumerate(BLOCKS, start=1):
        before, after = CHANNELS[stage - 1 : stage + 1]
        for _ in range(blocks):
            middle = int(expansion * before)
            count += (before + 2) * middle if expansion > 1 else 0
            count += (9 + 2) * middle + (middle + 2) * after
            before = after
    count += sum(4 * 16 * CHANNELS[stage] for stage in (0, 2, 3, 4, 6))  # the index blocks
    count += 2 * (CHANNELS[7] + 2) * BRANCH + 3 * ((9 + 2) * CHANNELS[7] + (CHANNELS[7] + 2) * BRANCH)
    count += (5 * BRANCH + 2) * CHANNELS[6]
    for stage in range(7):
        before, after = 2 * CHANNELS[stage], CHANNELS[max(stage - 1, 0)]
        count += (9 * before + 2) * after
    count += 25 * CHANNELS[0] + 2 + 25  # the head
    network = models.matting_model("mini")
    assert sum(int(np.prod(weight.shape)) for weight in network.trainable_weights) == count == 1_301_984


def test_it_comes_back_as_it_was(tmp_path):
    check_network(models.MattingNetwork, {**MINI, "width": 0.35}, tmp_path)


def test_a_separable_decoder_is_a_dense_one_whose_kernels_are_products():
    """K[i, j, c, d] = D[i, j, c] P[c, d]."""
    keras.utils.set_random_seed(0)
    options = {"index": "hin", "width": 0.35, "aspp": False, "decoder_kernel_size": 3}
    separable = models.MattingNetwork(separable_decoder=True, **options)
    dense = models.MattingNetwork(**options)
    copy_products(separable, dense)
    inputs = random_inputs(64, 96)
    alphas = [ops.convert_to_numpy(network(inputs)) for network in (separable, dense)]
    np.testing.assert_allclose(*alphas, atol=1e-5)
    assert alphas[0].std() > 1e-3


def copy_products(separable, dense):
    """Give a network with a dense decoder the weights of one with a separable decoder."""
    for layer in dense.layers:
        if layer.name.startswith("decoder_") and layer.name.endswith("_conv"):
            depthwise = separable.get_layer(layer.name.replace("_conv", "_depthwise")).kernel
            layer.kernel.assign(depthwise * separable.get_layer(layer.name).kernel)
        else:
            layer.set_weights(separable.get_layer(layer.name).get_weights())


def test_fused_for_inference_it_predicts_the_same():
    keras.utils.set_random_seed(0)
    network = models.matting_model("mini", width=0.35)
    inputs = random_inputs(64, 96)
    network(inputs, training=True)
    fused = models.fuse_for_inference(network, input_size=(64, 96))
    np.testing.assert_allclose(
        *(ops.convert_to_numpy(model(inputs)) for model in (fused, network)), atol=1e-4, rtol=1e-3
    )


@pytest.mark.parametrize(("separable", "bound"), [(False, 1e-8), (True, 5e-3)], ids=["dense", "separable"])
def test_fitted_to_a_network_of_its_own_kind_it_becomes_that_network(separable, bound):
    script = runpy.run_path(str(BENCHMARKS / "narrowing.py"))
    script["Narrowing"].fit.__globals__["PLACES"] = 4000
    keras.utils.set_random_seed(0)
    options = {"index": "o2o", "nonlinear": False, "width": 0.35, "decoder_kernel_size": 3}
    wide, narrow = (models.MattingNetwork(**options, separable_decoder=part) for part in (False, separable))
    if separable:
        copy_products(narrow, wide)
    inputs = random_inputs(64, 64, batch=4)
    for _ in range(20):
        wide(inputs, training=True)  # statistics, without which features would be faint
    script["Narrowing"](wide, narrow).fit(inputs)
    wanted, found = (ops.convert_to_numpy(network(inputs)) for network in (wide, narrow))
    unexplained = np.mean((found - wanted) ** 2) / np.var(wanted)
    assert unexplained < bound  # a dense one's weights stay where they are; the ridge of the others is 3e-3


def test_taught_by_a_wide_network_it_becomes_more_like_it_behind_the_same_encoder(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    script = runpy.run_path(str(BENCHMARKS / "distilling.py"))
    keras.utils.set_random_seed(0)
    options = {"index": "o2o", "nonlinear": False, "width": 0.35}
    wide = models.MattingNetwork(**options)
    narrow = models.MattingNetwork(**options, decoder_kernel_size=3, tail_width=0.5)
    inputs = random_inputs(64, 64, batch=4)
    for _ in range(20):
        wide(inputs, training=True)
    student = script["Student"](wide, narrow)
    stages = [stage.get_weights() for stage in narrow.encoder_stages]
    student.compile(keras.optimizers.Adam(1e-2), loss=script["taught_loss"], jit_compile=False)
    targets = np.ones((4, 64, 64, 8), "float32")  # all unknown; alpha is the wide network's
    losses = student.fit(inputs, targets, batch_size=4, epochs=8, verbose=0).history["loss"]
    assert losses[-1] < 0.8 * losses[0]
    for stage, before in enumerate(stages):
        same = all(map(np.array_equal, narrow.encoder_stages[stage].get_weights(), before))
        assert same == (stage < script["TAIL"])
    for weight, of_wide in zip(
        narrow.encoder_stages[5].get_weights(), wide.encoder_stages[5].get_weights(), strict=True
    ):
        np.testing.assert_array_equal(weight, of_wide)


@pytest.mark.parametrize("size", [2, 0, 17, 3.5])
def test_an_even_or_impossible_kernel_is_refused(size):
    with pytest.raises(ValueError, match="MattingNetwork's decoder_kernel_size is"):
        models.MattingNetwork(decoder_kernel_size=size)


def test_imagenet_weights_go_into_the_stages_before_the_tail(shared):
    path = shared / "weights" / "mobilenetv2_1.0_imagenet_notop.weights.h5"
    narrow, usual = (models.MattingNetwork(index="hin", tail_width=tail) for tail in (0.5, 1.0))
    models.load_imagenet_weights(usual, path)
    random = [
        np.array(ops.convert_to_numpy(weight))
        for stage in narrow.encoder_stages[6:]
        for weight in stage.weights
    ]
    models.load_imagenet_weights(narrow, path)
    for stage, same in zip(narrow.encoder_stages[:6], usual.encoder_stages[:6], strict=True):
        for weight, expected in zip(stage.weights, same.weights, strict=True):
            np.testing.assert_array_equal(ops.convert_to_numpy(weight), ops.convert_to_numpy(expected))
    kept = [weight for stage in narrow.encoder_stages[6:] for weight in stage.weights]
    for weight, expected in zip(kept, random, strict=True):
        np.testing.assert_array_equal(ops.convert_to_numpy(weight), expected)


def test_vgg16_has_no_other_tail():
    with pytest.raises(ValueError, match="vgg16 has width 1.0, tail_width 1.0 and output stride 32"):
        models.MattingNetwork(encoder="vgg16", tail_width=0.5)


def test_the_reference_code_has_none_like_it():
    with pytest.raises(ValueError, match="none like 'mini'"):
        conversion.reference_state_dict(models.matting_model("mini"))


def test_a_config_from_before_there_were_such_decoders_still_loads():
    config = models.MattingNetwork(index="hin", width=0.35).get_config()
    for option in ("decoder_kernel_size", "separable_decoder", "tail_width"):
        del config[option]
    network = models.MattingNetwork.from_config(config)
    assert (network.decoder_kernel_size, network.separable_decoder, network.tail_width) == (5, False, 1.0)
